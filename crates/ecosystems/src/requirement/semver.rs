//! Requirements on semantic versions: npm's ranges (`semver` with pre-releases included) and cargo's.

use super::{Grammar, MAX_TERMS, RequirementError, VersionSet, split_operator};

/// Alternatives between `||`.
pub(super) fn npm(text: &str) -> Result<VersionSet, RequirementError> {
    let mut set = VersionSet::none(Grammar::Npm.scheme());
    for alternative in text.split("||").take(MAX_TERMS) {
        set = set.or(&npm_alternative(alternative.trim())?);
    }
    Ok(set)
}

fn npm_alternative(text: &str) -> Result<VersionSet, RequirementError> {
    let grammar = Grammar::Npm;
    if let Some((from, to)) = text.split_once(" - ") {
        let from = Partial::parse(grammar, from.trim())?;
        let to = Partial::parse(grammar, to.trim())?;
        // npm takes in the pre-releases of both ends.
        let start = match from.is_full() && from.suffix.is_empty() {
            true => grammar.compared(">=", &format!("{}-0", from.whole("")))?,
            false => from.comparison(grammar, ">=")?,
        };
        let end = match to.is_full() && to.suffix.is_empty() {
            true => to.below(grammar, 2)?,
            false => to.comparison(grammar, "<=")?,
        };
        return Ok(start.and(&end));
    }
    let mut set = VersionSet::all(grammar.scheme());
    let mut operator = "";
    for word in text.split_whitespace().take(MAX_TERMS) {
        let (own, version) = split_operator(word);
        if !own.is_empty() {
            operator = own;
        }
        if version.is_empty() {
            continue;
        }
        set = set.and(&Partial::parse(grammar, version)?.comparison(grammar, operator)?);
        operator = "";
    }
    match operator {
        "" => Ok(set),
        _ => Err(grammar.error(text, "an operator has no version")),
    }
}

/// Comparisons between commas, all of which must hold. Without an operator `^` is meant.
pub(super) fn cargo(text: &str) -> Result<VersionSet, RequirementError> {
    let grammar = Grammar::Cargo;
    let mut set = VersionSet::all(grammar.scheme());
    for term in text.split(',').take(MAX_TERMS) {
        let (operator, version) = split_operator(term.trim());
        let version = Partial::parse(grammar, version.trim_end())?;
        let operator = match operator {
            "" if version.wild => "=",
            "" => "^",
            operator => operator,
        };
        set = set.and(&version.comparison(grammar, operator)?);
    }
    Ok(set)
}

/// A version of which numbers can be missing.
struct Partial {
    numbers: Vec<u64>,
    /// Whether `x` or `*` stands for the missing ones.
    wild: bool,
    /// Pre-release and build, with their marks.
    suffix: String,
}

impl Partial {
    fn parse(grammar: Grammar, text: &str) -> Result<Self, RequirementError> {
        let error = || grammar.error(text, "it is no version");
        let core = match grammar {
            Grammar::Npm => text.trim_start_matches(['v', '=']),
            _ => text,
        };
        let end = core.find(['-', '+']).unwrap_or(core.len());
        let (digits, suffix) = core.split_at(end);
        let mut numbers = Vec::new();
        let mut wild = false;
        for part in digits.split('.') {
            if matches!(part, "x" | "X" | "*") {
                wild = true;
            } else if wild {
                // What follows a wildcard says nothing.
            } else {
                numbers.push(part.parse::<u64>().map_err(|_| error())?);
            }
        }
        let too_many = digits.split('.').count() > 3;
        if too_many || (!wild && numbers.len() < 3 && !suffix.is_empty()) {
            return Err(error());
        }
        let suffix = if wild { String::new() } else { suffix.to_owned() };
        Ok(Self { numbers, wild, suffix })
    }

    fn is_full(&self) -> bool {
        self.numbers.len() == 3
    }

    fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or(0)
    }

    /// As a whole version; `end` is what a missing number begins with.
    fn whole(&self, end: &str) -> String {
        let end = if self.is_full() { &self.suffix } else { end };
        format!("{}.{}.{}{end}", self.number(0), self.number(1), self.number(2))
    }

    /// Everything before the first pre-release of the next version at a place.
    fn below(&self, grammar: Grammar, place: usize) -> Result<VersionSet, RequirementError> {
        let mut next = [0; 3];
        for (at, number) in next.iter_mut().enumerate().take(place + 1) {
            *number = self.number(at);
        }
        if let Some(last) = next.get_mut(place) {
            *last = last.saturating_add(1);
        }
        let [major, minor, patch] = next;
        grammar.compared("<", &format!("{major}.{minor}.{patch}-0"))
    }

    fn comparison(&self, grammar: Grammar, operator: &str) -> Result<VersionSet, RequirementError> {
        // npm includes the pre-releases of a version that is not written in full.
        let npm = grammar == Grammar::Npm;
        let first = if npm { "-0" } else { "" };
        if self.numbers.is_empty() {
            let none = VersionSet::none(grammar.scheme());
            return Ok(if matches!(operator, "<" | ">") { none } else { none.complement() });
        }
        let last = self.numbers.len() - 1;
        let from = |end: &str| grammar.compared(">=", &self.whole(end));
        match operator {
            "" | "=" if self.is_full() => grammar.compared("=", &self.whole("")),
            "" | "=" => Ok(from(first)?.and(&self.below(grammar, last)?)),
            ">" if !self.is_full() => Ok(self.below(grammar, last)?.complement()),
            "<=" if !self.is_full() => self.below(grammar, last),
            "<" => grammar.compared("<", &self.whole(first)),
            ">=" => from(first),
            ">" | "<=" => grammar.compared(operator, &self.whole("")),
            "~" | "~>" => Ok(from(first)?.and(&self.below(grammar, last.min(1))?)),
            "^" => {
                // The first number that is not zero must stay, or the last one that is there.
                let place = self.numbers.iter().position(|n| *n != 0).unwrap_or(last);
                Ok(from(first)?.and(&self.below(grammar, place)?))
            }
            _ => Err(grammar.error(operator, "the operator is unknown")),
        }
    }
}
