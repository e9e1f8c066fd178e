use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn ones_own_documents_are_read_by_package_urls() {
    let (all, stats) = sample::testdata(&Csaf);
    let expected = "\
CVE-2026-0001 =CVE-2026-0001 csaf:cvss3.1 csaf:cvss4.0
EX-2026-0001 =CVE-2026-0001
  alpine:3.19 bin zlib UnderInvestigation [1.3.1-r0]
  debian:12 src curl WillNotFix
  maven bin org.example:lib Fixed 1.10<1.10 [3.0]
  maven bin org.example:lib Fixed <1.10
  npm bin @example/widget Fixed 2.0.0<2.4.1
  rhel:8 src bash NotAffected
  rhel:9 bin example-agent Fixed 1:1.4-2.el9<1:1.4-2.el9 [1:1.4-1.el9]
  ubuntu:24.04 src curl NotAffected [8.5.0-2ubuntu10.6]
EX-2026-0001 =EX-FLAW-7
  alpine:3.19 bin zlib Affected 1.3.1-r0..
  rhel:9 bin example-agent Affected <=1:1.4-1.el9";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    let expected: [&str; 3] = [
        "1 package of a system whose release is not named (`distro` of its package URL)",
        "1 product without a package URL",
        "2 statement about a product that the document does not explain",
    ];
    assert_eq!(skipped, expected);
    let flaw = &all[0];
    assert_eq!(flaw.cwes, ["CWE-79"]);
    let versions: Vec<&str> =
        flaw.ratings.iter().filter_map(|r| r.cvss.as_ref()).map(|c| &*c.version).collect();
    assert_eq!(versions, ["3.1", "4.0"]);
}

#[test]
fn documents_that_are_none_are_bad_records() {
    let deep = format!("{}{}", "{\"branches\":[".repeat(60), "]}".repeat(60));
    let tree = format!(
        "{{\"document\":{{\"csaf_version\":\"2.0\",\"tracking\":{{\"id\":\"X\"}}}},\"product_tree\":{deep}}}"
    );
    for text in [
        "",
        "[]",
        "{}",
        "{\"document\": {}}",
        "{\"document\": {\"tracking\": {\"id\": \"\"}}}",
        "{\"document\": {\"csaf_version\": \"1.0\", \"tracking\": {\"id\": \"X\"}}}",
        &tree,
    ] {
        let mut out = |_| ();
        let mut into = Collector::new("test", &mut out);
        read_any("x", &mut text.as_bytes(), &mut into);
        assert!(into.finish(Path::new("x")).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let head = r#"{"document":{"csaf_version":"2.0","tracking":{"id":"X"}},"#;
        let tree = format!("{head}\"product_tree\":{{\"full_product_names\":[");
        let flaws = format!("{head}\"vulnerabilities\":[{{\"cve\":\"CVE-1-1\",");
        for start in ["", head, &tree, &flaws] {
            let text = [start.as_bytes(), &bytes].concat();
            collect(|into| read_any("x", &mut text.as_slice(), into));
        }
        drop(cvrf::parse(&bytes));
        drop(cvrf::parse(&[b"<cvrfdoc><Vulnerability>".as_slice(), &bytes].concat()));
    }
}
