//! One test per rule of `docs/database.md`, "Matching".

mod support;

use plimsoll_model::{
    Advisory, Affected, Channel, CoverageState, CvssRating, FeedInfo, FixKind, FixState, Inventory,
    Kev, NameKind, Namespace, Package, PackageFamily, PackageKind, PackageState, ProblemKind,
    Range, Rating, RiskKind, Severity, SourcePackage,
};
use plimsoll_vulndb::{MatchOutcome, VulnDb, match_packages_on};
use support::{advisory, affected, build, build_with, day, ended, feed, inventory, os};

fn deb(name: &str, version: &str, source: &str) -> Package {
    let mut package = Package::new(PackageKind::Deb, name, version);
    package.arch = Some("amd64".into());
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    package
}

fn rpm(name: &str, version: &str) -> Package {
    let mut package = Package::new(PackageKind::Rpm, name, version);
    package.arch = Some("x86_64".into());
    package.source = Some(SourcePackage { name: name.into(), version: version.into() });
    package
}

fn debian(packages: Vec<Package>) -> Inventory {
    inventory(Some(os("debian", "12", PackageFamily::Dpkg)), packages)
}

fn alma(packages: Vec<Package>) -> Inventory {
    inventory(Some(os("almalinux", "8", PackageFamily::Rpm)), packages)
}

fn about(id: &str, rows: Vec<Affected>) -> Advisory {
    let mut advisory = advisory("feed", id);
    advisory.affected = rows;
    advisory
}

fn row(package: &str, state: FixState, fixed: Option<&str>) -> Affected {
    affected("debian", "12", package, state, fixed)
}

fn rpm_row(package: &str, fixed: &str) -> Affected {
    let mut row = affected("almalinux", "8", package, FixState::Fixed, Some(fixed));
    row.name_kind = NameKind::Binary;
    row
}

fn run(db: &VulnDb, inv: &Inventory) -> MatchOutcome {
    match_packages_on(db, inv, day())
}

/// `id package fixed-version state` of every finding.
fn summary(outcome: &MatchOutcome) -> Vec<String> {
    let line = |f: &plimsoll_model::Finding| {
        format!(
            "{} {} {} {:?}",
            f.id,
            f.package.as_deref().unwrap_or("-"),
            f.fixed_version.as_deref().unwrap_or("-"),
            f.fix_state.unwrap_or(FixState::NotAffected),
        )
    };
    outcome.findings.iter().map(line).collect()
}

#[test]
fn one_finding_per_flaw_and_source_package_with_all_its_binaries() {
    let mut flaw = about("CVE-2023-0001", vec![row("openssl", FixState::Fixed, Some("3.0.11-1"))]);
    flaw.ratings = vec![Rating {
        source: "nvd".into(),
        severity: None,
        cvss: Some(CvssRating {
            version: "3.1".into(),
            vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
        }),
    }];
    flaw.cwes = vec!["CWE-787".into()];
    flaw.aliases = vec!["GHSA-aaaa".into()];
    flaw.published = Some(day());
    let mut kev = advisory("cisa-kev", "CVE-2023-0001");
    kev.kev = Some(Kev { added: day(), ransomware: true });
    let db = build(vec![flaw, kev]);
    let mut held = deb("libssl3", "3.0.9-1+b1", "openssl");
    held.source = Some(SourcePackage { name: "openssl".into(), version: "3.0.9-1".into() });
    held.state = PackageState::Held;
    let inv = debian(vec![held, deb("openssl", "3.0.9-1", "openssl"), deb("bash", "5", "bash")]);
    let outcome = run(&db, &inv);
    assert_eq!(summary(&outcome), ["CVE-2023-0001 openssl 3.0.11-1 Fixed"]);
    let finding = &outcome.findings[0];
    assert_eq!(finding.kind, RiskKind::SystemVulnerability);
    assert_eq!(finding.installed_version.as_deref(), Some("3.0.9-1"));
    assert_eq!(finding.aliases, ["GHSA-aaaa"]);
    assert_eq!(finding.title, "CVE-2023-0001 in openssl");
    assert_eq!((finding.severity, finding.severity_source.as_str()), (Severity::Critical, "nvd"));
    assert_eq!(finding.cvss_score, Some(9.8));
    assert_eq!(finding.cwes, ["CWE-787"]);
    assert_eq!((finding.published, finding.fix.kind), (Some(day()), FixKind::None));
    assert!(finding.kev.as_ref().unwrap().ransomware);
    assert_eq!(finding.layer.as_ref().unwrap().created_by, "RUN 1");
    assert_eq!(finding.advisories[0].source, "feed");
    let packages: Vec<_> = finding
        .packages
        .iter()
        .map(|p| (p.name.as_str(), p.version.as_str(), p.fixed_version.as_deref(), p.held))
        .collect();
    // The binary with a version of its own (a binNMU) has no known fixed version of its own.
    let expected =
        [("libssl3", "3.0.9-1+b1", None, true), ("openssl", "3.0.9-1", Some("3.0.11-1"), false)];
    assert_eq!(packages, expected);
    assert_eq!(outcome.problems, []);
    assert_eq!(outcome.coverage[0].state, CoverageState::Covered);
    assert_eq!(
        (outcome.coverage[0].packages, &outcome.coverage[0].feeds[..]),
        (3, &["feed".to_owned()][..])
    );
}

#[test]
fn states_and_backports() {
    let other = |mut row: Affected| {
        row.namespace = Namespace::new("debian", "11");
        row
    };
    let elts = |mut row: Affected| {
        row.channel = Some(Channel { name: "elts".into(), paid: true });
        row
    };
    use FixState::{EndOfLife, FixDeferred, Fixed, NotAffected, UnderInvestigation, WillNotFix};
    const UNFIXED: FixState = FixState::Affected;
    let cases: Vec<(&str, Vec<Affected>, Option<&str>)> = vec![
        ("fixed later", vec![row("p", Fixed, Some("1.2-4"))], Some("1.2-4 Fixed")),
        ("fixed by a backport", vec![row("p", Fixed, Some("1.2-3"))], None),
        ("fixed before", vec![row("p", Fixed, Some("0"))], None),
        ("no fix", vec![row("p", UNFIXED, None)], Some("- Affected")),
        ("will not", vec![row("p", WillNotFix, None)], Some("- WillNotFix")),
        ("deferred", vec![row("p", FixDeferred, None)], Some("- FixDeferred")),
        ("end of life", vec![row("p", EndOfLife, None)], Some("- EndOfLife")),
        (
            "under investigation",
            vec![row("p", UnderInvestigation, None)],
            Some("- UnderInvestigation"),
        ),
        ("not affected", vec![row("p", NotAffected, None)], None),
        ("overruled", vec![row("p", Fixed, Some("9")), row("p", NotAffected, None)], None),
        (
            "not affected since",
            vec![row("p", UNFIXED, None), row("p", NotAffected, Some("1.0"))],
            Some("- Affected"),
        ),
        ("other release", vec![other(row("p", Fixed, Some("9")))], None),
        ("other package", vec![row("pp", Fixed, Some("9"))], None),
        (
            "mended twice",
            vec![row("p", Fixed, Some("1.2-3")), row("p", Fixed, Some("1.2-9"))],
            Some("1.2-9 Fixed"),
        ),
        (
            "highest",
            vec![row("p", Fixed, Some("1.2-10")), row("p", Fixed, Some("1.2-9"))],
            Some("1.2-10 Fixed"),
        ),
        (
            "paid fix",
            vec![row("p", WillNotFix, None), elts(row("p", Fixed, Some("1.2-3+x")))],
            Some("1.2-3+x Fixed elts"),
        ),
        (
            "paid fix installed",
            vec![row("p", WillNotFix, None), elts(row("p", Fixed, Some("1.2-3")))],
            None,
        ),
        (
            "free fix first",
            vec![row("p", Fixed, Some("1.2-4")), elts(row("p", Fixed, Some("1.2-9")))],
            Some("1.2-4 Fixed"),
        ),
        (
            "free fix installed",
            vec![row("p", Fixed, Some("1.2-3")), elts(row("p", Fixed, Some("1.2-9")))],
            None,
        ),
    ];
    for (name, rows, expected) in cases {
        let mut rows = rows;
        rows.push(row("unrelated", UNFIXED, None));
        let db = build(vec![about("CVE-2023-0001", rows)]);
        let outcome = run(&db, &debian(vec![deb("lib", "1.2-3", "p")]));
        let found = outcome.findings.first().map(|f| {
            let channel = f.fix_channel.as_ref().map_or(String::new(), |c| format!(" {}", c.name));
            let fixed = f.fixed_version.as_deref().unwrap_or("-");
            format!("{fixed} {:?}{channel}", f.fix_state.unwrap())
        });
        assert_eq!(found.as_deref(), expected, "{name}");
        assert!(outcome.findings.len() < 2, "{name}");
    }
}

#[test]
fn ranges_and_named_versions() {
    let with = |ranges: Vec<Range>, versions: &[&str]| {
        let mut row = row("p", FixState::Fixed, None);
        row.ranges = ranges;
        row.versions = versions.iter().map(|v| (*v).into()).collect();
        row
    };
    let range = |introduced: &str, fixed: Option<&str>, last: Option<&str>| Range {
        introduced: Some(introduced.into()),
        fixed: fixed.map(Into::into),
        last_affected: last.map(Into::into),
    };
    for (row, expected) in [
        (with(vec![range("0", Some("2"), None)], &[]), Some(Some("2"))),
        (with(vec![range("1.1", Some("2"), None)], &[]), Some(Some("2"))),
        (with(vec![range("1.2-4", Some("2"), None)], &[]), None),
        (with(vec![range("0", None, Some("1.2-3"))], &[]), Some(None)),
        (with(vec![range("0", None, Some("1.2-2"))], &[]), None),
        (
            with(vec![range("0", Some("1.0"), None), range("1.2", Some("3"), None)], &[]),
            Some(Some("3")),
        ),
        (with(vec![], &["1.2-3"]), Some(None)),
        (with(vec![], &["1.2-4"]), None),
        (with(vec![range("5", Some("6"), None)], &["1.2-3"]), Some(Some("6"))),
    ] {
        let db = build(vec![about("CVE-2023-0001", vec![row.clone()])]);
        let outcome = run(&db, &debian(vec![deb("p", "1.2-3", "p")]));
        let found = outcome.findings.first().map(|f| f.fixed_version.as_deref());
        assert_eq!(found, expected, "{row:?}");
    }
}

#[test]
fn binary_rows_judge_each_binary_and_merge_by_source() {
    let db = build(vec![about(
        "ALSA-1",
        vec![rpm_row("curl", "7.61.1-30.el8"), rpm_row("libcurl", "7.61.1-33.el8")],
    )]);
    let mut library = rpm("libcurl", "7.61.1-25.el8");
    library.source = Some(SourcePackage { name: "curl".into(), version: "7.61.1-25.el8".into() });
    let outcome = run(&db, &alma(vec![rpm("curl", "7.61.1-25.el8"), library.clone()]));
    assert_eq!(summary(&outcome), ["ALSA-1 curl 7.61.1-33.el8 Fixed"]);
    assert_eq!(outcome.findings[0].installed_version.as_deref(), Some("7.61.1-25.el8"));
    let fixes: Vec<_> =
        outcome.findings[0].packages.iter().map(|p| p.fixed_version.as_deref()).collect();
    assert_eq!(fixes, [Some("7.61.1-30.el8"), Some("7.61.1-33.el8")]);
    let outcome = run(&db, &alma(vec![rpm("curl", "7.61.1-30.el8"), library]));
    let names: Vec<_> = outcome.findings[0].packages.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["libcurl"]);
}

#[test]
fn architectures_limit_a_row() {
    let mut only_arm = row("p", FixState::Affected, None);
    only_arm.arches = vec!["arm64".into()];
    let db = build(vec![about("CVE-2023-0001", vec![only_arm])]);
    let mut arm = deb("p", "1", "p");
    arm.arch = Some("arm64".into());
    let inv = debian(vec![arm, deb("p-data", "1", "p")]);
    let outcome = run(&db, &inv);
    let names: Vec<_> = outcome.findings[0].packages.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["p"]);
    assert!(run(&db, &debian(vec![deb("p-data", "1", "p")])).findings.is_empty());
}

#[test]
fn module_streams_never_mix() {
    let fixed = "1:16.17.1-1.module_el8.6.0+3261+490666b3";
    let mut of_stream = rpm_row("nodejs", fixed);
    of_stream.module = Some("nodejs:16".into());
    let labelled = about("ALSA-16", vec![of_stream]);
    // A record that names no stream, as some of AlmaLinux do.
    let unlabelled =
        about("ALSA-x", vec![rpm_row("nodejs", "1:18.9.0-1.module_el8.7.0+3343+ea2b7901")]);
    let plain = about("ALSA-plain", vec![rpm_row("nodejs", "1:20.0.0-1.el8")]);
    let db = build(vec![labelled, plain, unlabelled]);
    let module = |version: &str, label: Option<&str>| {
        let mut package = rpm("nodejs", version);
        package.module = label.map(Into::into);
        let outcome = run(&db, &alma(vec![package]));
        outcome.findings.into_iter().map(|f| f.id).collect::<Vec<_>>()
    };
    let el8 = ".module_el8.5.0+2618+8d46dafd";
    assert_eq!(
        module(&format!("1:16.13.1-3{el8}"), Some("nodejs:16:8050020211206:c")),
        ["ALSA-16"]
    );
    assert_eq!(module(&format!("1:14.18.2-2{el8}"), Some("nodejs:14:8050020211206:c")), [""; 0]);
    assert_eq!(module(&format!("1:16.13.1-3{el8}"), None), ["ALSA-16"]);
    assert_eq!(module(&format!("1:14.18.2-2{el8}"), None), [""; 0]);
    assert_eq!(module("1:16.13.1-3.el8", None), ["ALSA-plain"]);
    assert_eq!(module(fixed, Some("nodejs:16:8060:c")), [""; 0]);
    assert_eq!(module(&format!("1:18.9.0-0{el8}"), Some("nodejs:18:8070:c")), ["ALSA-x"]);
}

#[test]
fn the_distributions_severity_counts_first() {
    let mut low = row("p", FixState::Affected, None);
    low.severity = Some(Severity::Low);
    let mut flaw = about("CVE-2023-0001", vec![low]);
    flaw.ratings =
        vec![Rating { source: "nvd".into(), severity: Some(Severity::Critical), cvss: None }];
    let db = build(vec![flaw]);
    let outcome = run(&db, &debian(vec![deb("p", "1", "p")]));
    let finding = &outcome.findings[0];
    assert_eq!((finding.severity, finding.severity_source.as_str()), (Severity::Low, "debian"));
    assert_eq!(finding.ratings.len(), 1);
}

#[test]
fn advisories_that_name_the_same_flaw_are_one_finding() {
    let mut one = about("DSA-1", vec![row("p", FixState::Fixed, Some("2"))]);
    one.flaws = vec!["CVE-2023-0001".into()];
    let mut two = about("DSA-2", vec![row("p", FixState::Fixed, Some("3"))]);
    two.flaws = vec!["CVE-2023-0001".into(), "CVE-2023-0002".into()];
    let db = build(vec![one, two]);
    let outcome = run(&db, &debian(vec![deb("p", "1", "p")]));
    assert_eq!(summary(&outcome), ["CVE-2023-0001 p 3 Fixed", "CVE-2023-0002 p 3 Fixed"]);
    let ids: Vec<_> = outcome.findings[0].advisories.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["DSA-1", "DSA-2"]);
}

#[test]
fn builds_of_others_are_named_and_not_judged() {
    let rows = vec![rpm_row("php", "7.4.30-1.el8"), rpm_row("other", "1-1.el8")];
    let db = build(vec![about("ALSA-1", rows)]);
    let php = |version: &str, vendor: &str| {
        let mut package = rpm("php", version);
        package.vendor = Some(vendor.into());
        let mut own = rpm("bash", "4.4-1.el8");
        own.vendor = Some("AlmaLinux".into());
        let outcome = run(&db, &alma(vec![package, own.clone(), rpm("glibc", "2.28-1.el8")]));
        let others = outcome.coverage.iter().find(|c| c.namespace.ecosystem == "rpm");
        if let Some(others) = others {
            assert_eq!((others.state, others.packages), (CoverageState::NotCovered, 1));
            assert!(others.note.ends_with("built them: php"), "{}", others.note);
        }
        let own = outcome.coverage.iter().find(|c| c.namespace.ecosystem == "almalinux");
        (outcome.findings.len(), others.is_some(), own.unwrap().packages)
    };
    assert_eq!(php("7.4.29-1.el8", "AlmaLinux"), (1, false, 3));
    assert_eq!(php("7.4.30-0.el8", "AlmaLinux"), (1, false, 3));
    assert_eq!(php("7.4.30-0.el8.remi", "Remi's RPM repository"), (0, true, 2));
    assert_eq!(php("7.4.29-9.el8.remi", "Remi's RPM repository"), (0, true, 2));
    assert_eq!(php("7.4.29-1.el8", "Fedora Project"), (0, true, 2));
}

#[test]
fn epel_rows_are_for_epel_builds() {
    let mut epel = rpm_row("htop", "3.2-1.el8");
    epel.channel = Some(Channel { name: "epel".into(), paid: false });
    let (db, _) = build_with(vec![about("FEDORA-EPEL-1", vec![epel])], |builder| {
        builder.feed(FeedInfo { id: "epel-updateinfo".into(), ..feed() });
    });
    let htop = |vendor: &str| {
        let mut package = rpm("htop", "3.1-1.el8");
        package.vendor = Some(vendor.into());
        run(&db, &alma(vec![package, rpm("a", "1-1"), rpm("b", "1-1")])).findings.len()
    };
    assert_eq!((htop("Fedora Project"), htop("AlmaLinux")), (1, 0));
}

#[test]
fn what_cannot_be_compared_is_a_problem_and_no_finding() {
    let db = build(vec![about("CVE-2023-0001", vec![row("p", FixState::Fixed, Some("2"))])]);
    let outcome = run(&db, &debian(vec![deb("p", "not a version", "p")]));
    assert_eq!(outcome.findings, []);
    assert_eq!(outcome.problems.len(), 1);
    assert_eq!(outcome.problems[0].kind, ProblemKind::CannotTell);
    let message = &outcome.problems[0].message;
    assert!(message.contains("p not a version"), "{message}");
}

#[test]
fn what_is_not_covered_is_said() {
    let rows = vec![affected("alpine", "3.9", "busybox", FixState::Fixed, Some("1.29.3-r11"))];
    let db = build(vec![about("CVE-2019-0001", rows)]);
    let busybox = || Package::new(PackageKind::Apk, "busybox", "1.29.3-r10");
    let alpine = |release| os("alpine", release, PackageFamily::Apk);
    let states = |inv: &Inventory| {
        let outcome = run(&db, inv);
        let lines =
            outcome.coverage.iter().map(|c| format!("{} {:?}: {}", c.namespace, c.state, c.note));
        (outcome.findings.len(), lines.collect::<Vec<_>>())
    };
    let (found, lines) = states(&inventory(Some(alpine("3.9")), vec![busybox()]));
    assert_eq!((found, &lines[..]), (1, &["alpine:3.9 Covered: ".to_owned()][..]));
    let (found, lines) = states(&inventory(Some(ended(alpine("3.9"))), vec![busybox()]));
    assert_eq!(found, 1);
    assert_eq!(
        lines,
        [
            "alpine:3.9 EndOfLife: not covered since 2020-06-01, end of life: flaws found later are unknown"
        ]
    );
    let (found, lines) = states(&inventory(Some(ended(alpine("2.6"))), vec![busybox()]));
    assert_eq!(found, 0);
    assert_eq!(
        lines,
        [
            "alpine:2.6 NotCovered: not covered since 2020-06-01, end of life; the database has no advisories for alpine:2.6"
        ]
    );
    let (found, lines) = states(&inventory(None, vec![busybox()]));
    assert_eq!(found, 0);
    assert_eq!(lines, ["apk NotCovered: no file says which operating system this is"]);
    // An rpm database in an Alpine image, and a language nobody gave advisories for.
    let pip = Package::new(PackageKind::Pypi, "django", "1.0");
    let (found, lines) = states(&inventory(Some(alpine("3.9")), vec![rpm("x", "1-1"), pip]));
    assert_eq!(found, 0);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("NotCovered")), "{lines:?}");
    let (_, lines) = states(&inventory(Some(alpine("3.9")), vec![]));
    assert_eq!(lines, ["alpine:3.9 Covered: "]);
}

#[test]
fn a_damaged_block_is_a_problem_and_no_panic() {
    let (mut file, _) =
        support::file(vec![about("CVE-2023-0001", vec![row("p", FixState::Affected, None)])]);
    file[14] ^= 0xff;
    let db = VulnDb::from_bytes(file).unwrap();
    let outcome = run(&db, &debian(vec![deb("p", "1", "p")]));
    assert_eq!(outcome.findings, []);
    assert_eq!(outcome.problems[0].kind, ProblemKind::Unreadable);
}

#[test]
fn a_feed_with_priority_settles_contradictions() {
    let mut tracker = about("CVE-2023-0001", vec![row("p", FixState::NotAffected, None)]);
    tracker.feed = "debian-tracker".into();
    let mut lists = about("DSA-1", vec![row("p", FixState::Fixed, Some("9"))]);
    lists.feed = "debian-lists".into();
    lists.flaws = vec!["CVE-2023-0001".into()];
    let (db, _) = build_with(vec![tracker, lists], |b| b.priority("debian-tracker", 1));
    assert_eq!(run(&db, &debian(vec![deb("p", "1", "p")])).findings, []);
}

#[test]
fn the_result_does_not_depend_on_anything_but_the_input() {
    let db = build(support::sample(300));
    let packages: Vec<_> =
        (0..60).map(|n| deb(&format!("package-{n}"), "2.3-1", &format!("package-{n}"))).collect();
    let inv = debian(packages);
    let first = run(&db, &inv);
    assert!(first.findings.len() > 50);
    for _ in 0..3 {
        assert_eq!(run(&db, &inv), first);
    }
    let order: Vec<_> = first.findings.iter().map(|f| (f.package.clone(), f.id.clone())).collect();
    let mut unique = order.clone();
    unique.dedup();
    assert_eq!(order.len(), unique.len());
}

/// Known facts, against the embedded database of real advisories.
#[test]
fn real_advisories_judge_real_versions() {
    let db = plimsoll_vulndb::starter().unwrap();
    let found = |system: &plimsoll_model::OperatingSystem, package: Package, id: &str| {
        let outcome = run(&db, &inventory(Some(system.clone()), vec![package]));
        assert_eq!(outcome.problems, []);
        let hit = outcome.findings.into_iter().find(|f| f.id == id)?;
        Some((hit.fixed_version?, hit.severity_source))
    };
    let alpine = os("alpine", "3.9", PackageFamily::Apk);
    let musl = |version: &str| Package::new(PackageKind::Apk, "musl", version);
    let hit = found(&alpine, musl("1.1.20-r3"), "CVE-2019-14697");
    assert_eq!(hit.map(|(fixed, _)| fixed).as_deref(), Some("1.1.20-r5"));
    assert_eq!(found(&alpine, musl("1.1.20-r5"), "CVE-2019-14697"), None);
    // Dirty COW in a release whose kernel got it as a backport.
    let trusty = os("ubuntu", "14.04", PackageFamily::Dpkg);
    let kernel = |version: &str| deb("linux-libc-dev", version, "linux");
    let (fixed, source) =
        found(&trusty, kernel("3.13.0-99.146"), "CVE-2016-5195").unwrap_or_default();
    assert_eq!((fixed.as_str(), source.as_str()), ("3.13.0-100.147", "ubuntu"));
    assert_eq!(found(&trusty, kernel("3.13.0-100.147"), "CVE-2016-5195"), None);
    let alma = os("almalinux", "8", PackageFamily::Rpm);
    let mut nodejs = rpm("nodejs", "1:14.15.0-1.module_el8.3.0+2047+b07ac28e");
    nodejs.module = Some("nodejs:14:8030020210226:9edba152".into());
    let outcome = run(&db, &inventory(Some(alma), vec![nodejs]));
    assert!(!outcome.findings.is_empty());
    for finding in &outcome.findings {
        let fixed = finding.fixed_version.as_deref().unwrap_or_default();
        assert!(fixed.starts_with("1:14."), "{} {fixed}", finding.id);
    }
}

fn rhel(packages: Vec<Package>) -> Inventory {
    inventory(Some(os("rhel", "9", PackageFamily::Rpm)), packages)
}

fn binary_of(source: &str, name: &str, version: &str) -> Package {
    let mut package = rpm(name, version);
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    package
}

fn rhel_row(
    kind: NameKind,
    package: &str,
    state: FixState,
    fixed: Option<&str>,
    channel: Option<&str>,
) -> Affected {
    let mut row = affected("rhel", "9", package, state, fixed);
    row.name_kind = kind;
    row.channel = channel.map(|name| Channel { name: name.into(), paid: true });
    row
}

/// Red Hat names components without a fix by their source, fixed builds by their names.
#[test]
fn statements_about_a_source_and_about_its_binaries_belong_together() {
    use NameKind::{Binary, Source};
    let flaw = about(
        "CVE-2024-0001",
        vec![
            rhel_row(Source, "kernel", FixState::Affected, None, None),
            rhel_row(Binary, "kernel-core", FixState::Fixed, Some("5-2.el9_2"), Some("eus-9.2")),
            rhel_row(Binary, "kernel-headers", FixState::NotAffected, None, None),
        ],
    );
    let other = about(
        "CVE-2024-0002",
        vec![
            rhel_row(Source, "kernel", FixState::NotAffected, None, None),
            rhel_row(Binary, "kernel-core", FixState::Affected, None, None),
        ],
    );
    let db = build(vec![flaw, other]);
    let all = |version: &str| {
        let names = ["kernel", "kernel-core", "kernel-headers"];
        let packages = names.iter().map(|n| binary_of("kernel", n, version)).collect();
        let outcome = run(&db, &rhel(packages));
        let names: Vec<Vec<String>> = outcome
            .findings
            .iter()
            .map(|f| f.packages.iter().map(|p| p.name.clone()).collect())
            .collect();
        (summary(&outcome), names)
    };
    // Not yet fixed anywhere but in a support programme: its fix is named; headers are not affected.
    let (found, names) = all("5-1.el9_2");
    assert_eq!(found, ["CVE-2024-0001 kernel 5-2.el9_2 Fixed"]);
    assert_eq!(names, [["kernel", "kernel-core"]]);
    // The core carries the programme's fix; the source as such is said to be affected.
    let (found, names) = all("5-2.el9_2");
    assert_eq!(found, ["CVE-2024-0001 kernel - Affected"]);
    assert_eq!(names, [["kernel"]]);
}

/// CVE-2023-38545 in curl: RHSA-2023:5763 mends 9.2 and RHSA-2023:6745 mends 9.3, each in a build of its own.
#[test]
fn a_fix_in_the_line_of_updates_of_a_minor_release_is_a_fix() {
    let fixed = |fixed: &str, channel| {
        rhel_row(NameKind::Binary, "curl", FixState::Fixed, Some(fixed), channel)
    };
    let db = build(vec![about(
        "CVE-2023-38545",
        vec![
            fixed("7.76.1-14.el9_0.9", Some("eus-9.0")),
            fixed("7.76.1-23.el9_2.4", None),
            fixed("7.76.1-26.el9_3.2", None),
        ],
    )]);
    for (version, affected) in [
        ("7.76.1-14.el9_0.8", true),
        ("7.76.1-14.el9_0.9", false),
        ("7.76.1-19.el9", true),
        ("7.76.1-23.el9_2.1", true),
        ("7.76.1-23.el9_2.4", false),
        ("7.76.1-23.el9_2.5", false),
        ("7.76.1-26.el9", true),
        ("7.76.1-26.el9_3.1", true),
        ("7.76.1-26.el9_3.2", false),
        ("7.76.1-29.el9", false),
    ] {
        let found = summary(&run(&db, &rhel(vec![rpm("curl", version)])));
        let expected = ["CVE-2023-38545 curl 7.76.1-26.el9_3.2 Fixed"];
        assert_eq!(found, expected.get(..usize::from(affected)).unwrap(), "{version}");
    }
}

#[test]
fn a_feed_that_fills_is_silent_where_its_leader_speaks() {
    let said = |feed: &str, id: &str, kind, package: &str, state| {
        let mut advisory = about(id, vec![rhel_row(kind, package, state, None, None)]);
        advisory.feed = feed.into();
        advisory
    };
    let (db, stats) = support::build_with(
        vec![
            said("vex", "CVE-2024-0001", NameKind::Source, "vim", FixState::NotAffected),
            said("oval", "CVE-2024-0001", NameKind::Binary, "vim-common", FixState::Affected),
            said("oval", "CVE-2024-0002", NameKind::Binary, "vim-common", FixState::Affected),
        ],
        |builder| builder.fills("oval", "vex"),
    );
    assert_eq!(stats.overruled, 1);
    let found = run(&db, &rhel(vec![binary_of("vim", "vim-common", "9-1.el9")]));
    assert_eq!(summary(&found), ["CVE-2024-0002 vim - Affected"]);
}
