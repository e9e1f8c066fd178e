//! Requirements on versions against the tools that define them: on recorded verdicts, which
//! `testdata/requirements/record.py` wrote, and cargo's on the library that cargo uses.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use plimsoll_ecosystems::requirement::Grammar;

#[track_caller]
fn agree(grammar: Grammar, table: &str, excused: impl Fn(&str, &str) -> bool) {
    let mut total = 0;
    let mut wrong = Vec::new();
    for line in table.lines().skip(1) {
        let mut fields = line.split('\t');
        let requirement = fields.next().unwrap();
        let set = grammar.parse(requirement);
        for told in fields {
            let (verdict, version) = told.split_at(1);
            let ours = match &set {
                Ok(set) if set.holds(version) => "1",
                Ok(_) => "0",
                Err(_) => "!",
            };
            total += 1;
            if ours != verdict && !excused(requirement, version) {
                wrong.push(format!("{requirement:?} {version}: {verdict}, but we say {ours}"));
            }
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {total} wrong:\n{shown}", wrong.len());
    assert!(total > 3000, "only {total} verdicts");
    println!("{grammar:?}: {total} verdicts agree");
}

#[test]
fn npm_as_recorded() {
    agree(Grammar::Npm, include_str!("../testdata/requirements/npm.txt"), |_, _| false);
}

#[test]
fn gem_as_recorded() {
    agree(Grammar::Gem, include_str!("../testdata/requirements/gem.txt"), |_, _| false);
}

#[test]
fn composer_as_recorded() {
    // `<1.2` leaves the pre-releases of 1.2 out for Composer, which must not install them; a flaw is in them.
    let is_pre_release =
        |version: &str| ["alpha", "beta", "RC"].iter().any(|word| version.contains(word));
    let table = include_str!("../testdata/requirements/composer.txt");
    agree(Grammar::Composer, table, |requirement, version| {
        requirement.contains(['<', '>']) && is_pre_release(version)
    });
}

#[test]
fn cargo_as_its_library_has_it() {
    let numbers = [0_u64, 1, 2, 10];
    let mut versions = Vec::new();
    for major in numbers {
        for minor in numbers {
            versions.extend(numbers.map(|patch| format!("{major}.{minor}.{patch}")));
        }
    }
    let mut total = 0;
    let partial = ["*", "0", "1", "0.1", "1.2", "1.*", "0.0", "0.0.1", "0.1.2", "1.2.1", "10.0.2"];
    let operators = ["", "=", "<", "<=", ">", ">=", "~", "^"];
    let terms = operators.iter().flat_map(|o| partial.iter().map(move |p| format!("{o}{p}")));
    let terms: Vec<String> = terms.collect();
    let pairs = terms.iter().zip(terms.iter().rev()).map(|(a, b)| format!("{a}, {b}"));
    for requirement in terms.iter().cloned().chain(pairs) {
        let theirs = semver::VersionReq::parse(&requirement);
        let ours = Grammar::Cargo.parse(&requirement);
        let Ok(theirs) = theirs else { continue };
        let ours = ours.unwrap_or_else(|e| panic!("{requirement}: {e}"));
        for version in &versions {
            let parsed = semver::Version::parse(version).unwrap();
            assert_eq!(ours.holds(version), theirs.matches(&parsed), "{requirement} {version}");
            total += 1;
        }
    }
    assert!(total > 8000, "only {total} pairs");
}
