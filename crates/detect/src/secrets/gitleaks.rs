//! Reads gitleaks' rule files (TOML), so that people can bring what they have. Known from its documentation: `id`,
//! `description`, `regex`, `secretGroup`, `entropy`, `keywords`, `path`, `allowlist` and `allowlists` of a rule and of the
//! whole file, and `[extend]`. A rule without `regex` finds files by their path.

use std::collections::HashSet;

use plimsoll_model::{Confidence, Severity};
use serde::Deserialize;

use super::{
    load::{MAX_RULES_TEXT, MIN_KEYWORD, RuleError},
    rule::{Category, Exception, Globs, Pattern, Rule, SecretGroup, Target},
    ruleset::Own,
};

/// Bytes around a keyword in which a rule is tried: its patterns may span lines.
const WINDOW: usize = 2048;

/// Most words in all lists of one file.
const MAX_WORDS: usize = 50_000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct FileText {
    extend: Extend,
    rules: Vec<toml::Value>,
    allowlist: Option<AllowText>,
    allowlists: Vec<AllowText>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extend {
    use_default: Option<bool>,
    path: Option<String>,
    url: Option<String>,
    disabled_rules: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RuleText {
    id: String,
    description: String,
    regex: Option<String>,
    path: Option<String>,
    secret_group: Option<usize>,
    entropy: Option<f64>,
    keywords: Vec<String>,
    allowlist: Option<AllowText>,
    allowlists: Vec<AllowText>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AllowText {
    condition: String,
    paths: Vec<String>,
    regex_target: String,
    regexes: Vec<String>,
    stopwords: Vec<String>,
    commits: Vec<String>,
    target_rules: Vec<String>,
}

/// Whether a text is TOML rather than YAML: ours begins with `vendor:`.
pub(super) fn is_toml(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        ["[[rules]]", "[extend]", "[allowlist]", "[[allowlists]]"]
            .iter()
            .any(|table| line.starts_with(table))
    })
}

/// Reads one file. `file` is only for messages.
pub(super) fn read_toml(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Own {
    let mut error = |rule: Option<&str>, message: String| {
        errors.push(RuleError { file: file.to_owned(), rule: rule.map(str::to_owned), message });
    };
    if text.len() > MAX_RULES_TEXT {
        error(None, format!("over the limit of {MAX_RULES_TEXT} bytes"));
        return Own::default();
    }
    let parsed: FileText = match toml::from_str(text) {
        Ok(parsed) => parsed,
        Err(wrong) => {
            error(None, wrong.to_string());
            return Own::default();
        }
    };
    if parsed.extend.path.is_some() || parsed.extend.url.is_some() {
        error(None, "`[extend]` of another file is not followed; give that file too".to_owned());
    }
    let shared: Vec<AllowText> = parsed.allowlist.into_iter().chain(parsed.allowlists).collect();
    let mut words = 0;
    let mut own = Own {
        rules: Vec::with_capacity(parsed.rules.len()),
        disabled: parsed.extend.disabled_rules.into_iter().collect::<HashSet<_>>(),
        // Without `useDefault` a file of gitleaks stands alone; ours always adds to the built-in rules.
    };
    let _ = parsed.extend.use_default;
    for (at, value) in parsed.rules.into_iter().enumerate() {
        let id = value.get("id").and_then(toml::Value::as_str).map(str::to_owned);
        let name = id.unwrap_or_else(|| format!("number {}", at + 1));
        let rule: RuleText = match value.try_into() {
            Ok(rule) => rule,
            Err(wrong) => {
                error(Some(&name), wrong.to_string());
                continue;
            }
        };
        let of_rule = shared
            .iter()
            .filter(|allow| allow.target_rules.is_empty() || allow.target_rules.contains(&rule.id));
        let allows: Vec<AllowText> = of_rule.cloned().collect();
        words +=
            rule.allowlists.iter().chain(&allows).map(|allow| allow.stopwords.len()).sum::<usize>();
        if words > MAX_WORDS {
            error(Some(&name), format!("more than {MAX_WORDS} stop words in the file"));
            break;
        }
        match rule.build(allows) {
            Ok(rule) => own.rules.push(rule),
            Err(wrong) => error(Some(&name), wrong),
        }
    }
    own
}

impl RuleText {
    fn build(self, shared: Vec<AllowText>) -> Result<Rule, String> {
        if self.id.is_empty() {
            return Err("no id".to_owned());
        }
        if self.regex.is_none() && self.path.is_none() {
            return Err("neither regex nor path".to_owned());
        }
        // A keyword of two letters would be met everywhere; the pattern is then tried on the whole file, as without any.
        let keywords: Vec<String> = if self.keywords.iter().all(|word| word.len() >= MIN_KEYWORD) {
            self.keywords
        } else {
            Vec::new()
        };
        let title = if self.description.is_empty() { self.id.clone() } else { self.description };
        let allows = self.allowlist.into_iter().chain(self.allowlists).chain(shared);
        Ok(Rule {
            vendor: "own".to_owned(),
            title: title.trim_end_matches('.').to_owned(),
            category: Category::Application,
            severity: Severity::High,
            confidence: Confidence::Medium,
            description: String::new(),
            advice: "Revoke or change what was found.".to_owned(),
            reference: String::new(),
            window: Some(WINDOW),
            keywords,
            entropy: self.entropy,
            paths: Globs::default(),
            not_paths: Globs::default(),
            file: false,
            magic: Vec::new(),
            config: self.path.is_none(),
            examples: Vec::new(),
            counterexamples: Vec::new(),
            validator: None,
            group: self
                .secret_group
                .filter(|&group| group > 0)
                .map_or(SecretGroup::Usual, SecretGroup::Number),
            allow: Vec::new(),
            allow_line: Vec::new(),
            exceptions: allows.map(AllowText::build).collect(),
            path_pattern: self.path.map(|text| pattern(&text)),
            pattern: self.regex.map(|text| pattern(&text)),
            id: self.id,
        })
    }
}

impl AllowText {
    /// Commits mean nothing in an image.
    fn build(self) -> Exception {
        let patterns = |texts: &[String]| texts.iter().map(|text| pattern(text)).collect();
        Exception {
            paths: patterns(&self.paths),
            patterns: patterns(&self.regexes),
            target: match self.regex_target.as_str() {
                "match" => Target::Match,
                "line" => Target::Line,
                _ => Target::Secret,
            },
            words: self
                .stopwords
                .iter()
                .map(|word| word.to_ascii_lowercase())
                .filter(|word| !word.is_empty())
                .collect(),
            all: self.condition.eq_ignore_ascii_case("and") && self.commits.is_empty(),
        }
    }
}

/// A pattern of Go's `regexp` (RE2) in Rust's dialect: `\z` and `\Q…\E`, a `{` that repeats nothing, classes that hold
/// a bare `[` or two of what is an operator here.
fn pattern(text: &str) -> Pattern {
    Pattern::new(from_re2(text), false)
}

fn from_re2(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    let mut in_class = false;
    let mut class_start = false;
    while let Some(c) = chars.next() {
        let at_start = std::mem::take(&mut class_start);
        match c {
            '\\' => match chars.next() {
                Some('Q') => {
                    let mut literal = String::new();
                    for c in chars.by_ref() {
                        literal.push(c);
                        if literal.ends_with("\\E") {
                            literal.truncate(literal.len() - 2);
                            break;
                        }
                    }
                    for c in literal.chars() {
                        if c.is_ascii_punctuation() {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                }
                // One byte of any value.
                Some('C') => out.push_str("(?s-u:.)"),
                // RE2 lets any punctuation be escaped; here `\<` and `\>` are borders of words.
                Some(c @ ('<' | '>')) => out.push(c),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                class_start = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
            }
            ']' if in_class && at_start => out.push_str("\\]"),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // `[:alpha:]` stays, any other `[` in a class is itself.
            '[' if in_class && chars.peek() == Some(&':') => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' => out.push_str("\\["),
            '&' | '~' if in_class && chars.peek() == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.peek() == Some(&'-') => out.push_str("\\-"),
            '{' if !in_class => {
                let rest: String = chars.clone().take_while(|&c| c != '}').take(12).collect();
                let repeats = rest.starts_with(|c: char| c.is_ascii_digit())
                    && rest.chars().all(|c| c.is_ascii_digit() || c == ',');
                out.push_str(if repeats { "{" } else { "\\{" });
                if repeats {
                    for c in chars.by_ref() {
                        out.push(c);
                        if c == '}' {
                            break;
                        }
                    }
                }
            }
            '}' if !in_class => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{RuleSet, examples::expand, test_text};

    const FILE: &str = r#"
title = "own"
[extend]
useDefault = true
disabledRules = ["github-personal-token"]

[[rules]]
id = "acme-token"
description = "Acme token."
regex = '''acme_(live|test)_([a-z0-9]{24})'''
secretGroup = 2
entropy = 3.0
keywords = ["acme_"]
[[rules.allowlists]]
condition = "AND"
paths = ['''fixtures/''']
regexes = ['''acme_test''']
regexTarget = "match"
[rules.allowlist]
stopwords = ["sandbox"]

[[rules]]
id = "acme-backup"
description = "Backup"
path = '''\.acmebak$'''

[[rules]]
id = "broken"
regex = '''(?=lookahead)x'''
keywords = ["lookahead"]

[[rules]]
id = "nothing"
"#;

    fn rules(set: &RuleSet, path: &str, text: &str) -> Vec<String> {
        let text = expand(text, "gitleaks").unwrap();
        test_text(set, path, &text).into_iter().map(|found| found.rule).collect()
    }

    #[test]
    fn a_file_of_gitleaks_is_read_and_what_is_wrong_is_told() {
        let (set, errors) = RuleSet::with_own("own.toml", FILE);
        let wrong: Vec<_> =
            errors.iter().map(|error| error.rule.as_deref().unwrap_or("")).collect();
        assert_eq!(wrong, ["nothing", "broken"], "{errors:?}");
        let live = "x = acme_live_{{loweralnum:24}}";
        assert_eq!(rules(&set, "app/a", live), ["acme-token"]);
        assert_eq!(rules(&set, "fixtures/a", live), ["acme-token"]);
        assert_eq!(rules(&set, "fixtures/a", "x = acme_test_{{loweralnum:24}}"), [""; 0]);
        assert_eq!(
            rules(&set, "a/b", "x = acme_live_{{loweralnum:10}}sandbox{{loweralnum:7}}"),
            [""; 0]
        );
        assert_eq!(rules(&set, "a/b", "x = acme_live_aaaabbbbaaaabbbbaaaabbbb"), [""; 0]);
        assert_eq!(rules(&set, "srv/x.acmebak", "anything"), ["acme-backup"]);
        assert!(set.get("github-personal-token").is_none());
        assert_eq!(set.len(), RuleSet::builtin().len() + 2 - 1);
    }

    #[test]
    fn the_dialect_of_go() {
        for (go, rust) in [
            (r"a{b}", r"a\{b\}"),
            (r"a{2,3}", r"a{2,3}"),
            (r"[[a]", r"[\[a]"),
            (r"[]a]", r"[\]a]"),
            (r"[[:alpha:]_]", r"[[:alpha:]_]"),
            (r"\Qa.b\Ec", r"a\.bc"),
            (r"[a&&b]", r"[a\&&b]"),
            (r"a\z", r"a\z"),
        ] {
            assert_eq!(from_re2(go), rust);
            assert!(pattern(go).regex().is_ok(), "{go}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text: String, pattern in "[\\[\\]{}()a-c^&~\\\\QE:.-]{0,20}") {
            let _ = read_toml("x", &text, &mut Vec::new());
            let toml = format!("[[rules]]\nid = \"a\"\nregex = '''{pattern}'''\n");
            let (_, _) = RuleSet::only("x", &toml);
            let _ = super::pattern(&pattern).regex();
        }
    }
}
