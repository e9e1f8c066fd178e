use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_form_of_products_is_understood() {
    let (all, stats) = sample::testdata(&RedhatCsafVex);
    let expected = "\
CVE-2021-33621 =CVE-2021-33621 redhat:medium
  rhel:8 src libguestfs-winsupport UnderInvestigation module=virt:rhel
  rhel:8 src ruby Affected module=ruby:3.0
  rhel:8 bin ruby Fixed <2.7.8-139.module+el8.8.0+18745+f1bef313 module=ruby:2.7
  rhel:9 src ruby FixDeferred low
RHSA-2023:7025 =CVE-2021-33621
  rhel:8 bin ruby Fixed <2.5.9-111.module+el8.9.0+19193+435404ae module=ruby:2.5
RHSA-2024:1431 =CVE-2021-33621
  rhel:8 bin ruby Fixed <3.1.4-142.module+el8.9.0+21471+7d1e4a35 module=ruby:3.1
CVE-2023-38545 =CVE-2023-38545 redhat:high
  rhel:6 src curl NotAffected
  rhel:6 bin curl NotAffected
  rhel:6 bin libcurl NotAffected
  rhel:6 bin libcurl-devel NotAffected
  rhel:8 src curl NotAffected
  rhel:8 bin curl NotAffected
  rhel:8 bin libcurl NotAffected
  rhel:8 bin libcurl-devel NotAffected
  rhel:8 bin libcurl-minimal NotAffected
RHSA-2023:5700 =CVE-2023-38545
  rhel:9 bin curl Fixed <7.76.1-14.el9_0.9 channel=eus-9.0$
RHSA-2023:5763 =CVE-2023-38545
  rhel:9 bin curl Fixed <7.76.1-23.el9_2.4
  rhel:9 bin libcurl Fixed <7.76.1-23.el9_2.4
RHSA-2023:6745 =CVE-2023-38545
  rhel:9 bin curl Fixed <7.76.1-26.el9_3.2
CVE-2023-6228 =CVE-2023-6228 redhat:low
  rhel:6 src libtiff EndOfLife
  rhel:7 src compat-libtiff3 EndOfLife
  rhel:7 src libtiff EndOfLife
  rhel:8 src compat-libtiff3 WillNotFix
  rhel:8 src libtiff Affected
RHSA-2024:2289 =CVE-2023-6228
  rhel:9 bin libtiff Fixed <4.4.0-12.el9
  rhel:9 bin libtiff-devel Fixed <4.4.0-12.el9
CVE-2023-6240 =CVE-2023-6240 redhat:medium
  rhel:6 src kernel EndOfLife
  rhel:7 src kernel EndOfLife
  rhel:7 src kernel-rt EndOfLife
  rhel:9 src kernel-rt Affected
RHSA-2024:1881 =CVE-2023-6240
  rhel:9 bin kernel-devel Fixed <5.14.0-284.62.1.el9_2 channel=eus-9.2$
RHSA-2024:2758 =CVE-2023-6240
  rhel:9 bin kernel-core Fixed <5.14.0-427.16.1.el9_4
  rhel:9 bin kernel-rt-core Fixed <5.14.0-427.16.1.el9_4
RHSA-2024:3618 =CVE-2023-6240
  rhel:8 bin bpftool Fixed <4.18.0-553.5.1.el8_10
  rhel:8 bin kernel Fixed <4.18.0-553.5.1.el8_10";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    let problems: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(problems, ["2023/cve-2023-0032.json"]);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    let expected = "\
1 component that is no RPM package
1 deleted document
1 document deleted since the archive was made
1 package of an unnamed module
1 state of a package in a support programme
1 statement about a product that the document does not explain
1 statement about a product without its packages
4 statement about another product than the release";
    assert_eq!(skipped, expected.lines().collect::<Vec<_>>());
}

#[test]
fn a_changed_document_stands_before_its_version_in_the_archive() {
    let text = |fixed: &str| {
        format!(
            r#"{{"document": {{"csaf_version": "2.0", "tracking": {{"id": "CVE-2024-0001"}}}},
            "product_tree": {{
              "full_product_names": [
                {{"product_id": "b", "product_identification_helper": {{"cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"}}}},
                {{"product_id": "p", "product_identification_helper": {{"purl": "pkg:rpm/redhat/zlib@{fixed}?arch=x86_64"}}}}],
              "relationships": [{{"full_product_name": {{"product_id": "b:p"}}, "product_reference": "p", "relates_to_product_reference": "b"}}]}},
            "vulnerabilities": [{{"cve": "CVE-2024-0001", "product_status": {{"fixed": ["b:p"]}}}}]}}"#
        )
    };
    let dir = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, fixed) in [("2024/cve-2024-0001.json", "1-1"), ("2024/cve-2024-0002.json", "1-1")] {
        let bytes = text(fixed);
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes.as_bytes()).unwrap();
    }
    let tar = zstd::encode_all(&*tar.into_inner().unwrap(), 1).unwrap();
    std::fs::write(dir.path().join("csaf_vex_2024-08-04.tar.zst"), tar).unwrap();
    std::fs::create_dir_all(dir.path().join("changed/2024")).unwrap();
    std::fs::write(dir.path().join("changed/2024/cve-2024-0001.json"), text("1-2")).unwrap();
    let deleted = "\"2024/cve-2024-0002.json\",\"2024-08-05T00:00:00+00:00\"\n";
    std::fs::write(dir.path().join("deletions.csv"), deleted).unwrap();
    let (all, stats) = sample::parse(&RedhatCsafVex, dir.path()).unwrap();
    assert_eq!(
        show(&all),
        ["CVE-2024-0001 =CVE-2024-0001", "  rhel:9 bin zlib Fixed <1-2"],
        "{stats:#?}"
    );
    assert_eq!(stats.skipped_total(), 2);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let head = r#"{"document":{"csaf_version":"2.0","tracking":{"id":"CVE-1-1"}},"#;
        for start in ["", head, &format!("{head}\"vulnerabilities\":[{{\"cve\":\"CVE-1-1\","),
            &format!("{head}\"product_tree\":{{\"branches\":[")]
        {
            let text = [start.as_bytes(), &bytes].concat();
            collect(|into| read("x", &mut text.as_slice(), into));
        }
    }
}
