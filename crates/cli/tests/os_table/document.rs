//! `docs/operating-systems.md`, written from what the cases showed: nothing in it is claimed that was not judged.

use std::{collections::BTreeSet, fs, path::Path};

use plimsoll_model::{Coverage, CoverageState, EndOfLife, Knowledge};

use crate::{case::Case, is_update, judge::Judged};

/// The systems, in the order of the document.
const SYSTEMS: &[&str] = &[
    "Red Hat Enterprise Linux",
    "CentOS",
    "Ubuntu",
    "Debian",
    "Alpine Linux",
    "Amazon Linux",
    "Oracle Linux",
    "SUSE Linux Enterprise Server",
    "Fedora",
    "openSUSE",
    "Rocky Linux",
    "AlmaLinux",
    "Wolfi",
    "Chainguard",
    "CBL-Mariner and Azure Linux",
    "Photon OS",
    "Arch Linux",
    "openEuler",
    "Anolis OS",
    "Alibaba Cloud Linux",
    "Distroless images",
    "Bottlerocket",
];

/// What feeds leave open beyond what they say of themselves.
const LIMITS: &[(&str, &str)] = &[
    ("arch-security", "knows what the tracker's volunteers entered"),
    ("debian-lists", "gives no severity"),
    ("debian-tracker", "forgets a release when Debian does"),
    ("redhat-csaf-vex", "does not say what became of releases that had left support before"),
    ("redhat-oval", "ended with 2024: later flaws are in Red Hat's VEX"),
    (
        "suse-oval",
        "has files by patch, which know fixed flaws only, and files by flaw, which know all",
    ),
    ("ubuntu-cve-tracker", "marks what nobody has looked at as such"),
    ("ubuntu-osv", "does not say why a flaw has no fix"),
];

const HEAD: &str = "\
# Operating systems

<!-- Written by the test `os_table` from its cases: `PLIMSOLL_UPDATE_CASES=1 cargo test -p plimsoll --test os_table`. -->

What is known of each release, as the test suite shows it with an image that has the release's own identification files and
package database and with advisories in their makers' format. *End of life* is the last day of public fixes, in brackets the
last day of paid or separate support. *Judged* says what a report claims of such an image:

- **yes**: advisories were there and were applied;
- **until its end**: there are advisories up to the end of the release's life; what came up later is unknown, the report says
  so, and with `--strict` the exit code is 4;
- **no**: there are no advisories in a form that a program can read, or (Anolis OS 7 and 8, which `anolis-oval` speaks of) no
  test has any yet. The report says `not covered`, since when, and why; with `--strict` the exit code is 4. No findings never
  means no flaws here.

*Fix* is how the image's own package manager is told to mend a finding; the whole commands stand below each table. Packages
that others than the distribution built (EPEL, Remi, PGDG, PPAs …) are named in the report as not judged by its feeds.
";

pub(crate) fn check(judged: &[(Case, Judged)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating-systems.md");
    let text = write(judged);
    if is_update() {
        fs::write(path, text).unwrap();
    } else {
        let current = fs::read_to_string(path).unwrap_or_default();
        assert!(
            current == text,
            "docs/operating-systems.md is stale: run this test with PLIMSOLL_UPDATE_CASES=1"
        );
    }
}

fn write(judged: &[(Case, Judged)]) -> String {
    for (case, _) in judged {
        assert!(SYSTEMS.contains(&case.system.as_str()), "{}: `{}`?", case.name, case.system);
    }
    let mut out = HEAD.to_owned();
    for system in SYSTEMS {
        let own: Vec<&(Case, Judged)> =
            judged.iter().filter(|(c, _)| c.system == *system).collect();
        if own.is_empty() {
            continue;
        }
        out.push_str(&format!(
            "\n## {system}\n\n| release | recognised by | packages | feeds | judged | end of life | fix |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n"
        ));
        let mut feeds = BTreeSet::new();
        let mut commands = BTreeSet::new();
        for (case, judged) in &own {
            out.push_str(&row(case, judged));
            let covered = system_coverage(judged);
            feeds.extend(covered.iter().flat_map(|c| c.feeds.iter().map(String::as_str)));
            commands.extend(command(judged));
        }
        out.push('\n');
        for feed in feeds {
            out.push_str(&format!("- `{feed}` {}.\n", limit(feed)));
        }
        let mut seen = BTreeSet::new();
        for (case, judged) in &own {
            if let Some(command) = command(judged)
                && seen.insert(shape(&command))
            {
                out.push_str(&format!("- For example in {}:\n\n      {command}\n\n", case.release));
            }
        }
    }
    let mut text: Vec<&str> = out.lines().map(str::trim_end).collect();
    text.dedup_by(|a, b| a.is_empty() && b.is_empty());
    format!("{}\n", text.join("\n").trim_end())
}

fn limit(feed: &str) -> String {
    let knows = match plimsoll_feeds::by_id(feed).unwrap().knows() {
        Knowledge::FixedOnly => "knows only flaws that have a fix",
        Knowledge::AllStates => "knows flaws without a fix too",
        Knowledge::RatingsOnly => "rates flaws only",
    };
    match LIMITS.iter().find(|(id, _)| *id == feed) {
        Some((_, limit)) => format!("{knows}, and {limit}"),
        None => knows.to_owned(),
    }
}

fn row(case: &Case, judged: &Judged) -> String {
    let report = &judged.report;
    let os = report.os.as_ref();
    let formats: BTreeSet<&str> = case.packages.iter().map(|list| format(&list.format)).collect();
    let covered = system_coverage(judged);
    let feeds: BTreeSet<String> =
        covered.iter().flat_map(|c| c.feeds.iter().map(|f| format!("`{f}`"))).collect();
    let state = match covered.first().map(|c| c.state) {
        Some(CoverageState::Covered) => "yes",
        Some(CoverageState::EndOfLife) => "until its end",
        _ => "no",
    };
    let fix = command(judged).map_or_else(
        || {
            let advice = report.findings.iter().find(|f| f.fixed_version.is_some());
            if advice.is_some() { "rebuild on a newer base".to_owned() } else { "–".to_owned() }
        },
        |command| format!("`{}`", shape(&command)),
    );
    let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(", ");
    format!(
        "| {} | {} | {} | {} | {state} | {} | {fix} |\n",
        case.release,
        os.map_or_else(|| "–".into(), |os| format!("`{}`", os.evidence)),
        formats.into_iter().collect::<Vec<_>>().join(", "),
        if feeds.is_empty() { "–".into() } else { list(feeds) },
        end_of_life(os.and_then(|os| os.end_of_life.as_ref())),
    )
}

fn system_coverage(judged: &Judged) -> Vec<&Coverage> {
    let languages = ["npm", "pypi", "gem", "golang", "cargo", "maven"];
    let all = judged.report.coverage.iter();
    all.filter(|c| !languages.contains(&c.namespace.ecosystem.as_str())).collect()
}

fn end_of_life(end: Option<&EndOfLife>) -> String {
    match end {
        Some(EndOfLife { date, extended: Some((name, until)) }) => {
            format!("{date} ({name} {until})")
        }
        Some(EndOfLife { date, extended: None }) => date.to_string(),
        None => "–".into(),
    }
}

fn command(judged: &Judged) -> Option<String> {
    judged.report.fix_plan.as_ref()?.command.clone()
}

/// The program and its verb: `apt-get install`, `zypper install`.
fn shape(command: &str) -> String {
    let steps: Vec<Vec<&str>> =
        command.split(" && ").map(|step| step.split_whitespace().collect()).collect();
    let verbs = ["add", "install", "update", "upgrade", "-Syu"];
    let programs = ["apk", "apt-get", "yum", "dnf", "microdnf", "tdnf", "zypper", "pacman"];
    for words in steps.iter().rev() {
        let program = words.iter().find(|w| programs.contains(w));
        let verb = words.iter().rev().find(|w| verbs.contains(w));
        if let (Some(program), Some(verb)) = (program, verb) {
            return format!("{program} {verb}");
        }
    }
    command.to_owned()
}

fn format(name: &str) -> &'static str {
    match name {
        "apk" | "apk-usr" => "apk",
        "dpkg" => "dpkg",
        "dpkg-status.d" => "dpkg `status.d`",
        "rpm-bdb" => "RPM, Berkeley DB",
        "rpm-ndb" | "rpm-ndb-var" => "RPM, NDB",
        "rpm-sqlite" | "rpm-sqlite-usr" => "RPM, SQLite",
        "rpm-manifest" => "RPM, manifest",
        "pacman" => "pacman",
        "bottlerocket" => "application inventory",
        other => panic!("`{other}` has no name for people"),
    }
}
