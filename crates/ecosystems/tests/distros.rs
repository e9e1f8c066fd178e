//! Every distribution recognised from the files that it really has, and the advisories' namespaces that
//! follow. Where `PLIMSOLL_TEST_DATA` names the folder of real data, whole sets of files out of it too.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::civil::date;
use plimsoll_ecosystems::distros::{SystemFile, WELL_KNOWN, detect, namespaces};
use plimsoll_model::OperatingSystem;

/// `id release version codename | namespaces | end of life`; `-` for what is empty.
fn line(os: &OperatingSystem) -> String {
    let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let spaces: Vec<String> = namespaces(os).iter().map(ToString::to_string).collect();
    let end = os.end_of_life.as_ref().map_or("-".to_owned(), |end| end.date.to_string());
    format!(
        "{} {} {} {} | {} | {end}",
        os.id,
        dash(&os.release),
        dash(&os.version),
        dash(os.codename.as_deref().unwrap_or_default()),
        spaces.join(" "),
    )
}

fn found(files: &[(&str, &str)]) -> Option<OperatingSystem> {
    let files: Vec<SystemFile<'_>> =
        files.iter().map(|&(path, text)| SystemFile { path, text, deleted: false }).collect();
    detect(&files)
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    let os = found(files).unwrap_or_else(|| panic!("not recognised: {files:?}"));
    assert_eq!(line(&os), expected);
    assert_eq!(os.evidence, files.iter().find(|f| f.0 == os.evidence).unwrap().0);
}

const OS: &str = "etc/os-release";
const REDHAT: &str = "etc/redhat-release";

#[test]
fn red_hat_and_its_rebuilds() {
    for (text, expected) in [
        (
            "Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n",
            "rhel 5 5.11 - | rhel:5 | 2017-03-31",
        ),
        (
            "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n",
            "rhel 6 6.10 - | rhel:6 | 2020-11-30",
        ),
        (
            "Red Hat Enterprise Linux Atomic Host release 7.9\n",
            "rhel 7 7.9 - | rhel:7 | 2024-06-30",
        ),
        ("CentOS release 5.11 (Final)\n", "centos 5 5.11 - | centos:5 rhel:5 | 2017-03-31"),
        ("CentOS release 6.10 (Final)\n", "centos 6 6.10 - | centos:6 rhel:6 | 2020-11-30"),
        (
            "CentOS Linux release 7.9.2009 (Core)\n",
            "centos 7 7.9.2009 - | centos:7 rhel:7 | 2024-06-30",
        ),
        ("CentOS Stream release 8\n", "centos 8-stream 8 - | centos:8-stream rhel:8 | 2024-05-31"),
        ("Fedora release 28 (Twenty Eight)\n", "fedora 28 28 - | fedora:28 | 2019-05-28"),
        ("Rocky Linux release 8.5 (Green Obsidian)\n", "rocky 8 8.5 - | rocky:8 | 2029-05-31"),
        (
            "AlmaLinux release 9.4 (Seafoam Ocelot)\n",
            "almalinux 9 9.4 - | almalinux:9 | 2032-05-31",
        ),
    ] {
        check(&[(REDHAT, text)], expected);
    }
    check(
        &[
            (
                OS,
                "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n",
            ),
            ("etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n"),
        ],
        "centos 7 7.9.2009 - | centos:7 rhel:7 | 2024-06-30",
    );
    check(
        &[(OS, "NAME=\"CentOS Stream\"\nVERSION=\"9\"\nID=\"centos\"\nVERSION_ID=\"9\"\n")],
        "centos 9-stream 9 - | centos:9-stream rhel:9 | 2027-05-31",
    );
    check(
        &[(OS, "NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nVERSION_ID=\"10.0\"\n")],
        "rhel 10 10.0 - | rhel:10 | 2035-05-31",
    );
    check(
        &[(OS, "NAME=\"Rocky Linux\"\nID=\"rocky\"\nVERSION_ID=\"9.4\"\n")],
        "rocky 9 9.4 - | rocky:9 | 2032-05-31",
    );
}

#[test]
fn oracle_keeps_the_file_of_its_origin() {
    check(
        &[
            ("etc/oracle-release", "Oracle Linux Server release 6.10\n"),
            (REDHAT, "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"),
        ],
        "ol 6 6.10 - | ol:6 | 2021-03-31",
    );
    check(
        &[(
            "etc/enterprise-release",
            "Enterprise Linux Enterprise Linux Server release 5.5 (Carthage)\n",
        )],
        "ol 5 5.5 - | ol:5 | 2017-06-30",
    );
    check(
        &[(OS, "NAME=\"Oracle Linux Server\"\nID=\"ol\"\nVERSION_ID=\"9.3\"\n")],
        "ol 9 9.3 - | ol:9 | 2032-06-30",
    );
}

#[test]
fn amazon() {
    check(
        &[("etc/system-release", "Amazon Linux AMI release 2014.03\n")],
        "amzn 1 2014.03 - | amzn:1 | 2023-12-31",
    );
    check(
        &[(OS, "NAME=\"Amazon Linux AMI\"\nID=\"amzn\"\nVERSION_ID=\"2018.03\"\n")],
        "amzn 1 2018.03 - | amzn:1 | 2023-12-31",
    );
    check(
        &[(
            OS,
            "NAME=\"Amazon Linux\"\nVERSION=\"2\"\nID=\"amzn\"\nID_LIKE=\"centos rhel fedora\"\nVERSION_ID=\"2\"\n",
        )],
        "amzn 2 2 karoo | amzn:2 | 2026-06-30",
    );
    check(
        &[(OS, "ID=\"amzn\"\nVERSION_ID=\"2022\"\n")],
        "amzn 2022 2022 - | amzn:2022 | 2023-03-15",
    );
    check(
        &[(OS, "ID=\"amzn\"\nVERSION_ID=\"2023\"\n")],
        "amzn 2023 2023 - | amzn:2023 | 2029-06-30",
    );
}

#[test]
fn suse() {
    const FILE: &str = "etc/SuSE-release";
    for (text, expected) in [
        ("SuSE SLES-7 (i386)\nVERSION = 7.2\n", "sles 7 7 - | sles:7 | -"),
        ("SuSE SLES-8 (i386)\nVERSION = 8.1\n", "sles 8 8 - | sles:8 | 2007-12-30"),
        (
            "SUSE LINUX Enterprise Server 9 (i586)\nVERSION = 9\nPATCHLEVEL = 3\n",
            "sles 9 9 - | sles:9 | 2011-07-31",
        ),
        (
            "SUSE Linux Enterprise Server 10 (x86_64)\nVERSION = 10\nPATCHLEVEL = 4\n",
            "sles 10.4 10.4 - | sles:10.4 | 2013-07-31",
        ),
        (
            "SUSE Linux Enterprise Server 10 (x86_64)\nVERSION = 10\n",
            "sles 10 10 - | sles:10 | 2007-12-31",
        ),
        (
            "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n",
            "sles 11.3 11.3 - | sles:11.3 | 2016-01-31",
        ),
        (
            "SUSE LINUX 10.0 (i586) OSS\nVERSION = 10.0\n",
            "opensuse 10.0 10.0 - | opensuse:10.0 | 2007-11-30",
        ),
        (
            "openSUSE 11.4 (x86_64)\nVERSION = 11.4\nCODENAME = Celadon\n",
            "opensuse 11.4 11.4 - | opensuse:11.4 | 2012-11-05",
        ),
    ] {
        check(&[(FILE, text)], expected);
    }
    for (text, expected) in [
        (
            "NAME=\"SLES\"\nVERSION=\"12-SP2\"\nVERSION_ID=\"12.2\"\nID=\"sles\"",
            "sles 12.2 12.2 - | sles:12.2 | 2018-03-31",
        ),
        (
            "NAME=\"SLES\"\nVERSION=\"12-SP5\"\nVERSION_ID=\"12.5\"\nID=\"sles\"",
            "sles 12.5 12.5 - | sles:12.5 | 2024-10-31",
        ),
        (
            "NAME=\"SLES_SAP\"\nVERSION_ID=\"15.4\"\nID=\"sles_sap\"",
            "sles 15.4 15.4 - | sles:15.4 | 2023-12-31",
        ),
        (
            "NAME=\"SLES\"\nVERSION_ID=\"16.0\"\nID=\"sles\"",
            "sles 16.0 16.0 - | sles:16.0 | 2027-11-30",
        ),
        (
            "NAME=\"openSUSE Leap\"\nVERSION_ID=\"42.3\"\nID=opensuse",
            "opensuse-leap 42.3 42.3 - | opensuse-leap:42.3 | 2019-07-01",
        ),
        (
            "NAME=\"openSUSE Leap\"\nVERSION_ID=\"15.2\"\nID=\"opensuse-leap\"",
            "opensuse-leap 15.2 15.2 - | opensuse-leap:15.2 | 2022-01-04",
        ),
        (
            "NAME=\"openSUSE Leap\"\nVERSION_ID=\"16.0\"\nID=\"opensuse-leap\"",
            "opensuse-leap 16.0 16.0 - | opensuse-leap:16.0 | 2027-10-31",
        ),
        (
            "NAME=openSUSE\nVERSION_ID=\"13.2\"\nID=opensuse",
            "opensuse 13.2 13.2 - | opensuse:13.2 | 2017-01-17",
        ),
        (
            "NAME=\"openSUSE Tumbleweed\"\nVERSION_ID=\"20161001\"\nID=opensuse",
            "opensuse-tumbleweed - 20161001 - | opensuse-tumbleweed | -",
        ),
        (
            "NAME=\"openSUSE Tumbleweed\"\nVERSION_ID=\"20240912\"\nID=\"opensuse-tumbleweed\"",
            "opensuse-tumbleweed - 20240912 - | opensuse-tumbleweed | -",
        ),
    ] {
        check(&[(OS, text)], expected);
    }
}

#[test]
fn debian_and_ubuntu() {
    check(&[("etc/debian_version", "6.0.10\n")], "debian 6 6.0.10 squeeze | debian:6 | 2016-02-29");
    check(
        &[
            (OS, "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"10\"\nID=debian\n"),
            ("etc/debian_version", "10.4\n"),
        ],
        "debian 10 10.4 buster | debian:10 | 2024-06-30",
    );
    check(
        &[
            (OS, "NAME=\"Debian GNU/Linux\"\nVERSION_CODENAME=forky\nID=debian\n"),
            ("etc/debian_version", "forky/sid\n"),
        ],
        "debian 14 forky/sid forky | debian:14 | -",
    );
    check(
        &[("etc/debian_version", "wheezy/sid\n")],
        "debian 7 wheezy/sid wheezy | debian:7 | 2018-05-31",
    );
    check(
        &[(
            OS,
            "PRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\nID=\"debian\"\nVERSION_ID=\"12\"\n",
        )],
        "debian 12 12 bookworm | debian:12 | 2028-06-30",
    );
    check(
        &[
            (
                "etc/lsb-release",
                "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\n",
            ),
            ("etc/debian_version", "wheezy/sid\n"),
        ],
        "ubuntu 12.04 12.04 precise | ubuntu:12.04 | 2017-04-28",
    );
    check(
        &[(
            OS,
            "NAME=\"Ubuntu\"\nVERSION=\"18.04.6 LTS (Bionic Beaver)\"\nID=ubuntu\nVERSION_ID=\"18.04\"\nVERSION_CODENAME=bionic\n",
        )],
        "ubuntu 18.04 18.04.6 bionic | ubuntu:18.04 | 2023-05-31",
    );
    check(
        &[(OS, "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"26.04\"\n")],
        "ubuntu 26.04 26.04 resolute | ubuntu:26.04 | 2031-05-29",
    );
    check(
        &[(
            OS,
            "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"21.3\"\nVERSION_CODENAME=virginia\n",
        )],
        "linuxmint 21 21.3 virginia | linuxmint:21 ubuntu:22.04 | -",
    );
    check(
        &[(OS, "NAME=\"Raspbian GNU/Linux\"\nID=raspbian\nVERSION_ID=\"12\"\n")],
        "raspbian 12 12 - | raspbian:12 debian:12 | -",
    );
}

#[test]
fn alpine_and_its_kin() {
    for (text, expected) in [
        ("2.3.6\n", "alpine 2.3 2.3.6 - | alpine:2.3 | 2013-11-01"),
        ("3.9.0\n", "alpine 3.9 3.9.0 - | alpine:3.9 | 2020-11-01"),
        ("3.20.0_rc1\n", "alpine 3.20 3.20.0_rc1 - | alpine:3.20 | 2026-04-01"),
        ("3.21.0_alpha20240923\n", "alpine edge 3.21.0_alpha20240923 - | alpine:edge | -"),
    ] {
        check(&[("etc/alpine-release", text)], expected);
    }
    check(
        &[(OS, "ID=alpine\nVERSION_ID=3.19_alpha20230901\nPRETTY_NAME=\"Alpine Linux edge\"\n")],
        "alpine edge 3.19_alpha20230901 - | alpine:edge | -",
    );
    check(
        &[(OS, "ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n")],
        "wolfi - 20230201 - | wolfi | -",
    );
    check(
        &[(OS, "ID=chainguard\nNAME=\"Chainguard\"\nVERSION_ID=\"20230214\"\n")],
        "chainguard - 20230214 - | chainguard wolfi | -",
    );
}

#[test]
fn the_rest() {
    for (text, expected) in [
        ("ID=mariner\nVERSION_ID=\"2.0\"", "mariner 2.0 2.0 - | mariner:2.0 | 2025-07-31"),
        ("ID=azurelinux\nVERSION_ID=\"3.0\"", "azurelinux 3.0 3.0 - | azurelinux:3.0 | 2027-08-31"),
        ("ID=photon\nVERSION_ID=3.0", "photon 3.0 3.0 - | photon:3.0 | 2024-03-01"),
        ("ID=arch\nBUILD_ID=rolling", "arch - - - | arch | -"),
        (
            "ID=\"openEuler\"\nVERSION=\"22.03 (LTS-SP3)\"\nVERSION_ID=\"22.03\"",
            "openeuler 22.03-LTS-SP3 22.03 - | openeuler:22.03-LTS-SP3 | 2025-12-31",
        ),
        (
            "ID=\"openEuler\"\nVERSION=\"23.09\"\nVERSION_ID=\"23.09\"",
            "openeuler 23.09 23.09 - | openeuler:23.09 | 2024-03-31",
        ),
        ("ID=\"anolis\"\nVERSION_ID=\"8.8\"", "anolis 8 8.8 - | anolis:8 | 2031-03-31"),
        ("ID=\"alinux\"\nVERSION_ID=\"2.1903\"", "alinux 2 2.1903 - | alinux:2 | 2024-03-31"),
        ("ID=\"alinux\"\nVERSION_ID=\"3\"", "alinux 3 3 - | alinux:3 | 2029-04-30"),
        ("ID=bottlerocket\nVERSION_ID=1.20.0", "bottlerocket 1 1.20.0 - | bottlerocket:1 | -"),
        ("ID=pop\nVERSION_ID=\"22.04\"", "pop 22.04 22.04 - | pop:22.04 ubuntu:22.04 | -"),
    ] {
        check(&[(OS, text)], expected);
    }
    check(&[("etc/arch-release", "")], "arch - - - | arch | -");
    check(
        &[("etc/photon-release", "VMware Photon Linux 1.0\nPHOTON_BUILD_NUMBER=62c543d\n")],
        "photon 1.0 1.0 - | photon:1.0 | 2022-02-28",
    );
    check(
        &[("etc/openEuler-release", "openEuler release 20.03 (LTS)\n")],
        "openeuler 20.03-LTS 20.03 - | openeuler:20.03-LTS | 2021-03-31",
    );
    check(
        &[("etc/mariner-release", "CBL-Mariner 1.0.20210901\n")],
        "mariner 1.0 1.0.20210901 - | mariner:1.0 | 2023-08-31",
    );
}

#[test]
fn an_unknown_system_keeps_its_own_words() {
    check(
        &[(
            OS,
            "NAME=\"Hummingbird OS\"\nID=\"hummingbird\"\nID_LIKE=\"fedora rhel\"\nVERSION_ID=\"20251124\"\n",
        )],
        "hummingbird 20251124 20251124 - | hummingbird:20251124 | -",
    );
    assert_eq!(found(&[(OS, "# empty\n")]), None);
    assert_eq!(found(&[("etc/lsb-release", "DISTRIB_ID=Nothing\n")]), None);
    assert_eq!(found(&[(REDHAT, "\n")]), None);
    assert_eq!(found(&[]), None);
}

#[test]
fn the_second_os_release_counts_where_the_first_is_missing() {
    check(
        &[("usr/lib/os-release", "ID=debian\nVERSION_ID=\"13\"\n")],
        "debian 13 13 trixie | debian:13 | 2030-06-30",
    );
}

#[test]
fn a_live_file_counts_before_a_deleted_one() {
    let deleted = SystemFile { path: OS, text: "ID=ubuntu\nVERSION_ID=\"22.04\"\n", deleted: true };
    let os = detect(&[deleted]).unwrap();
    assert!(os.evidence_deleted);
    assert_eq!((os.id.as_str(), os.release.as_str()), ("ubuntu", "22.04"));
    // What Debian left in Ubuntu does not make it a Debian.
    let debian = SystemFile { path: "etc/debian_version", text: "bookworm/sid\n", deleted: false };
    assert_eq!(detect(&[debian, deleted]).unwrap().id, "ubuntu");
    let alpine = SystemFile { path: "etc/alpine-release", text: "3.18.9\n", deleted: false };
    let os = detect(&[deleted, alpine]).unwrap();
    assert_eq!((os.id.as_str(), os.evidence_deleted), ("alpine", false));
}

#[test]
fn the_end_of_life_is_judged_by_the_day() {
    let os = found(&[(OS, "ID=debian\nVERSION_ID=\"9\"\n")]).unwrap();
    let end = os.end_of_life.unwrap();
    assert!(!end.is_over(date(2022, 6, 30)));
    assert!(end.is_over(date(2022, 7, 1)));
    assert_eq!(end.extended, Some(("ELTS".into(), date(2027, 6, 30))));
}

/// Unpacks `archive` of the data folder; `None` with a printed reason where that is not possible.
fn unpacked(archive: &str, members: &[&str]) -> Option<tempfile::TempDir> {
    let Some(data) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return None;
    };
    let dir = tempfile::tempdir().unwrap();
    let path = Path::new(&data).join(archive);
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(&path).arg("-C").arg(dir.path());
    // Old root filesystems lack some of the files: tar then complains, and unpacks the rest.
    let _ = tar.args(["--wildcards", "--no-anchored"]).args(members).output();
    Some(dir)
}

fn read_root(root: &Path) -> Vec<(&'static str, String)> {
    WELL_KNOWN
        .iter()
        .filter_map(|path| Some((*path, std::fs::read_to_string(root.join(path)).ok()?)))
        .collect()
}

fn detect_root(root: &Path) -> Option<OperatingSystem> {
    let texts = read_root(root);
    let files: Vec<(&str, &str)> = texts.iter().map(|(p, t)| (*p, t.as_str())).collect();
    found(&files)
}

#[test]
fn real_alpine_roots() {
    for (archive, release, version) in [
        ("alpine-rootfs-2.6.6-x86_64.tar.gz", "2.6", "2.6.6"),
        ("alpine-rootfs-2.7.9-x86_64.tar.gz", "2.7", "2.7.9"),
        ("alpine-rootfs-3.1.4-x86_64.tar.xz", "3.1", "3.1.4"),
        ("alpine-rootfs-3.9.0-x86_64.tar.xz", "3.9", "3.9.0"),
        ("alpine-minirootfs-3.20.3-x86_64.tar.gz", "3.20", "3.20.3"),
    ] {
        let members = ["etc/alpine-release", "etc/os-release", "usr/lib/os-release"];
        let Some(root) = unpacked(&format!("images/{archive}"), &members) else { return };
        let os = detect_root(root.path()).unwrap_or_else(|| panic!("{archive} is not recognised"));
        assert_eq!(
            (os.id.as_str(), os.release.as_str(), os.version.as_str()),
            ("alpine", release, version)
        );
    }
}

#[test]
fn real_identification_files() {
    let Some(dir) = unpacked("feed-samples/upstream-raw-c.tar.xz", &["etc/*"]) else { return };
    let mut roots = BTreeMap::new();
    collect_roots(dir.path(), &mut roots);
    assert!(roots.len() > 50, "only {} folders: has the data folder changed?", roots.len());
    for (root, name) in roots {
        let Some(os) = detect_root(&root) else {
            // Some samples are broken on purpose, or hold nothing but repositories.
            assert!(read_root(&root).is_empty(), "{} is not recognised", root.display());
            continue;
        };
        let path = root.to_string_lossy();
        let expected = match name.as_str() {
            _ if path.contains("/alpine/") => format!("alpine {name}"),
            _ if path.contains("/debian/") => format!("debian {name}"),
            "11" if path.contains("/ubuntu/") => "debian 11".to_owned(),
            _ if path.contains("/ubuntu/") => format!("ubuntu {name}"),
            "hummingbird" => "hummingbird 20251124".to_owned(),
            "atomichost-7" => "rhel 7".to_owned(),
            _ => match name.strip_prefix("oracle-") {
                Some(release) => format!("ol {release}"),
                None if path.contains("/releasefiles/") => format!("rhel {name}"),
                None => continue,
            },
        };
        assert_eq!(format!("{} {}", os.id, os.release), expected, "{path}");
    }
}

/// Folders that have an `etc`, by path, with their own names.
fn collect_roots(dir: &Path, out: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        if path.join("etc").is_dir() {
            out.insert(path.clone(), entry.file_name().to_string_lossy().into_owned());
        }
        collect_roots(&path, out);
    }
}
