//! `Gem::Requirement`.

use super::{Grammar, MAX_TERMS, RequirementError, VersionSet, split_operator};
use crate::version::Scheme;

/// Comparisons between commas, all of which must hold.
pub(super) fn parse(text: &str) -> Result<VersionSet, RequirementError> {
    let mut set = VersionSet::all(Scheme::Gem);
    for term in text.split(',').take(MAX_TERMS) {
        let (operator, version) = split_operator(term.trim());
        let version = version.trim_end();
        if version.is_empty() {
            return Err(Grammar::Gem.error(term, "it has no version"));
        }
        let one = match operator {
            "" => Grammar::Gem.compared("=", version)?,
            "~>" => {
                let next =
                    bump(version).ok_or_else(|| Grammar::Gem.error(term, "it is no version"))?;
                // Pre-releases of the next line are out as well; `A` is before every word that is in use.
                Grammar::Gem.between(version.to_owned(), format!("{next}.A"))?
            }
            operator => Grammar::Gem.compared(operator, version)?,
        };
        set = set.and(&one);
    }
    Ok(set)
}

/// The numbers before the first word without the last of them, the one before raised by one.
fn bump(version: &str) -> Option<String> {
    let mut numbers = Vec::new();
    // A dash stands for the word `pre`.
    let release = version.split('-').next()?;
    for part in release.split('.') {
        let word = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = part.strip_suffix(word)?;
        if !number.is_empty() {
            numbers.push(number.parse::<u64>().ok()?);
        }
        if !word.is_empty() {
            break;
        }
    }
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last = numbers.last_mut()?;
    *last = last.checked_add(1)?;
    let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
    Some(texts.join("."))
}
