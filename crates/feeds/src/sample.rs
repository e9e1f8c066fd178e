//! Reads feeds in tests, and shows advisories as lines that can be compared.

use std::path::{Path, PathBuf};

use plimsoll_model::{Advisory, Affected, NameKind, Rating};

use crate::{Collector, Feed, FeedError, Stats};

/// Parses `src/<feed>/testdata`.
pub(crate) fn testdata(feed: &dyn Feed) -> (Vec<Advisory>, Stats) {
    let folder = feed.id().replace('-', "_");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder).join("testdata");
    parse(feed, &path).unwrap()
}

pub(crate) fn parse(feed: &dyn Feed, path: &Path) -> Result<(Vec<Advisory>, Stats), FeedError> {
    let mut all = Vec::new();
    let stats = feed.parse(path, &mut |advisory| all.push(advisory))?;
    assert_eq!(stats.records, all.len() as u64);
    assert!(all.iter().all(|a| a.feed == feed.id()));
    Ok((all, stats))
}

/// Runs a parse function on bytes, as fuzzing does.
pub(crate) fn collect(run: impl FnOnce(&mut Collector<'_>)) -> Vec<Advisory> {
    let mut all = Vec::new();
    let mut out = |advisory| all.push(advisory);
    run(&mut Collector::new("test", &mut out));
    all
}

/// A file of the real data, where a folder of it is named.
pub(crate) fn real(file: &str) -> Option<PathBuf> {
    match std::env::var_os("PLIMSOLL_TEST_DATA") {
        Some(root) => Some(PathBuf::from(root).join(file)),
        None => {
            eprintln!("skipped: PLIMSOLL_TEST_DATA is unset");
            None
        }
    }
}

/// One line for an advisory, and one for each package.
pub(crate) fn show(all: &[Advisory]) -> Vec<String> {
    let mut lines = Vec::new();
    for advisory in all {
        let mut line = advisory.id.clone();
        for (sign, names) in [("=", &advisory.flaws), ("~", &advisory.aliases)] {
            if !names.is_empty() {
                line.push_str(&format!(" {sign}{}", names.join(",")));
            }
        }
        for rating in &advisory.ratings {
            line.push_str(&format!(" {}", rated(rating)));
        }
        lines.push(line);
        lines.extend(advisory.affected.iter().map(affected));
    }
    lines
}

fn rated(rating: &Rating) -> String {
    let word = rating.severity.map(|s| s.to_string());
    let cvss = rating.cvss.as_ref().map(|c| format!("cvss{}", c.version));
    format!("{}:{}", rating.source, word.or(cvss).unwrap_or_default())
}

fn affected(one: &Affected) -> String {
    let kind = if one.name_kind == NameKind::Source { "src" } else { "bin" };
    let mut line = format!("  {} {kind} {} {:?}", one.namespace, one.package, one.state);
    for range in &one.ranges {
        let start = range.introduced.as_deref().unwrap_or_default();
        let end = range.fixed.as_ref().map(|f| format!("<{f}"));
        let end = end.or_else(|| range.last_affected.as_ref().map(|l| format!("<={l}")));
        line.push_str(&format!(" {start}{}", end.unwrap_or_else(|| "..".into())));
    }
    if !one.versions.is_empty() {
        line.push_str(&format!(" [{}]", one.versions.join(" ")));
    }
    for extra in [
        one.module.as_ref().map(|m| format!(" module={m}")),
        one.channel
            .as_ref()
            .map(|c| format!(" channel={}{}", c.name, if c.paid { "$" } else { "" })),
        one.severity.map(|s| format!(" {s}")),
    ] {
        line.push_str(&extra.unwrap_or_default());
    }
    line
}
