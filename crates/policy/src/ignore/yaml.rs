//! `.plimsoll.yml`: a list of rules under `ignore`, each with a reason.

use super::{
    IgnoreFileError, IgnoreRule, MAX_IGNORE_RULES, ParsedIgnores, RuleOrigin, check_size,
    parse_date, shown,
    yaml_tree::{self, Node, Value},
};

const EXAMPLE: &str = "write\n  ignore:\n    - id: CVE-2020-0001\n      reason: not reachable, no TLS is used\n      expires: 2026-12-31";

/// Keys of the file that others read.
const OTHER_KEYS: &[&str] = &["baseline"];

/// Reads the YAML format. `file` is only for messages.
///
/// # Errors
/// What is not YAML, an unknown key, a rule without a condition or reason, a date that is none; each with its
/// line and what to write instead.
pub fn parse_ignore_yaml(file: &str, text: &str) -> Result<ParsedIgnores, IgnoreFileError> {
    check_size(file, text)?;
    let mut parsed = ParsedIgnores::default();
    let text = text.trim_start_matches('\u{feff}');
    let Some(root) = yaml_tree::parse(file, text)? else { return Ok(parsed) };
    if is_null(&root) {
        return Ok(parsed);
    }
    let entries = pairs(&root).ok_or_else(|| {
        IgnoreFileError::new(file, root.line, format!("expected the key `ignore`; {EXAMPLE}"))
    })?;
    let mut seen = false;
    for (key, value) in entries {
        if key.as_deref().is_some_and(|key| OTHER_KEYS.contains(&key)) {
            continue;
        }
        if key.as_deref() != Some("ignore") {
            return Err(unknown_key(file, value.line, key, "ignore, baseline"));
        }
        if std::mem::replace(&mut seen, true) {
            return Err(IgnoreFileError::new(
                file,
                value.line,
                "`ignore` is there twice; put all rules under the first",
            ));
        }
        match &value.value {
            Value::Sequence(items) if items.len() <= MAX_IGNORE_RULES => {
                for item in items {
                    parsed.rules.push(rule(file, item)?);
                }
            }
            Value::Sequence(_) => {
                return Err(IgnoreFileError::new(
                    file,
                    value.line,
                    format!("more than {MAX_IGNORE_RULES} rules; split the file"),
                ));
            }
            _ if is_null(value) => {}
            _ => {
                return Err(IgnoreFileError::new(
                    file,
                    value.line,
                    format!("`ignore` must be a list; {EXAMPLE}"),
                ));
            }
        }
    }
    Ok(parsed)
}

fn rule(file: &str, node: &Node) -> Result<IgnoreRule, IgnoreFileError> {
    let fail = |line, message: String| Err(IgnoreFileError::new(file, line, message));
    let Some(entries) = pairs(node) else {
        return fail(node.line, format!("a rule has keys and values; {EXAMPLE}"));
    };
    let mut rule = IgnoreRule {
        id: None,
        package: None,
        path: None,
        fingerprint: None,
        digest: None,
        reason: String::new(),
        expires: None,
        origin: RuleOrigin::File { file: file.into(), line: node.line },
    };
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in entries {
        let name = match key.as_deref() {
            Some("id") => "id",
            Some("package") => "package",
            Some("path") => "path",
            Some("fingerprint") => "fingerprint",
            Some("md5") => "md5",
            Some("sha1") => "sha1",
            Some("sha256") => "sha256",
            Some("reason") => "reason",
            Some("expires") => "expires",
            _ => {
                return Err(unknown_key(
                    file,
                    value.line,
                    key,
                    "id, package, path, fingerprint, md5, sha1, sha256, reason, expires",
                ));
            }
        };
        if seen.contains(&name) {
            return fail(value.line, format!("`{name}` is there twice; one rule, one {name}"));
        }
        seen.push(name);
        let text = match &value.value {
            Value::Scalar(text) if !is_null(value) => text.trim().to_owned(),
            Value::Scalar(_) => {
                return fail(
                    value.line,
                    format!("`{name}` is empty; give it a value or remove it"),
                );
            }
            _ => {
                return fail(
                    value.line,
                    format!("`{name}` takes one text, not a list or a mapping"),
                );
            }
        };
        match name {
            "id" => rule.id = Some(text),
            "package" => rule.package = Some(text),
            "path" => rule.path = Some(text),
            "fingerprint" => rule.fingerprint = Some(text),
            "md5" | "sha1" | "sha256" => match digest(name, &text) {
                Some(digest) => rule.digest = Some(digest),
                None => {
                    return fail(
                        value.line,
                        format!("`{}` is not a hexadecimal {name}", shown(&text)),
                    );
                }
            },
            "reason" => rule.reason = text,
            _ => match parse_date(&text) {
                Some(date) => rule.expires = Some(date),
                None => {
                    return fail(
                        value.line,
                        format!("`{}` is not a date; write expires: 2026-12-31", shown(&text)),
                    );
                }
            },
        }
    }
    let conditions = [&rule.id, &rule.package, &rule.path, &rule.fingerprint, &rule.digest];
    if conditions.iter().all(|condition| condition.is_none()) {
        return fail(
            node.line,
            format!(
                "the rule says nothing about what to ignore: it needs id, package, path, fingerprint, md5 or sha256; {EXAMPLE}"
            ),
        );
    }
    if rule.reason.is_empty() {
        return fail(
            node.line,
            format!(
                "the rule for {} has no reason; write `reason: …` so that others can judge it",
                shown_rule(&rule)
            ),
        );
    }
    Ok(rule)
}

/// The digest in lower case; `None` where it has not the length and letters of its sort.
fn digest(sort: &str, text: &str) -> Option<String> {
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    let digits = match sort {
        "md5" => 32,
        "sha1" => 40,
        _ => 64,
    };
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| text.to_ascii_lowercase())
}

fn shown_rule(rule: &IgnoreRule) -> String {
    shown(&rule.to_string())
}

fn unknown_key(file: &str, line: usize, key: Option<String>, known: &str) -> IgnoreFileError {
    let message = match key {
        Some(key) => format!("unknown key `{}`; known here: {known}", shown(&key)),
        None => format!("a key must be a plain word; known here: {known}"),
    };
    IgnoreFileError::new(file, line, message)
}

/// Keys (`None` where a key is no scalar) and values; `None` where the node is no mapping.
fn pairs(node: &Node) -> Option<Vec<(Option<String>, &Node)>> {
    let Value::Mapping(items) = &node.value else { return None };
    Some(
        items
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [key, value] => {
                    let key = match &key.value {
                        Value::Scalar(text) => Some(text.clone()),
                        _ => None,
                    };
                    Some((key, value))
                }
                _ => None,
            })
            .collect(),
    )
}

fn is_null(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(text) if matches!(text.trim(), "" | "~" | "null"))
}
