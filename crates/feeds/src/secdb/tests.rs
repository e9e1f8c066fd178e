use proptest::prelude::*;

use super::*;
use crate::{
    chainguard_secdb::ChainguardSecdb,
    sample::{self, collect, show},
    wolfi_secdb::WolfiSecdb,
};

#[test]
fn rolling_distributions_have_no_release() {
    let lines = |ns: &str| {
        vec![
            "CVE-2022-38126 =CVE-2022-38126".to_owned(),
            format!("  {ns} src binutils Fixed <2.39-r1"),
            "CVE-2022-38533 =CVE-2022-38533".to_owned(),
            format!("  {ns} src binutils Fixed <2.39-r2"),
            "CVE-2022-31107 =CVE-2022-31107".to_owned(),
            format!("  {ns} src grafana NotAffected"),
            "GHSA-p978-56hq-r492".to_owned(),
            format!("  {ns} src grafana NotAffected"),
        ]
    };
    assert_eq!(show(&sample::testdata(&WolfiSecdb).0), lines("wolfi"));
    assert_eq!(show(&sample::testdata(&ChainguardSecdb).0), lines("chainguard"));
}

#[test]
fn a_database_of_another_distribution_is_left_out() {
    let wolfi = include_bytes!("../wolfi_secdb/testdata/security.json");
    assert_eq!(collect(|into| read("alpine", "security.json", wolfi, into).unwrap()), []);
    let other = br#"{"urlprefix": "https://packages.mini.dev", "packages": []}"#;
    assert_eq!(collect(|into| read("alpine", "security.json", other, into).unwrap()), []);
}

#[test]
fn the_folder_names_the_release_where_the_file_does_not() {
    let text = b"packages:\n- pkg: {name: a, secfixes: {1-r0: [CVE-2020-12345]}}\n";
    let all = collect(|into| read("alpine", "v3.15/main.yaml", text, into).unwrap());
    assert_eq!(show(&all)[1], "  alpine:3.15 src a Fixed <1-r0");
    assert_eq!(collect(|into| read("alpine", "main.yaml", text, into).unwrap()), []);
}

#[test]
fn what_is_no_database_is_an_error() {
    for text in ["", "[]", "{", "packages: 3", "{\"packages\": {\"a\": 1}}", "\u{0}"] {
        collect(|into| {
            assert!(read("alpine", "v3.9/main", text.as_bytes(), into).is_err(), "{text}");
        });
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for head in ["", "{\"packages\":[{\"pkg\":", "packages:\n- pkg:\n    name: a\n    secfixes:\n"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("alpine", "v3.9/main", &text, into)));
        }
    }
}
