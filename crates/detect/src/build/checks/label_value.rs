//! Labels whose values are not what the schema demands.

use super::*;
use crate::build::LabelKind;

pub(super) const CHECK: Check = Check {
    id: "build-label-value",
    title: "the value of a label is not what the schema demands",
    class: Class::Style,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "Programs that read the label expect the form that the schema (--require-label NAME:KIND) names.",
    advice: "Write the value in that form.",
    aliases: &["DL3051", "DL3052", "DL3053", "DL3054", "DL3055", "DL3056", "DL3058"],
    references: &["https://github.com/opencontainers/image-spec/blob/main/annotations.md"],
    fails: &[
        "FROM debian:12\nLABEL version=one",
        "FROM a:1\nLABEL url=nowhere",
        "FROM a:1\nLABEL version=\"\"",
    ],
    passes: &[
        "FROM debian:12\nLABEL version=1.0.0-rc.1 url=https://example.com/x",
        "FROM a:1\nLABEL version=$V",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Label]) {
        for pair in &instruction.pairs {
            let Some((_, kind)) = plan.options.labels.iter().find(|(name, _)| *name == pair.name)
            else {
                continue;
            };
            let value = pair.value.as_deref().unwrap_or_default();
            if value.contains('$') {
                continue;
            }
            let empty: &'static [&'static str] = &["DL3051"];
            let (what, aliases): (_, &'static [&'static str]) = match kind {
                _ if value.is_empty() => ("empty", empty),
                LabelKind::Url if !is_url(value) => ("no address", &["DL3052"]),
                LabelKind::Rfc3339 if !is_time(value) => ("no time of RFC 3339", &["DL3053"]),
                LabelKind::Spdx if !is_spdx(value) => ("no SPDX expression", &["DL3054"]),
                LabelKind::GitHash if !is_hash(value) => ("no commit of git", &["DL3055"]),
                LabelKind::SemVer if !is_semver(value) => ("no semantic version", &["DL3056"]),
                LabelKind::Email if !is_email(value) => ("no e-mail address", &["DL3058"]),
                _ => continue,
            };
            hits.at(instruction, pair.at, format!("label {} is {what}", pair.name))
                .aliases(aliases);
        }
    }
}

fn is_url(value: &str) -> bool {
    let scheme = value.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    !scheme.is_empty()
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && value.len() > scheme.len() + 3
        && !value.contains(char::is_whitespace)
}

fn is_time(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let at = |index: usize, any: &[u8]| bytes.get(index).is_some_and(|b| any.contains(b));
    let zone = value
        .get(19..)
        .unwrap_or_default()
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let zone_right = zone.eq_ignore_ascii_case("z")
        || (zone.len() == 6
            && zone.starts_with(['+', '-'])
            && zone.as_bytes().get(3) == Some(&b':'));
    digits(0..4)
        && at(4, b"-")
        && digits(5..7)
        && at(7, b"-")
        && digits(8..10)
        && at(10, b"Tt ")
        && digits(11..13)
        && at(13, b":")
        && digits(14..16)
        && at(16, b":")
        && digits(17..19)
        && zone_right
}

/// The form alone: the list of licences changes with time.
fn is_spdx(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    !words.is_empty()
        && words.iter().enumerate().all(|(index, word)| {
            let word = word.trim_matches(['(', ')']);
            let is_operator = matches!(word, "AND" | "OR" | "WITH");
            let is_id = !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b':'));
            if index % 2 == 0 { is_id && !is_operator } else { is_operator }
        })
}

fn is_hash(value: &str) -> bool {
    (7..=64).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_semver(value: &str) -> bool {
    let core = value.split(['-', '+']).next().unwrap_or(value);
    let numbers: Vec<&str> = core.split('.').collect();
    numbers.len() == 3
        && numbers.iter().all(|n| {
            !n.is_empty()
                && n.bytes().all(|b| b.is_ascii_digit())
                && (*n == "0" || !n.starts_with('0'))
        })
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !value.contains(char::is_whitespace)
    })
}
