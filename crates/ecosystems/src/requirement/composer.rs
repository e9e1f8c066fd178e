//! The comparisons of composer/semver.

use super::{Grammar, MAX_TERMS, RequirementError, VersionSet, split_operator};
use crate::version::Scheme;

/// Comparisons between commas or spaces, all of which must hold; `|` and `||` part alternatives.
pub(super) fn parse(text: &str) -> Result<VersionSet, RequirementError> {
    let mut set = VersionSet::none(Scheme::Composer);
    for all in text.split('|').filter(|part| !part.trim().is_empty()).take(MAX_TERMS) {
        let mut both = VersionSet::all(Scheme::Composer);
        let mut operator = "";
        for word in all.split([',', ' ', '\t']).filter(|w| !w.is_empty()).take(MAX_TERMS) {
            let (own, version) = split_operator(word);
            if !own.is_empty() {
                operator = own;
            }
            if version.is_empty() {
                continue;
            }
            both = both.and(&comparison(operator, version)?);
            operator = "";
        }
        if !operator.is_empty() {
            return Err(Grammar::Composer.error(all, "an operator has no version"));
        }
        set = set.or(&both);
    }
    Ok(set)
}

fn comparison(operator: &str, version: &str) -> Result<VersionSet, RequirementError> {
    let grammar = Grammar::Composer;
    if let Some(start) = version.strip_suffix('*').or_else(|| version.strip_suffix(".x")) {
        let start = start.trim_end_matches('.');
        if start.is_empty() && operator.is_empty() {
            return Ok(VersionSet::all(Scheme::Composer));
        }
        let (before, last) = start.rsplit_once('.').map_or(("", start), |(b, l)| (b, l));
        let next = last.trim_start_matches('v').parse::<u64>().ok().and_then(|n| n.checked_add(1));
        let next = next.ok_or_else(|| grammar.error(version, "it is no version"))?;
        let dot = if before.is_empty() { "" } else { "." };
        let any = grammar.between(format!("{start}-dev"), format!("{before}{dot}{next}-dev"))?;
        return match operator {
            "" => Ok(any),
            _ => Err(grammar.error(version, "a wildcard cannot be compared")),
        };
    }
    // From a version on means from its first pre-release on.
    let plain = !version.trim_start_matches('v').contains(|c: char| c.is_ascii_alphabetic());
    match operator {
        ">=" if plain => grammar.compared(">=", &format!("{version}-dev")),
        "" | "==" => grammar.compared("=", version),
        "<>" => grammar.compared("!=", version),
        operator => grammar.compared(operator, version),
    }
}
