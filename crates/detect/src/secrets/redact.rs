//! Instructions and settings that reports quote, without the secrets in them: a report travels further than the image.

use super::{
    context::PlaceKind,
    ruleset::RuleSet,
    search::{Text, search},
    variables::{assignments, build_arguments, looks_secret},
};

/// What stands in the place of a secret.
const HIDDEN: &str = "****";

/// Longest text that is looked through; of a longer one nothing is shown beyond.
const MAX_TEXT: usize = 1 << 20;

/// The text with every secret left out that the rules find in it, and every value of a variable that is named like a
/// secret. `None` where there is none.
#[must_use]
pub fn redact(set: &RuleSet, text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(MAX_TEXT)];
    let found = search(set, &Text { bytes, path: "", config: true, place: PlaceKind::Live });
    let mut spans: Vec<(usize, usize)> = found.hidden;
    let text_start = text.as_ptr() as usize;
    for (name, value) in build_arguments(text).into_iter().chain(assignments(text)) {
        if !value.is_empty() && looks_secret(name, value.trim_matches(['"', '\''])) {
            let start = value.as_ptr() as usize - text_start;
            spans.push((start, start + value.len()));
        }
    }
    if spans.is_empty() && bytes.len() == text.len() {
        return None;
    }
    spans.sort_unstable();
    let mut out = String::with_capacity(bytes.len());
    let mut done = 0;
    for (from, to) in spans {
        if to <= done {
            continue;
        }
        if from >= done {
            out.push_str(&String::from_utf8_lossy(bytes.get(done..from).unwrap_or_default()));
            out.push_str(HIDDEN);
        }
        done = to;
    }
    out.push_str(&String::from_utf8_lossy(bytes.get(done..).unwrap_or_default()));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::examples::expand;

    #[test]
    fn secrets_are_left_out_by_form_and_by_name() {
        let set = RuleSet::builtin();
        let token = String::from_utf8(expand("{{github:ghp}}", "redact").unwrap()).unwrap();
        let password = String::from_utf8(expand("{{alnum:18}}", "redact").unwrap()).unwrap();
        for (text, expected) in [
            ("RUN make".to_owned(), None),
            (format!("RUN echo {token} > x"), Some("RUN echo **** > x")),
            (
                format!("|2 DB_PASSWORD={password} VERSION=1 /bin/sh -c make"),
                Some("|2 DB_PASSWORD=**** VERSION=1 /bin/sh -c make"),
            ),
            (format!("ENV DB_PASSWORD={password}"), Some("ENV DB_PASSWORD=****")),
        ] {
            assert_eq!(redact(&set, &text).as_deref(), expected, "{text}");
        }
    }
}
