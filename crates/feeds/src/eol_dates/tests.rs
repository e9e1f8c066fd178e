use proptest::prelude::*;

use super::*;
use crate::sample;

fn show(all: &[(Namespace, EndOfLife)]) -> Vec<String> {
    let one = |(namespace, end): &(Namespace, EndOfLife)| {
        let extended = end.extended.as_ref().map(|(name, date)| format!(" {name} {date}"));
        format!("{namespace} {}{}", end.date, extended.unwrap_or_default())
    };
    all.iter().map(one).collect()
}

#[test]
fn products_are_distributions_and_free_long_term_support_counts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/eol_dates/testdata");
    let expected = [
        "alpine:3.22 2027-05-01",
        "debian:11 2026-08-31",
        "ol:9 2032-06-30 Extended Support 2035-06-30",
        "photon:4.0 2026-03-01",
        "sles:15 2019-12-31 LTSS 2022-12-31",
    ];
    let stats = EolDates.parse(&path, &mut |a| panic!("{}", a.id)).unwrap();
    assert_eq!(show(&stats.ends), expected);
    assert_eq!(stats.records, 5);
}

#[test]
fn the_form_that_scanners_keep() {
    let text = br#"{"ubuntu": [{"name": "22.04", "eolFrom": "2027-04-01", "eoesFrom": "2032-04-09"}], "x": []}"#;
    assert_eq!(show(&read("x", text).unwrap()), ["ubuntu:22.04 2027-04-01 ESM 2032-04-09"]);
    for text in ["", "[]", "{", r#"{"ubuntu": [{"name": "22.04", "eolFrom": "soon"}]}"#] {
        assert!(read("x", text.as_bytes()).is_err(), "{text}");
    }
}

/// The dates that the program has agree with those of the samples, or the difference is known.
#[test]
fn the_programs_own_dates_agree_with_the_samples() {
    let Some(root) = sample::real("feed-samples") else { return };
    struct Found(Vec<(Namespace, EndOfLife)>);
    impl Visitor for Found {
        fn wants(&self, name: &str) -> bool {
            name.contains("eol") && name.ends_with(".json")
        }
        fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
            let bytes = entry.bytes().unwrap();
            self.0.extend(read(entry.name, &bytes).unwrap_or_default());
            Ok(())
        }
    }
    let mut found = Found(Vec::new());
    for letter in ["a", "b"] {
        walk(&root.join(format!("upstream-raw-{letter}.tar.xz")), &mut found).unwrap();
    }
    let mut differ = Vec::new();
    for (namespace, end) in &found.0 {
        let distro = plimsoll_ecosystems::distros::by_id(&namespace.ecosystem).unwrap();
        let own = distro.release(&namespace.release).and_then(|r| r.end_of_life());
        if own.as_ref().map(|own| own.date) != Some(end.date) {
            differ.push(format!("{namespace} {} {:?}", end.date, own.map(|o| o.date)));
        }
    }
    differ.sort_unstable();
    differ.dedup();
    assert!(found.0.len() > 5, "{}", found.0.len());
    // Ours are those of Ubuntu's distro-info-data; the samples themselves give two days for 22.04.
    let expected = [
        "ubuntu:18.04 2023-04-26 Some(2023-05-31)",
        "ubuntu:22.04 2027-04-01 Some(2027-06-01)",
        "ubuntu:22.04 2027-04-21 Some(2027-06-01)",
        "ubuntu:24.04 2029-04-25 Some(2029-05-31)",
        "ubuntu:25.04 2026-01-17 Some(2026-01-15)",
    ];
    assert_eq!(differ, expected);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{\"result\":[{\"name\":\"ubuntu\",\"releases\":[{\"name\":\""] {
            let _ = read("x", &[head.as_bytes(), &bytes].concat());
        }
    }
}
