//! Matching of application packages: names, versions and aliases as their registries have them.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod support;

use plimsoll_model::{
    Advisory, Affected, CoverageState, FixState, NameKind, Package, PackageKind, ProblemKind,
    Range, RiskKind,
};
use plimsoll_vulndb::{MatchOutcome, VulnDb, match_packages_on};
use support::{advisory, affected, build, day, inventory};

fn range(introduced: Option<&str>, fixed: Option<&str>) -> Range {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Range { introduced: own(introduced), fixed: own(fixed), last_affected: None }
}

fn row(kind: PackageKind, package: &str, ranges: Vec<Range>) -> Affected {
    let mut row = affected(kind.purl_type(), "", package, FixState::Fixed, None);
    row.name_kind = NameKind::Binary;
    row.ranges = ranges;
    row
}

fn about(feed: &str, id: &str, flaws: &[&str], aliases: &[&str], rows: Vec<Affected>) -> Advisory {
    let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    let mut advisory = advisory(feed, id);
    advisory.flaws = own(flaws);
    advisory.aliases = own(aliases);
    advisory.affected = rows;
    advisory
}

fn run(db: &VulnDb, packages: &[(PackageKind, &str, &str)]) -> MatchOutcome {
    let packages =
        packages.iter().map(|(kind, name, version)| Package::new(*kind, *name, *version));
    match_packages_on(db, &inventory(None, packages.collect()), day())
}

fn found(outcome: &MatchOutcome) -> Vec<String> {
    let line = |f: &plimsoll_model::Finding| {
        let package = f.package.as_deref().unwrap_or("-");
        format!("{} {package} {}", f.id, f.fixed_version.as_deref().unwrap_or("-"))
    };
    outcome.findings.iter().map(line).collect()
}

#[test]
fn names_meet_in_the_form_of_their_registry() {
    let fixed = |v: &str| vec![range(None, Some(v))];
    let db = build(vec![
        about(
            "feed",
            "CVE-2019-10906",
            &[],
            &[],
            vec![row(PackageKind::Pypi, "Jinja2", fixed("2.10.1"))],
        ),
        about(
            "feed",
            "CVE-2021-0001",
            &[],
            &[],
            vec![row(PackageKind::Pypi, "zope-interface", fixed("5"))],
        ),
        about(
            "feed",
            "CVE-2024-21907",
            &[],
            &[],
            vec![row(PackageKind::Nuget, "Newtonsoft.Json", fixed("13.0.1"))],
        ),
        about(
            "feed",
            "CVE-2021-0002",
            &[],
            &[],
            vec![row(PackageKind::Npm, "lodash", fixed("4.17.21"))],
        ),
    ]);
    let outcome = run(
        &db,
        &[
            (PackageKind::Pypi, "jinja2", "2.10"),
            (PackageKind::Pypi, "Zope.Interface", "4.9rc1"),
            (PackageKind::Nuget, "newtonsoft.json", "12.0.3"),
            (PackageKind::Npm, "Lodash", "4.17.20"),
            (PackageKind::Npm, "lodash", "4.17.21"),
        ],
    );
    assert_eq!(
        found(&outcome),
        [
            "CVE-2021-0001 Zope.Interface 5",
            "CVE-2019-10906 jinja2 2.10.1",
            "CVE-2024-21907 newtonsoft.json 13.0.1",
        ]
    );
    assert_eq!(outcome.findings[0].kind, RiskKind::ApplicationVulnerability);
    assert_eq!(outcome.problems, []);
}

#[test]
fn the_fix_is_that_of_the_installed_line() {
    let log4j = "org.apache.logging.log4j:log4j-core";
    let ranges = vec![
        range(Some("2.0-beta9"), Some("2.3.1")),
        range(Some("2.4"), Some("2.12.2")),
        range(Some("2.13.0"), Some("2.15.0")),
    ];
    let rows = vec![row(PackageKind::Maven, log4j, ranges)];
    let db = build(vec![about("feed", "GHSA-jfh8-c2jp-5v3q", &["CVE-2021-44228"], &[], rows)]);
    for (version, fix) in [
        ("2.14.1", Some("2.15.0")),
        ("2.11.0", Some("2.12.2")),
        ("2.0-rc1", Some("2.3.1")),
        ("2.0-beta8", None),
        ("2.12.2", None),
        ("2.15.0", None),
        ("1.2.17", None),
    ] {
        let outcome = run(&db, &[(PackageKind::Maven, log4j, version)]);
        let got = outcome.findings.first().and_then(|f| f.fixed_version.as_deref());
        assert_eq!(got, fix, "{version}");
    }
}

#[test]
fn aliases_are_one_flaw_and_what_is_withdrawn_is_none() {
    let fixed =
        |v: &str| vec![row(PackageKind::Golang, "golang.org/x/net", vec![range(None, Some(v))])];
    let mut withdrawn = about("feed", "GO-2020-0001", &[], &[], fixed("99.0.0"));
    withdrawn.withdrawn = Some("2022-01-01".parse().unwrap());
    let db = build(vec![
        about(
            "feed",
            "GO-2022-0969",
            &["CVE-2022-27664"],
            &["GO-2022-0969", "GHSA-69cg-p879-7622"],
            fixed("0.0.0-20220906165146-f3363e06e74c"),
        ),
        about(
            "feed",
            "GHSA-69cg-p879-7622",
            &["CVE-2022-27664"],
            &["GHSA-69cg-p879-7622"],
            fixed("0.0.0-20220906165146-f3363e06e74c"),
        ),
        withdrawn,
    ]);
    let outcome = run(
        &db,
        &[
            (PackageKind::Golang, "golang.org/x/net", "v0.0.0-20210405180319-a5a99cb37ef4"),
            (PackageKind::Golang, "golang.org/x/net", "v0.7.0"),
        ],
    );
    assert_eq!(
        found(&outcome),
        ["CVE-2022-27664 golang.org/x/net 0.0.0-20220906165146-f3363e06e74c"]
    );
    assert_eq!(outcome.findings[0].aliases, ["GHSA-69cg-p879-7622", "GO-2022-0969"]);
    assert_eq!(outcome.findings[0].advisories.len(), 2);
}

#[test]
fn a_version_that_says_nothing_is_not_vulnerable() {
    let all = || vec![range(None, Some("9.0.0"))];
    let db = build(vec![about(
        "feed",
        "CVE-2021-0001",
        &[],
        &[],
        vec![
            row(PackageKind::Maven, "a:b", all()),
            row(PackageKind::Golang, "example.org/m", all()),
            row(PackageKind::Gem, "g", all()),
            row(PackageKind::Pypi, "p", all()),
        ],
    )]);
    let outcome = run(
        &db,
        &[
            (PackageKind::Maven, "a:b", "${project.version}"),
            (PackageKind::Maven, "a:b", ""),
            (PackageKind::Golang, "example.org/m", "(devel)"),
            (PackageKind::Gem, "g", ""),
            (PackageKind::Pypi, "p", "1.0-not-a-version"),
            (PackageKind::Gem, "unheard-of", ""),
        ],
    );
    assert_eq!(found(&outcome), [""; 0]);
    let told: Vec<&str> = outcome.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(outcome.problems.iter().all(|p| p.kind == ProblemKind::CannotTell));
}

#[test]
fn versions_without_a_place_in_the_order_are_matched_by_their_text() {
    let mut listed = row(PackageKind::Pypi, "pytz", vec![range(None, Some("2010.1"))]);
    listed.versions = vec!["2004d".into(), "2012.1".into()];
    let db = build(vec![about("feed", "CVE-2021-0001", &[], &[], vec![listed])]);
    for (version, hit) in [
        ("2004d", true),
        ("2009.5", true),
        ("2012.1.0", true),
        ("2011.1", false),
        ("2012.2", false),
    ] {
        let outcome = run(&db, &[(PackageKind::Pypi, "pytz", version)]);
        assert_eq!(outcome.findings.len(), usize::from(hit), "{version}");
        assert_eq!(outcome.problems, [], "{version}");
    }
}

#[test]
fn advisories_about_one_program_do_not_cover_another() {
    let rows =
        vec![row(PackageKind::Generic, "node", vec![range(Some("9.0.0-0"), Some("9.11.2"))])];
    let db = build(vec![about("feed", "NSWG-CORE-50", &["CVE-2018-7162"], &[], rows)]);
    let outcome = run(&db, &[(PackageKind::Generic, "node", "9.11.1")]);
    assert_eq!(found(&outcome), ["CVE-2018-7162 node 9.11.2"]);
    assert_eq!(outcome.coverage[0].state, CoverageState::Covered);
    let both =
        [(PackageKind::Generic, "node", "9.11.2"), (PackageKind::Generic, "nginx", "1.18.0")];
    let outcome = run(&db, &both);
    assert_eq!(found(&outcome), [""; 0]);
    assert_eq!(outcome.coverage[0].state, CoverageState::NotCovered);
    assert_eq!(outcome.coverage[0].note, "the database has no advisories for nginx");
}
