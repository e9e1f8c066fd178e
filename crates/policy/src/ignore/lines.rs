//! `.plimsollignore`: one id a line, with an optional `exp:YYYY-MM-DD` and the reason as a comment behind it
//! or in the lines above it.

use super::{
    IgnoreFileError, IgnoreRule, MAX_IGNORE_RULES, ParsedIgnores, RuleOrigin, check_size,
    parse_date, shown,
};
use crate::PolicyWarning;

/// What a rule says that was written without a reason.
const NO_REASON: &str = "no reason given";

/// Reads the plain format. `file` is only for messages.
///
/// # Errors
/// The first line that is neither blank, a comment, nor an id with an optional expiry.
pub fn parse_ignore_lines(file: &str, text: &str) -> Result<ParsedIgnores, IgnoreFileError> {
    check_size(file, text)?;
    let mut parsed = ParsedIgnores::default();
    let mut above: Vec<&str> = Vec::new();
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = index + 1;
        let (rule, comment) = split_comment(raw);
        let mut words = rule.split_whitespace();
        let Some(id) = words.next() else {
            match comment {
                Some(comment) => above.push(comment),
                None => above.clear(),
            }
            continue;
        };
        let mut expires = None;
        for word in words {
            let date = word.strip_prefix("exp:").ok_or_else(|| {
                IgnoreFileError::new(
                    file,
                    line,
                    format!(
                        "`{}` is not understood; write `{} exp:2026-12-31  # reason`",
                        shown(word),
                        shown(id)
                    ),
                )
            })?;
            expires = Some(parse_date(date).ok_or_else(|| {
                IgnoreFileError::new(
                    file,
                    line,
                    format!("`{}` is not a date; write exp:2026-12-31", shown(date)),
                )
            })?);
        }
        if id.starts_with("exp:") {
            return Err(IgnoreFileError::new(
                file,
                line,
                "an expiry without an id; write `CVE-2020-0001 exp:2026-12-31  # reason`",
            ));
        }
        if parsed.rules.len() >= MAX_IGNORE_RULES {
            return Err(IgnoreFileError::new(
                file,
                line,
                format!("more than {MAX_IGNORE_RULES} rules; split the file"),
            ));
        }
        let origin = RuleOrigin::File { file: file.into(), line };
        let reason = match comment {
            Some(comment) if !comment.is_empty() => comment.to_owned(),
            _ => above.join(" ").trim().to_owned(),
        };
        if reason.is_empty() {
            parsed.warnings.push(PolicyWarning {
                place: origin.to_string(),
                message: format!("no reason for `{}`; write `{}  # why`", shown(id), shown(id)),
            });
        }
        parsed.rules.push(IgnoreRule {
            id: Some(id.to_owned()),
            package: None,
            path: None,
            fingerprint: None,
            digest: None,
            reason: if reason.is_empty() { NO_REASON.into() } else { reason },
            expires,
            origin,
        });
        above.clear();
    }
    Ok(parsed)
}

fn split_comment(line: &str) -> (&str, Option<&str>) {
    match line.split_once('#') {
        Some((rule, comment)) => (rule.trim(), Some(comment.trim_matches(['#', ' ', '\t']))),
        None => (line.trim(), None),
    }
}
