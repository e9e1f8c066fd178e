//! `plimsoll rules show`.

use std::fmt::Write as _;

use anyhow::{Context, anyhow};
use plimsoll_policy::ExitCode;
use plimsoll_report::text::printable;

use super::catalogue::{self, Entry};
use crate::{
    args::{Global, RulesFormat, RulesShowArgs},
    db::columns,
    failure::{Failure, OrExit},
    progress::Bars,
};

/// Rules with similar names that are offered.
const OFFERED: usize = 3;

pub(super) fn run(args: &RulesShowArgs, global: &Global) -> Result<ExitCode, Failure> {
    let secrets = super::secret_rules(args.secret_rules.as_deref(), &Bars::new(global.quiet))?;
    let entries = catalogue::all(&secrets);
    let wanted = |entry: &&Entry| {
        entry.id.eq_ignore_ascii_case(&args.id)
            || entry.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(&args.id))
    };
    let found: Vec<&Entry> = entries.iter().filter(wanted).collect();
    if found.is_empty() {
        return Err(unknown(&args.id, &entries)).or_usage();
    }
    let text = match args.format {
        RulesFormat::Json => {
            let text = serde_json::to_string_pretty(&found).context("cannot write the rule")?;
            format!("{text}\n")
        }
        RulesFormat::Table => found.into_iter().map(page).collect::<Vec<_>>().join("\n"),
    };
    columns::print(&text)?;
    Ok(ExitCode::Success)
}

fn unknown(id: &str, entries: &[Entry]) -> anyhow::Error {
    let mut near: Vec<(usize, &str)> = entries
        .iter()
        .map(|entry| (strsim::levenshtein(id, &entry.id), entry.id.as_str()))
        .collect();
    near.sort_unstable();
    let near: Vec<&str> = near
        .iter()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
        .take(OFFERED)
        .map(|(_, name)| *name)
        .collect();
    match near.as_slice() {
        [] => anyhow!("there is no rule `{id}`; `plimsoll rules list` lists them"),
        names => anyhow!("there is no rule `{id}`; did you mean {}?", names.join(", ")),
    }
}

fn page(entry: &Entry) -> String {
    let mut out = format!("{}: {}\n", entry.id, entry.title);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<12} {}", printable(value));
        }
    };
    line("scanner", entry.scanner);
    line("class", &entry.class);
    line("severity", &entry.severity);
    line("confidence", &entry.confidence);
    line("also called", &entry.aliases.join(", "));
    line("what", &entry.description);
    line("what to do", &entry.advice);
    for (name, value) in &entry.details {
        line(name, value);
    }
    for reference in &entry.references {
        line("read on", reference);
    }
    out
}
