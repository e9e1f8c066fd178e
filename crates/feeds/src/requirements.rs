//! Which versions a requirement names, as the advisories of languages write them: `>= 1.0, < 1.2.3`, `^0.5.1`, `~> 4.2`,
//! `<2 || >=3 <3.1`. Most of them name the versions that are *not* affected, so that the rest has to be found.

use std::cmp::Ordering;

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::Range;

/// Most comparators of one advisory; real ones have some dozens.
pub(crate) const MAX_COMPARATORS: usize = 1_000;

/// What the operators that are not the same everywhere mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Order of the versions.
    pub(crate) scheme: Scheme,
    /// A version alone is a requirement like `^` (Cargo), not the version itself.
    pub(crate) bare_is_caret: bool,
}

/// Versions without a gap.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Interval {
    low: Option<Bound>,
    high: Option<Bound>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Bound {
    version: String,
    /// The version itself belongs to the interval.
    with: bool,
}

/// Reads a requirement: alternatives between `||`, each of comparators that hold together.
pub(crate) fn read(text: &str, style: Style) -> Result<Vec<Interval>, String> {
    let mut all = Vec::new();
    for alternative in text.split("||") {
        all.extend(one(alternative, style)?);
    }
    Ok(all)
}

/// One alternative; `None` where it names no version.
fn one(text: &str, style: Style) -> Result<Option<Interval>, String> {
    let mut interval = Interval::default();
    let mut rest = text.trim_start_matches([' ', ',', '\t']);
    let mut count = 0;
    while !rest.is_empty() {
        count += 1;
        if count > MAX_COMPARATORS {
            return Err("too many comparators".into());
        }
        let is_operator = |c: char| "<>=^~!".contains(c);
        let at = rest.find(|c: char| !is_operator(c)).unwrap_or(rest.len());
        let (operator, after) = rest.split_at(at);
        let after = after.trim_start();
        let end = after
            .find(|c: char| c.is_whitespace() || c == ',' || is_operator(c))
            .unwrap_or(after.len());
        let (version, next) = after.split_at(end);
        rest = next.trim_start_matches([' ', ',', '\t', '\n']);
        // `1.2` and `1.2.x` stand for all of 1.2 where versions have three numbers.
        let version = version.trim_end_matches(".x").trim_end_matches(".*");
        let parts = numbers(version);
        let is_part = matches!(style.scheme, Scheme::Semver | Scheme::Npm)
            && parts.len() < 3
            && version.split('.').count() == parts.len();
        let whole = if is_part { pad(parts.clone()) } else { version.to_owned() };
        let version = whole.as_str();
        if !version.is_empty() && !matches!(version, "*" | "x" | "X") {
            compare(style.scheme, version, version)?;
        }
        let after = || bump(version, parts.len());
        let low = |with| Interval { low: Some(bound(version, with)), high: None };
        let high = |with| Interval { low: None, high: Some(bound(version, with)) };
        let upto = |next: Option<String>| -> Result<Interval, String> {
            let next = next.ok_or_else(|| format!("`{operator}{version}` has no end"))?;
            Ok(Interval { low: Some(bound(version, true)), high: Some(bound(&next, false)) })
        };
        let named = match operator {
            "" if matches!(version, "*" | "x" | "X") => Interval::default(),
            _ if version.is_empty() => return Err(format!("`{text}` has an operator alone")),
            ">=" => low(true),
            ">" if is_part => {
                let next = after().ok_or("a version without numbers")?;
                Interval { low: Some(bound(&next, true)), high: None }
            }
            ">" => low(false),
            "<=" if is_part => {
                let next = after().ok_or("a version without numbers")?;
                Interval { low: None, high: Some(bound(&next, false)) }
            }
            "<=" => high(true),
            "<" => high(false),
            "^" => upto(caret(version))?,
            "" if style.bare_is_caret => upto(caret(version))?,
            "" | "=" | "==" if is_part => upto(after())?,
            "" | "=" | "==" => {
                Interval { low: Some(bound(version, true)), high: Some(bound(version, true)) }
            }
            // RubyGems: all but the last number are fixed; npm and Cargo: the second one is.
            "~>" => upto(bump(version, parts.len().saturating_sub(1).max(1)))?,
            "~" => upto(bump(version, 2.min(parts.len())))?,
            _ => return Err(format!("`{operator}` is no operator")),
        };
        interval = intersect(interval, named, style.scheme)?;
    }
    if count == 0 {
        return Err("an empty requirement".into());
    }
    Ok(Some(interval).filter(|i| !is_empty(i, style.scheme)))
}

fn bound(version: &str, with: bool) -> Bound {
    Bound { version: version.to_owned(), with }
}

/// The leading numbers of a version.
fn numbers(version: &str) -> Vec<u64> {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    core.split('.').map_while(|part| part.parse().ok()).take(8).collect()
}

/// The version after all those that share the first `keep` numbers.
fn bump(version: &str, keep: usize) -> Option<String> {
    let mut all = numbers(version);
    all.truncate(keep.max(1));
    let last = all.last_mut()?;
    *last = last.checked_add(1)?;
    Some(pad(all))
}

/// Three numbers at least.
fn pad(mut all: Vec<u64>) -> String {
    while all.len() < 3 {
        all.push(0);
    }
    all.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// `^1.2.3` ends at 2.0.0, `^0.5.1` at 0.6.0, `^0.0.3` at 0.0.4.
fn caret(version: &str) -> Option<String> {
    let all = numbers(version);
    let keep = all.iter().position(|n| *n != 0).map_or(all.len(), |at| at + 1);
    bump(version, keep)
}

fn compare(scheme: Scheme, a: &str, b: &str) -> Result<Ordering, String> {
    scheme.compare(a, b).map_err(|e| e.to_string())
}

fn intersect(a: Interval, b: Interval, scheme: Scheme) -> Result<Interval, String> {
    let pick = |a: Option<Bound>, b: Option<Bound>, wanted: Ordering| match (a, b) {
        (Some(a), Some(b)) => {
            Ok::<_, String>(Some(match compare(scheme, &a.version, &b.version)? {
                Ordering::Equal => Bound { with: a.with && b.with, ..a },
                order if order == wanted => a,
                _ => b,
            }))
        }
        (a, b) => Ok(a.or(b)),
    };
    Ok(Interval {
        low: pick(a.low, b.low, Ordering::Greater)?,
        high: pick(a.high, b.high, Ordering::Less)?,
    })
}

fn is_empty(interval: &Interval, scheme: Scheme) -> bool {
    let (Some(low), Some(high)) = (&interval.low, &interval.high) else { return false };
    match compare(scheme, &low.version, &high.version) {
        Ok(Ordering::Greater) => true,
        Ok(Ordering::Equal) => !(low.with && high.with),
        _ => false,
    }
}

/// All versions that are in none of the intervals.
pub(crate) fn rest(mut named: Vec<Interval>, scheme: Scheme) -> Result<Vec<Interval>, String> {
    if named.len() > MAX_COMPARATORS {
        return Err("too many requirements".into());
    }
    // Fails before the sort, which cannot.
    for interval in &named {
        for bound in [&interval.low, &interval.high].into_iter().flatten() {
            compare(scheme, &bound.version, &bound.version)?;
        }
    }
    named.sort_by(|a, b| match (&a.low, &b.low) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(a), Some(b)) => {
            let order = scheme.compare(&a.version, &b.version).unwrap_or(Ordering::Equal);
            order.then(b.with.cmp(&a.with))
        }
    });
    let mut gaps = Vec::new();
    // Where what is named so far ends; at first before everything.
    let mut end: Option<Bound> = None;
    let mut is_started = false;
    for interval in named {
        if let Some(low) = &interval.low {
            let gap = Interval {
                low: end.as_ref().map(|e| Bound { with: !e.with, ..e.clone() }),
                high: Some(Bound { with: !low.with, ..low.clone() }),
            };
            let is_gap = (end.is_some() || !is_started) && !is_empty(&gap, scheme);
            if is_gap {
                gaps.push(gap);
            }
        }
        let Some(high) = interval.high else { return Ok(gaps) };
        is_started = true;
        end = Some(match end {
            Some(known) => match compare(scheme, &known.version, &high.version)? {
                Ordering::Greater => known,
                Ordering::Equal => Bound { with: known.with || high.with, ..known },
                Ordering::Less => high,
            },
            None => high,
        });
    }
    gaps.push(Interval { low: end.map(|e| Bound { with: !e.with, ..e }), high: None });
    Ok(gaps)
}

/// As ranges, and the versions that lie in one of them and are not affected: a range begins with a version.
pub(crate) fn ranges(intervals: Vec<Interval>) -> (Vec<Range>, Vec<String>) {
    let mut not = Vec::new();
    let mut all = Vec::new();
    for Interval { low, high } in intervals {
        let introduced = low.map(|low| {
            if !low.with {
                not.push(low.version.clone());
            }
            low.version
        });
        let mut range = Range { introduced, ..Range::default() };
        match high {
            Some(Bound { version, with: true }) => range.last_affected = Some(version),
            Some(Bound { version, with: false }) => range.fixed = Some(version),
            None => {}
        }
        all.push(range);
    }
    (all, not)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CARGO: Style = Style { scheme: Scheme::Semver, bare_is_caret: true };
    const NPM: Style = Style { scheme: Scheme::Npm, bare_is_caret: false };
    const GEM: Style = Style { scheme: Scheme::Gem, bare_is_caret: false };

    fn show(all: &[Interval]) -> Vec<String> {
        let one = |i: &Interval| {
            let low =
                i.low.as_ref().map(|b| format!("{}{}", if b.with { "[" } else { "(" }, b.version));
            let high =
                i.high.as_ref().map(|b| format!("{}{}", b.version, if b.with { "]" } else { ")" }));
            format!("{}..{}", low.unwrap_or_default(), high.unwrap_or_default())
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn requirements_of_all_kinds() {
        for (text, style, expected) in [
            (">= 1.0, < 1.2.3", CARGO, &["[1.0.0..1.2.3)"][..]),
            ("< 1.2.3, >=1.0", CARGO, &["[1.0.0..1.2.3)"]),
            ("> 1.0, <= 2", CARGO, &["[1.1.0..3.0.0)"]),
            ("= 1.0", NPM, &["[1.0.0..1.1.0)"]),
            ("2.0.x", NPM, &["[2.0.0..2.1.0)"]),
            ("^0.5.1", CARGO, &["[0.5.1..0.6.0)"]),
            ("^ 1.2.3", CARGO, &["[1.2.3..2.0.0)"]),
            ("^0.0.3", CARGO, &["[0.0.3..0.0.4)"]),
            ("1.2.3", CARGO, &["[1.2.3..2.0.0)"]),
            ("=1.2.3", CARGO, &["[1.2.3..1.2.3]"]),
            ("~> 4.2.5, >= 4.2.5.1", GEM, &["[4.2.5.1..4.3.0)"]),
            ("~> 4.2", GEM, &["[4.2..5.0.0)"]),
            ("<1.0 || >=2.0 <2.1", NPM, &["..1.0.0)", "[2.0.0..2.1.0)"]),
            ("1.0.0 || ~2.1.0", NPM, &["[1.0.0..1.0.0]", "[2.1.0..2.2.0)"]),
            ("*", NPM, &[".."]),
            ("< 1.0.0 > 2.0.0", NPM, &[]),
        ] {
            assert_eq!(show(&read(text, style).unwrap()), expected, "{text}");
        }
        for text in ["", ">=", "!= 1", "<>1", "^x", "1 ||", "none", "< none"] {
            assert!(read(text, NPM).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_named_is_the_rest() {
        let of = |texts: &[&str]| {
            let named = texts.iter().flat_map(|t| read(t, CARGO).unwrap()).collect();
            show(&rest(named, Scheme::Semver).unwrap())
        };
        assert_eq!(of(&[]), [".."]);
        assert_eq!(of(&[">= 1.0.9"]), ["..1.0.9)"]);
        assert_eq!(of(&["> 1.0.9"]), ["..1.0.9]"]);
        assert_eq!(of(&[">= 0.6.2", "^0.5.1"]), ["..0.5.1)", "[0.6.0..0.6.2)"]);
        assert_eq!(
            of(&["< 0.3.0", ">= 1.0.0, < 1.2.0", ">= 1.3.0"]),
            ["[0.3.0..1.0.0)", "[1.2.0..1.3.0)"]
        );
        assert_eq!(of(&["<= 0.3.0", ">= 1.0.0"]), ["(0.3.0..1.0.0)"]);
        assert_eq!(of(&["< 0.2.3", "> 0.2.3"]), ["[0.2.3..0.2.3]"]);
        assert_eq!(of(&["< 2.0.0", "< 1.0.0"]), ["[2.0.0.."]);
        assert_eq!(of(&[">= 0.0.0"]), ["..0.0.0)"]);
        let (all, not) = ranges(rest(read("<= 0.3.0", CARGO).unwrap(), Scheme::Semver).unwrap());
        assert_eq!(all[0].introduced.as_deref(), Some("0.3.0"));
        assert_eq!(not, ["0.3.0"]);
    }

    proptest! {
        /// A version is in the rest exactly where it is in nothing that is named.
        #[test]
        fn the_rest_is_the_complement(
            named in proptest::collection::vec(("(<|<=|>|>=|=|\\^|~)", 0u8..4, 0u8..4, 0u8..3), 0..5),
            version in (0u8..5, 0u8..5, 0u8..4),
        ) {
            let texts: Vec<String> =
                named.iter().map(|(op, a, b, c)| format!("{op}{a}.{b}.{c}")).collect();
            let all: Vec<Interval> = texts.iter().flat_map(|t| read(t, CARGO).unwrap()).collect();
            let version = format!("{}.{}.{}", version.0, version.1, version.2);
            let holds = |i: &Interval| {
                let order = |b: &Bound| Scheme::Semver.compare(&version, &b.version).unwrap();
                i.low.as_ref().is_none_or(|b| order(b).is_gt() || b.with && order(b).is_eq())
                    && i.high.as_ref().is_none_or(|b| order(b).is_lt() || b.with && order(b).is_eq())
            };
            let is_named = all.iter().any(holds);
            let others = rest(all, Scheme::Semver).unwrap();
            prop_assert_eq!(others.iter().filter(|i| holds(i)).count(), usize::from(!is_named), "{:?} {}", texts, version);
        }

        #[test]
        fn any_text_never_panics(text in "\\PC{0,40}") {
            for style in [CARGO, NPM, GEM] {
                if let Ok(all) = read(&text, style) {
                    let _ = rest(all, style.scheme);
                }
            }
        }
    }
}
