//! `plimsoll rules test`: the rules' own examples, or a file of the user's.

use std::{fs, io::Read, path::Path};

use anyhow::Context;
use plimsoll_detect::secrets::{Example, MAX_RULES_TEXT, Rule, RuleSet, examples, test_text};
use plimsoll_policy::ExitCode;
use plimsoll_report::text::printable;

use crate::{
    args::{Global, RulesTestArgs},
    db::columns,
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

/// Largest file that is looked at.
const MAX_TESTED: u64 = 64 << 20;

/// Where an example lies that names no path.
const PATH: &str = "srv/app/settings";

pub(super) fn run(args: &RulesTestArgs, global: &Global) -> Result<ExitCode, Failure> {
    let bars = Bars::new(global.quiet);
    if args.path.is_empty() {
        return run_examples(args, &bars);
    }
    let rules = super::secret_rules(args.secret_rules.as_deref(), &bars)?;
    let mut found = 0;
    for path in &args.path {
        found += test_file(&rules, path).or_usage()?;
    }
    columns::print(&format!("{found} found\n"))?;
    Ok(if found == 0 { ExitCode::Success } else { ExitCode::GateTripped })
}

/// What the rules find in a file, line by line.
fn test_file(rules: &RuleSet, path: &Path) -> anyhow::Result<usize> {
    let shown = path.display().to_string();
    let bytes = if shown == "-" {
        plimsoll_model::read_capped(std::io::stdin().lock().by_ref(), MAX_TESTED)
    } else {
        fs::File::open(path).and_then(|file| plimsoll_model::read_capped(file, MAX_TESTED))
    };
    let bytes = bytes.with_context(|| format!("cannot read {shown}"))?;
    let found = test_text(rules, shown.trim_start_matches("./").trim_start_matches('/'), &bytes);
    for detection in &found {
        let mut places = detection.sightings.iter().peekable();
        if places.peek().is_none() {
            columns::print(&format!(
                "{}: {}: the file itself\n",
                printable(&shown),
                detection.rule
            ))?;
        }
        for place in places {
            let line = place.line.map(|line| format!("{line}:")).unwrap_or_default();
            columns::print(&format!(
                "{}:{line} {}: {}\n",
                printable(&shown),
                detection.rule,
                printable(&place.text)
            ))?;
        }
    }
    Ok(found.len())
}

/// Runs the examples of the user's rules, or of all.
fn run_examples(args: &RulesTestArgs, bars: &Bars) -> Result<ExitCode, Failure> {
    let own = match args.secret_rules.as_deref() {
        Some(path) => places::text_file(Some(path), "", MAX_RULES_TEXT).or_usage()?,
        None => None,
    };
    let (alone, errors) = match &own {
        Some((name, text)) => RuleSet::only(name, text),
        None => RuleSet::only("", ""),
    };
    let builtin = RuleSet::builtin();
    let rules = if own.is_some() { &alone } else { builtin.as_ref() };
    for error in &errors {
        bars.warn(&error.to_string());
    }
    let (mut examples, mut failures) = (0, errors.len());
    for rule in rules.rules() {
        for (wanted, list) in [(true, &rule.examples), (false, &rule.counterexamples)] {
            for (at, example) in list.iter().enumerate() {
                examples += 1;
                if let Some(wrong) = check(rules, rule, example, wanted, at) {
                    failures += 1;
                    columns::print(&format!("{}: {wrong}\n", rule.id))?;
                }
            }
        }
    }
    columns::print(&format!("{} rules, {examples} examples, {failures} wrong\n", rules.len()))?;
    Ok(if failures == 0 { ExitCode::Success } else { ExitCode::GateTripped })
}

/// What is wrong with an example.
fn check(
    rules: &RuleSet,
    rule: &Rule,
    example: &Example,
    wanted: bool,
    at: usize,
) -> Option<String> {
    let name = if wanted { "example" } else { "counterexample" };
    let seed = format!("{} {name} {at}", rule.id);
    let text = match examples::expand(&example.text, &seed) {
        Ok(text) => text,
        Err(error) => return Some(format!("{name} {}: {error}", at + 1)),
    };
    let path = if example.path.is_empty() { PATH } else { &example.path };
    let found = test_text(rules, path, &text).iter().any(|found| found.rule == rule.id);
    match (wanted, found) {
        (true, false) => Some(format!("does not find its example {}", at + 1)),
        (false, true) => Some(format!("finds its counterexample {}", at + 1)),
        _ => None,
    }
}
