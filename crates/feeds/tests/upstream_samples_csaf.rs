//! Samples of CSAF, CVRF and VEX, as other projects keep them, good and broken.

mod samples;

use samples::{
    Expected::{Exactly, Refused},
    Sample, check,
};

/// Numbers were counted in the files with a script: a record for each flaw, and one for each of its errata or for
/// the document where that is an erratum.
const SAMPLES: &[Sample] = &[
    ("c", "rhel/vex/testdata/server/csaf_vex_2023-10-31.tar.zst", "redhat-csaf-vex", Exactly(5, 0)),
    ("c", "rhel/vex/testdata/cve-2023-38545.json", "redhat-csaf-vex", Exactly(4, 0)),
    ("c", "rhel/vex/testdata/cve-2023-4154.json", "redhat-csaf-vex", Exactly(1, 0)),
    ("c", "rhel/vex/testdata/cve-2023-42670.json", "redhat-csaf-vex", Exactly(1, 0)),
    ("c", "rhel/vex/testdata/cve-2024-24786-bad-rpmmod.json", "redhat-csaf-vex", Exactly(2, 0)),
    ("c", "rhel/vex/testdata/cve-2024-24786-illegal-module.json", "redhat-csaf-vex", Exactly(1, 0)),
    ("c", "rhel/vex/testdata/cve-2024-24786-simple.json", "redhat-csaf-vex", Exactly(1, 0)),
    ("c", "rhel/vex/testdata/delete_CVE-2023-0030.json", "redhat-csaf-vex", Refused),
    (
        "d",
        "redhat/vex/v1/testdata/fixtures/csaf_vex_2024-08-04.tar.zst",
        "redhat-csaf-vex",
        Exactly(34, 0),
    ),
    ("d", "redhat/vex/v2/testdata/fixtures/vex-archive.tar.zst", "redhat-csaf-vex", Exactly(34, 0)),
    (
        "d",
        "redhat/vex/v1/testdata/fixtures/2023/cve-2023-6212.json",
        "redhat-csaf-vex",
        Exactly(21, 0),
    ),
    ("b", "csaf/advisories/rhsa-2023_3821.json", "redhat-csaf-vex", Exactly(4, 0)),
    ("b", "csaf/advisories/rhsa-2023_7025.json", "redhat-csaf-vex", Exactly(5, 0)),
    ("b", "csaf/advisories/rhsa-2024_0811.json", "redhat-csaf-vex", Exactly(4, 0)),
    ("b", "csaf/advisories/rhsa-2024_1431.json", "redhat-csaf-vex", Exactly(5, 0)),
    ("b", "csaf/advisories/2024/rhsa-2024_6163.json", "redhat-csaf-vex", Exactly(1, 0)),
    ("b", "csaf/advisories/2025/rhsa-2025_23414.json", "redhat-csaf-vex", Exactly(3, 0)),
    ("b", "csaf/server/2024/rhsa-2024_0010.json", "redhat-csaf-vex", Exactly(4, 0)),
    ("b", "csaf/server/csaf_advisories_2025-02-15.tar.zst", "redhat-csaf-vex", Refused),
    (
        "d",
        "redhat/csaf/testdata/fixtures/2023/rhsa-2023_7435.json",
        "redhat-csaf-vex",
        Exactly(3, 0),
    ),
    ("d", "suse/csaf/testdata/fixtures/csaf.tar.bz2", "suse-csaf", Exactly(64, 0)),
    ("d", "suse/csaf_vex/testdata/fixtures/csaf-vex.tar.bz2", "suse-csaf", Exactly(1, 0)),
    ("a", "suse/cvrf/testdata/broken-cvrf/cvrf-suse-su-2018-1784-1.xml", "suse-cvrf", Refused),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-opensuse-su-2015-0225-1.xml", "suse-cvrf", Exactly(2, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-opensuse-su-2015-0798-1.xml", "suse-cvrf", Exactly(4, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-opensuse-su-2015-1289-1.xml", "suse-cvrf", Exactly(25, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-opensuse-su-2016-3233-1.xml", "suse-cvrf", Exactly(6, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-opensuse-su-2018-1633-1.xml", "suse-cvrf", Exactly(2, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-suse-su-2018-1784-1.xml", "suse-cvrf", Exactly(2, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-suse-su-2019-14018-1.xml", "suse-cvrf", Exactly(3, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-suse-su-2019-1608-1.xml", "suse-cvrf", Exactly(2, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-suse-su-2019-3294-1.xml", "suse-cvrf", Exactly(16, 0)),
    ("a", "suse/cvrf/testdata/cvrf/cvrf-suse-su-2019-3295-1.xml", "suse-cvrf", Exactly(21, 0)),
    ("d", "suse/cvrf/testdata/fixtures/cvrf1.2.tar.bz2", "suse-cvrf", Exactly(142, 0)),
    ("d", "suse/cvrf_cve/testdata/fixtures/happy/cvrf-cve.tar.bz2", "suse-cvrf", Exactly(3, 0)),
    // One of its three documents ends in the middle.
    (
        "d",
        "suse/cvrf_cve/testdata/fixtures/unexpected-eof/cvrf-cve.tar.bz2",
        "suse-cvrf",
        Exactly(2, 1),
    ),
    (
        "d",
        "happy/advisories/2025/csaf-openeuler-sa-2025-1351.json",
        "openeuler-csaf",
        Exactly(2, 0),
    ),
    ("d", "happy/cve/2023/csaf-openeuler-cve-2023-52920.json", "openeuler-csaf", Exactly(4, 0)),
    ("d", "happy/cve/2025/csaf-openeuler-cve-2025-30346.json", "openeuler-csaf", Exactly(2, 0)),
    ("d", "happy/cve/2024/csaf-openeuler-cve-2024-50187.json", "openeuler-csaf", Refused),
    ("b", "ubuntu/test-fixtures/vex/cve/2016/CVE-2016-20013.json", "ubuntu-vex", Exactly(1, 0)),
    ("b", "ubuntu/test-fixtures/vex/cve/2023/CVE-2023-38545.json", "ubuntu-vex", Exactly(1, 0)),
    ("d", "ubuntu/vex/testdata/fixtures/vex-all.tar.xz", "ubuntu-vex", Exactly(2, 0)),
    ("b", "ubuntu/test-fixtures/osv/usn/USN-5614-1.json", "ubuntu-usn", Exactly(1, 0)),
    ("d", "usndb/testdata/fixtures/happy/database-all.json.bz2", "ubuntu-usn", Exactly(3, 0)),
    // Its one notice names no source package.
    ("d", "ubuntu/notice/testdata/fixtures/happy/0_1.json", "ubuntu-usn", Refused),
];

#[test]
fn samples_of_csaf_cvrf_and_vex_are_read_or_refused() {
    check(SAMPLES);
}
