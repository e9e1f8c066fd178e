use proptest::prelude::*;

use super::*;
use crate::sample::collect;

fn dialect() -> Dialect {
    Dialect {
        ecosystem: "test",
        place: |update, _| Ok(Place::release(&update.release)),
        leave_out: |_, _| None,
        id: str::to_owned,
    }
}

fn run(text: &str) -> Result<Vec<Advisory>, FeedError> {
    let mut result = Ok(());
    let all = collect(|into| result = read("x.xml", &mut text.as_bytes(), &dialect(), into));
    result.map(|()| all)
}

#[test]
fn what_is_no_updateinfo_is_refused() {
    for text in [
        "",
        "invalid",
        "<html/>",
        "<updates>",
        "<updates><update></updates>",
        "<updates/><updates/>",
        "<updates><update type='a' type='b'/></updates>",
        "<updates>&#xffffffff;</updates>",
    ] {
        assert!(run(text).is_err(), "{text}");
    }
    assert!(run(&"<updates>".repeat(MAX_DEPTH + 1)).is_err());
}

#[test]
fn text_is_unescaped_and_kept_to_its_element() {
    let text = "<updates><update type='security'><id>A-1</id><title>a &amp; b&#33;<b>no</b></title>\
        <release>9</release><description><![CDATA[<x> CVE-2020-12345]]></description><pkglist>\
        <collection><package name='p&lt;' epoch='2' version='1' release='3' arch='x86_64'/>\
        </collection></pkglist></update></updates>";
    let all = run(text).unwrap();
    assert_eq!(all[0].flaws, ["CVE-2020-12345"]);
    assert_eq!(all[0].description.as_deref(), Some("<x> CVE-2020-12345"));
    assert_eq!(all[0].affected[0].package, "p<");
    assert_eq!(all[0].affected[0].ranges, [Range::before("2:1-3")]);
    assert_eq!(all[0].affected[0].arches, ["x86_64"]);
}

#[test]
fn an_update_without_end_is_refused_before_it_fills_the_memory() {
    let mut input = b"<updates><update><title>".as_slice().chain(std::io::repeat(b'x'));
    collect(|into| {
        let error = read("x", &mut input, &dialect(), into).unwrap_err();
        assert!(error.to_string().contains("more than 16 MiB"), "{error}");
    });
}

#[test]
fn cve_ids_are_found_in_prose() {
    let mut found = Vec::new();
    cves(
        "CVE-2024-24989 nginx:x (CVE-2013-1, CVE-20134-1111) CVE-2024-24989,CVE-1999-0001x CVE-",
        &mut found,
    );
    assert_eq!(found, ["CVE-2024-24989", "CVE-1999-0001"]);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "<updates><update type='security'><id>", "<updates><update><pkglist><collection "] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), &dialect(), into)));
        }
    }

    #[test]
    fn any_text_never_panics(text in "(CVE-|[0-9]{4}|-|<|é|&#?[a-z0-9]*;|>|/|update|s| )*") {
        cves(&text, &mut Vec::new());
        collect(|into| drop(read("x", &mut text.as_bytes(), &dialect(), into)));
    }
}

/// Every updateinfo below a folder of the samples: its name with the number of records, or why it is refused.
fn samples(archive: &str, folder: &'static str, dialect: Dialect) -> Option<Vec<String>> {
    struct Each(&'static str, Dialect, Vec<String>);
    impl Visitor for Each {
        fn wants(&self, name: &str) -> bool {
            let file = name.rsplit('/').next().unwrap_or_default();
            name.contains(self.0) && file.contains("updateinfo") && file.ends_with(".xml")
        }

        fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
            let name = entry.file_name().to_owned();
            let name = name
                .rsplit_once("-updateinfo")
                .map_or(name.as_str(), |(hash, _)| hash.get(..8.min(hash.len())).unwrap_or(hash));
            let mut refused = false;
            let all = collect(|into| {
                refused = read(name, entry.reader(), &self.1, into).is_err();
            });
            let rows: usize = all.iter().map(|a| a.affected.len()).sum();
            let end = if refused { ", then refused" } else { "" };
            self.2.push(format!("{name}: {} records, {rows} rows{end}", all.len()));
            Ok(())
        }
    }
    let path = crate::sample::real(archive)?;
    let mut each = Each(folder, dialect, Vec::new());
    walk(&path, &mut each).unwrap();
    each.2.sort();
    Some(each.2)
}

#[test]
fn the_real_samples_are_read_and_the_broken_ones_refused() {
    let d = "feed-samples/upstream-raw-d.tar.xz";
    let Some(amazon) = samples(d, "amazon/testdata", crate::amazon_alas::DIALECT) else { return };
    let expected = [
        "repomd_noupdateinfo.xml: 0 records, 0 rows, then refused",
        "updateinfo_1.xml: 1 records, 1 rows",
        "updateinfo_2.xml: 1 records, 1 rows",
        "updateinfo_2022.xml: 1 records, 2 rows",
        "updateinfo_2023.xml: 1 records, 21 rows",
        "updateinfo_2023_kernel-livepatch.xml: 1 records, 1 rows",
        "updateinfo_2023_nvidia.xml: 1 records, 6 rows",
        "updateinfo_2_kernel-5.15.xml: 1 records, 16 rows",
        "updateinfo_invalid_gzip.xml: 1 records, 1 rows",
        "updateinfo_invalid_xml.xml: 0 records, 0 rows, then refused",
    ];
    assert_eq!(amazon, expected);
    let rocky = samples(d, "rocky/updateinfo", crate::rocky_updateinfo::DIALECT).unwrap();
    let expected = [
        "aaaa587b: 1 records, 1 rows",
        "badid: 0 records, 0 rows",
        "bbbb125d: 1 records, 1 rows",
        "corrupt: 0 records, 0 rows, then refused",
        "dddd587b: 1 records, 1 rows",
    ];
    assert_eq!(rocky, expected);
}
