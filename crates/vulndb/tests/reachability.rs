//! A flaw in a function that a program does not hold does not count, and the report says why.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

mod support;

use plimsoll_model::{
    Advisory, AppPackage, Finding, FindingStatus, FixState, Inventory, NameKind, Namespace,
    OwnedPackage, Package, PackageKind, Range, SuppressionSource, SymbolSet,
};
use plimsoll_vulndb::match_packages_on;
use support::{advisory, affected, build, day, inventory};

const NET: &str = "golang.org/x/net";

fn about(feed: &str, id: &str, symbols: &[&str]) -> Advisory {
    let mut one = advisory(feed, id);
    one.flaws = vec!["CVE-2025-58190".into()];
    let mut row = affected("golang", "", NET, FixState::Fixed, None);
    row.namespace = Namespace::new("golang", "");
    row.name_kind = NameKind::Binary;
    row.ranges = vec![Range {
        introduced: Some("0".into()),
        fixed: Some("0.45.0".into()),
        last_affected: None,
    }];
    one.affected = vec![row];
    if !symbols.is_empty() {
        one.symbols.insert(NET.into(), symbols.iter().map(|&s| s.to_owned()).collect());
    }
    one
}

/// Programs with that module, each with the functions it holds.
fn programs(symbols: &[Option<&[&str]>]) -> Inventory {
    let packages = symbols.iter().map(|symbols| {
        let symbols = symbols.map(|names| SymbolSet::new(names.iter().copied()));
        let mut package = Package::new(PackageKind::Golang, NET, "v0.1.0");
        package.app = Some(Box::new(AppPackage { symbols, ..AppPackage::default() }));
        package
    });
    let mut inventory = inventory(None, packages.collect());
    for (number, OwnedPackage { path, .. }) in inventory.packages.iter_mut().enumerate() {
        *path = format!("usr/bin/{number}");
    }
    inventory
}

fn one(advisories: Vec<Advisory>, symbols: &[Option<&[&str]>]) -> Finding {
    let outcome = match_packages_on(&build(advisories), &programs(symbols), day());
    let [finding] = <[Finding; 1]>::try_from(outcome.findings).unwrap();
    finding
}

#[test]
fn what_no_program_holds_is_not_reachable() {
    const PARSE: &[&str] = &["golang.org/x/net/html.Parse", "golang.org/x/net/html"];
    const IDNA: &[&str] = &["golang.org/x/net/idna.ToASCII", "golang.org/x/net/idna"];
    let named = || about("go-vulndb", "GO-2026-4441", &["golang.org/x/net/html.Parse"]);
    let whole = || about("go-vulndb", "GO-2026-4441", &["golang.org/x/net/html"]);
    // Another feed about the same flaw, that names no function.
    let other = || about("ghsa", "GHSA-aaaa-bbbb-cccc", &[]);
    for (advisories, programs, counts) in [
        (vec![named()], &[Some(IDNA)][..], false),
        (vec![named(), other()], &[Some(IDNA)], false),
        (vec![whole()], &[Some(IDNA)], false),
        (vec![named()], &[Some(PARSE)], true),
        (vec![whole()], &[Some(PARSE)], true),
        (vec![named()], &[Some(IDNA), Some(PARSE)], true),
        (vec![named()], &[Some(IDNA), None], true),
        (vec![named()], &[None], true),
        (vec![other()], &[Some(IDNA)], true),
    ] {
        let finding = one(advisories, programs);
        assert_eq!(finding.suppression.is_none(), counts, "{programs:?}");
        assert_eq!(finding.packages.len(), programs.len());
        if let Some(suppression) = finding.suppression {
            assert_eq!(suppression.source, SuppressionSource::NotReachable);
            assert!(suppression.reason.starts_with("not reachable"));
            assert_eq!(finding.status, FindingStatus::Ignored);
        }
    }
}

#[test]
fn functions_come_back_out_of_the_database() {
    let db = build(vec![about("go-vulndb", "GO-1", &["golang.org/x/net/html.Parse"])]);
    let rows = db.lookup(&Namespace::new("golang", ""), NameKind::Binary, NET).unwrap();
    assert_eq!(rows[0].symbols, ["golang.org/x/net/html.Parse"]);
    assert_eq!(rows[0].state, FixState::Fixed);
}
