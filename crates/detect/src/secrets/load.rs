//! Reads files of rules in our YAML format. Every rule that is wrong is named with what is wrong with it, and the
//! others are kept: a list of problems is worth more than the first of them.

use plimsoll_model::{Confidence, Severity};
use serde::Deserialize;

use super::{
    rule::{Category, Example, Globs, Pattern, Rule, SecretGroup},
    validators::Validator,
};

/// Shortest keyword: shorter ones occur everywhere.
pub const MIN_KEYWORD: usize = 3;

/// Widest window of a rule, in bytes either side of the keyword.
pub const MAX_WINDOW: usize = 16_384;

/// Largest file of rules.
pub const MAX_RULES_TEXT: usize = 4 << 20;

/// A rule, or a whole file of rules, that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}{}: {message}", rule.as_ref().map(|rule| format!(": rule {rule}")).unwrap_or_default())]
pub struct RuleError {
    /// The file, as the caller named it.
    pub file: String,
    /// Id of the rule; `None` where the file as a whole is wrong.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    vendor: String,
    rules: Vec<serde_norway::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    title: String,
    category: Category,
    severity: Severity,
    #[serde(default)]
    confidence: Confidence,
    #[serde(default)]
    description: String,
    #[serde(default)]
    advice: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    keywords: Vec<String>,
    pattern: Option<String>,
    window: Option<usize>,
    entropy: Option<f64>,
    validator: Option<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    not_paths: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    allow_line: Vec<String>,
    #[serde(default)]
    file: bool,
    magic: Option<String>,
    #[serde(default = "yes")]
    config: bool,
    #[serde(default)]
    examples: Vec<ExampleText>,
    #[serde(default)]
    counterexamples: Vec<ExampleText>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ExampleText {
    Text(String),
    Placed {
        path: String,
        #[serde(default)]
        text: String,
    },
}

fn yes() -> bool {
    true
}

/// Reads the built-in rules in the form that the program holds: JSON, without examples, because YAML takes a hundred
/// times as long. A test keeps it the same as the files.
pub(super) fn read_builtin(text: &str) -> Vec<Rule> {
    #[derive(Deserialize)]
    struct Vendor {
        vendor: String,
        rules: Vec<RuleText>,
    }
    let vendors: Vec<Vendor> = serde_json::from_str(text).unwrap_or_default();
    let build = |vendor: Vendor| {
        vendor.rules.into_iter().filter_map(move |rule| rule.build(&vendor.vendor).ok())
    };
    vendors.into_iter().flat_map(build).collect()
}

/// Reads one file. `file` is only for messages.
pub(super) fn read_yaml(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Vec<Rule> {
    let mut error = |rule: Option<&str>, message: String| {
        errors.push(RuleError { file: file.to_owned(), rule: rule.map(str::to_owned), message });
    };
    if text.len() > MAX_RULES_TEXT {
        error(None, format!("over the limit of {MAX_RULES_TEXT} bytes"));
        return Vec::new();
    }
    let parsed: FileText = match serde_norway::from_str(text) {
        Ok(parsed) => parsed,
        Err(wrong) => {
            error(None, wrong.to_string());
            return Vec::new();
        }
    };
    let mut rules = Vec::with_capacity(parsed.rules.len());
    for (at, value) in parsed.rules.into_iter().enumerate() {
        let id = value.get("id").and_then(|id| id.as_str()).map(str::to_owned);
        let name = id.unwrap_or_else(|| format!("number {}", at + 1));
        match serde_norway::from_value::<RuleText>(value) {
            Ok(rule) => match rule.build(&parsed.vendor) {
                Ok(rule) => rules.push(rule),
                Err(wrong) => error(Some(&name), wrong),
            },
            Err(wrong) => error(Some(&name), wrong.to_string()),
        }
    }
    rules
}

impl RuleText {
    fn build(self, vendor: &str) -> Result<Rule, String> {
        let validator = match &self.validator {
            None => None,
            Some(name) => Some(Validator::named(name).ok_or_else(|| {
                format!("there is no validator `{name}`; there are {}", Validator::names())
            })?),
        };
        let is_id = |id: &str| {
            !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !is_id(&self.id) {
            return Err("the id must consist of a-z, 0-9 and `-`".to_owned());
        }
        let magic = match &self.magic {
            None => Vec::new(),
            Some(text) => hex(text).ok_or("`magic` must be hexadecimal")?,
        };
        if self.file {
            if self.pattern.is_some() || !self.keywords.is_empty() {
                return Err("a rule with `file: true` has neither pattern nor keywords".to_owned());
            }
            if self.paths.is_empty() && magic.is_empty() {
                return Err("a rule with `file: true` needs `paths` or `magic`".to_owned());
            }
        } else {
            if self.pattern.is_none() {
                return Err("no pattern".to_owned());
            }
            if !magic.is_empty() {
                return Err("`magic` goes with `file: true`".to_owned());
            }
            if self.keywords.is_empty() && self.paths.is_empty() {
                return Err("no keywords (only a rule with `paths` may go without)".to_owned());
            }
        }
        if let Some(short) = self.keywords.iter().find(|word| word.len() < MIN_KEYWORD) {
            return Err(format!("keyword `{short}` is shorter than {MIN_KEYWORD} characters"));
        }
        if self.window.is_some_and(|window| window > MAX_WINDOW) {
            return Err(format!("`window` is over {MAX_WINDOW}"));
        }
        let patterns = |texts: Vec<String>| -> Vec<Pattern> {
            texts.into_iter().map(|text| Pattern::new(text, true)).collect()
        };
        let examples = |texts: Vec<ExampleText>| -> Vec<Example> {
            let example = |text| match text {
                ExampleText::Text(text) => Example { path: String::new(), text },
                ExampleText::Placed { path, text } => Example { path, text },
            };
            texts.into_iter().map(example).collect()
        };
        Ok(Rule {
            id: self.id,
            vendor: vendor.to_owned(),
            title: self.title,
            category: self.category,
            severity: self.severity,
            confidence: self.confidence,
            description: self.description.trim().to_owned(),
            advice: self.advice.trim().to_owned(),
            reference: self.reference,
            keywords: self.keywords,
            pattern: self.pattern.map(|text| Pattern::new(text, true)),
            window: self.window,
            entropy: self.entropy,
            paths: Globs::new(self.paths),
            not_paths: Globs::new(self.not_paths),
            file: self.file,
            magic,
            config: self.config && !self.file,
            examples: examples(self.examples),
            counterexamples: examples(self.counterexamples),
            validator,
            group: SecretGroup::Usual,
            allow: patterns(self.allow),
            allow_line: patterns(self.allow_line),
            exceptions: Vec::new(),
            path_pattern: None,
        })
    }
}

/// Everything in a rule that only shows when it is used: patterns and globs that do not compile.
pub(super) fn unusable(rule: &Rule) -> Vec<String> {
    let mut wrong = Vec::new();
    let patterns = rule.pattern.iter().chain(&rule.allow).chain(&rule.allow_line);
    let exceptions = rule.exceptions.iter().flat_map(|e| e.paths.iter().chain(&e.patterns));
    for pattern in patterns.chain(&rule.path_pattern).chain(exceptions) {
        if let Err(error) = pattern.regex() {
            wrong.push(format!("pattern `{}`: {error}", pattern.as_str()));
        }
    }
    wrong.extend(rule.paths.errors());
    wrong.extend(rule.not_paths.errors());
    wrong
}

/// Bytes written in hexadecimal.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|d| d as u8))
        .collect::<Option<_>>()?;
    digits
        .len()
        .is_multiple_of(2)
        .then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
