//! Tables of plain text: each column as wide as its widest cell. Cells come from advisories and are made safe to
//! print.

use std::io::{self, Write};

use anyhow::{Context, Result};
use plimsoll_model::{Channel, FixState};
use plimsoll_report::text::printable;
use plimsoll_vulndb::Row;

/// Versions named one by one that are shown.
const MAX_VERSIONS: usize = 5;

/// Lines of cells below a line of headings, indented by two. A column without content is left out.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let safe: Vec<[String; N]> =
        rows.iter().map(|row| row.each_ref().map(|cell| printable(cell).into_owned())).collect();
    let filled: [bool; N] =
        std::array::from_fn(|at| safe.iter().any(|row| row.get(at).is_some_and(|c| !c.is_empty())));
    let headings = headings.map(str::to_owned);
    let mut widths = [0; N];
    for row in safe.iter().chain([&headings]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in [&headings].into_iter().chain(&safe) {
        let mut line = String::from(" ");
        for ((cell, width), _) in row.iter().zip(widths).zip(filled).filter(|(_, filled)| *filled) {
            line.push_str(&format!(" {cell:<width$} "));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Prints a result. The reader of a pipe may have seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

/// A state in the words of a report.
pub(super) fn state(state: FixState) -> &'static str {
    match state {
        FixState::Fixed => "fixed",
        FixState::Affected => "affected",
        FixState::FixDeferred => "fix deferred",
        FixState::WillNotFix => "will not fix",
        FixState::EndOfLife => "end of life",
        FixState::UnderInvestigation => "under investigation",
        FixState::NotAffected => "not affected",
    }
}

pub(super) fn channel(channel: Option<&Channel>) -> String {
    match channel {
        None => String::new(),
        Some(channel) if channel.paid => format!("{} (subscription)", channel.name),
        Some(channel) => channel.name.clone(),
    }
}

/// The fixed versions that a statement names.
pub(super) fn fixed(row: &Row) -> String {
    let mut fixed: Vec<&str> = row.ranges.iter().filter_map(|r| r.fixed.as_deref()).collect();
    fixed.dedup();
    fixed.join(", ")
}

/// Which versions a statement is about, and with what conditions.
pub(super) fn versions(row: &Row) -> String {
    let mut parts: Vec<String> = Vec::new();
    for range in &row.ranges {
        let from = range.introduced.as_deref().filter(|from| *from != "0");
        let from = from.map(|version| format!(">= {version}"));
        let below = range.fixed.as_ref().map(|version| format!("< {version}"));
        let last = range.last_affected.as_ref().map(|version| format!("<= {version}"));
        let ends: Vec<String> = [from, below, last].into_iter().flatten().collect();
        parts.push(if ends.is_empty() { "all".to_owned() } else { ends.join(", ") });
    }
    if !row.versions.is_empty() {
        let named: Vec<&str> = row.versions.iter().take(MAX_VERSIONS).map(String::as_str).collect();
        let more = row.versions.len().saturating_sub(MAX_VERSIONS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("= {}{more}", named.join(", ")));
    }
    if parts.is_empty() {
        parts.push("all".to_owned());
    }
    let mut text = parts.join(" or ");
    if let Some(module) = &row.module {
        text.push_str(&format!(" [module {module}]"));
    }
    if !row.arches.is_empty() {
        text.push_str(&format!(" [{}]", row.arches.join(", ")));
    }
    text
}

/// The record of a statement: its feed, and its id where that is not the flaw's.
pub(super) fn source(row: &Row) -> String {
    if row.advisory == row.flaw {
        row.feed.clone()
    } else {
        format!("{} ({})", row.feed, row.advisory)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_vulndb::RowRange;

    use super::*;

    #[test]
    fn columns_are_aligned_and_safe() {
        let rows = [["a".to_owned(), "\u{1b}[31mred".to_owned()], ["long".into(), String::new()]];
        let text = table(["x", "y"], &rows);
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  x     y");
        assert!(lines[1].starts_with("  a     "));
        assert_eq!(lines[2], "  long");
        assert_eq!(table(["x", "y"], &[["a".to_owned(), String::new()]]), "  x\n  a\n");
    }

    #[test]
    fn ranges_in_words() {
        let range = |introduced: Option<&str>, fixed: Option<&str>, last: Option<&str>| RowRange {
            introduced: introduced.map(str::to_owned),
            fixed: fixed.map(str::to_owned),
            last_affected: last.map(str::to_owned),
        };
        let mut row = Row {
            flaw: "CVE-2020-0001".into(),
            advisory: "DSA-1-1".into(),
            feed: "debian-lists".into(),
            state: FixState::Fixed,
            ranges: vec![range(Some("0"), Some("2"), None), range(Some("3"), None, Some("4"))],
            versions: (1..=7).map(|n| n.to_string()).collect(),
            arches: vec!["amd64".into()],
            module: Some("nodejs:18".into()),
            channel: None,
            severity: None,
            symbols: vec![],
        };
        assert_eq!(
            versions(&row),
            "< 2 or >= 3, <= 4 or = 1, 2, 3, 4, 5 and 2 more [module nodejs:18] [amd64]"
        );
        assert_eq!(fixed(&row), "2");
        assert_eq!(source(&row), "debian-lists (DSA-1-1)");
        row.ranges.clear();
        row.versions.clear();
        assert!(versions(&row).starts_with("all "));
    }
}
