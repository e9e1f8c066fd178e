//! The checks as a document. `docs/build-checks.md` is this text; a test keeps it so.

use std::fmt::Write as _;

use super::{checks, equivalents};

/// `docs/build-checks.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "# Build-instruction checks\n\nWritten by `PLIMSOLL_WRITE_DOCS=1 cargo test -p plimsoll-detect catalogue` from the checks themselves; do not edit.\n\n\
         `plimsoll lint` runs them on Dockerfiles, `plimsoll scan` on the history and the configuration of images. See [lint.md](lint.md).\n\n\
         | check | class | severity | judges | also known as |\n| --- | --- | --- | --- | --- |\n",
    );
    let mut all: Vec<&super::Check> = checks::all().iter().collect();
    all.sort_by_key(|check| check.id);
    for check in &all {
        let judges = match check.judges {
            super::Judges::Both => "Dockerfiles, images",
            super::Judges::Dockerfiles => "Dockerfiles",
        };
        let asked = if check.by_default { "" } else { " (when asked for)" };
        let _ = writeln!(
            out,
            "| [{id}](#{id}){asked} | {} | {} | {judges} | {} |",
            check.class.name(),
            check.severity.as_str(),
            check.aliases.join(", "),
            id = check.id,
        );
    }
    for check in &all {
        let _ = write!(
            out,
            "\n## {}\n\n{}.\n\n{}\n\n{}\n",
            check.id,
            capital(check.title),
            check.why,
            check.advice
        );
        for (title, example) in
            [("Fires on", check.fails.first()), ("Does not fire on", check.passes.first())]
        {
            if let Some(example) = example {
                let _ = write!(out, "\n{title}\n\n```dockerfile\n{example}\n```\n");
            }
        }
        for reference in check.references {
            let _ = write!(out, "\n<{reference}>\n");
        }
    }
    out.push_str("\n## Rules of other tools\n\nWhich check decides what a rule of another tool decides.\n\n| tool | rule | check |\n| --- | --- | --- |\n");
    for (tool, rules) in equivalents::TOOLS {
        for rule in *rules {
            let ours: Vec<String> = all
                .iter()
                .filter(|check| check.aliases.contains(rule))
                .map(|check| format!("[{id}](#{id})", id = check.id))
                .collect();
            let why =
                equivalents::NOT_APPLICABLE.iter().find(|(id, _)| id == rule).map(|(_, why)| *why);
            let answer = why.map_or_else(|| ours.join(", "), |why| format!("none: {why}"));
            let _ = writeln!(out, "| {tool} | {rule} | {answer} |");
        }
    }
    out
}

/// The checks, a line each.
#[must_use]
pub fn list() -> String {
    let mut out = String::new();
    let mut all: Vec<&super::Check> = checks::all().iter().collect();
    all.sort_by_key(|check| check.id);
    for check in all {
        let asked = if check.by_default { "" } else { " (--enable)" };
        let _ = writeln!(
            out,
            "{:<32} {:<12} {:<10} {}{asked} [{}]",
            check.id,
            check.class.name(),
            check.severity.as_str(),
            check.title,
            check.aliases.join(", "),
        );
    }
    out
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// The file is part of the repository, so that a changed check shows in a review.
    #[test]
    fn the_catalogue_is_the_documentation() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/build-checks.md");
        if std::env::var_os("PLIMSOLL_WRITE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == markdown(),
            "docs/build-checks.md is not what the checks say; run this test with PLIMSOLL_WRITE_DOCS=1"
        );
    }
}
