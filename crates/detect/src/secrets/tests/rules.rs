//! Every rule against its own examples. The files are read from the folder, not from the program: whoever writes rules
//! runs the built test again without building it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use plimsoll_model::Digest;

use super::super::{
    examples::expand,
    load::{read_builtin, read_yaml, unusable},
    rule::{Example, Rule},
    ruleset::RuleSet,
    test_text,
};

/// Where examples lie that name no path.
const PATH: &str = "srv/app/settings";

fn folder() -> PathBuf {
    std::env::var_os("PLIMSOLL_RULES_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/secrets"), PathBuf::from)
}

/// Name and text of each file, in the order of names.
pub(crate) fn rule_files() -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The rules of the folder as a set.
pub(crate) fn rules_of_folder(failures: &mut Vec<String>) -> RuleSet {
    let mut rules = Vec::new();
    for (name, text) in rule_files() {
        let mut errors = Vec::new();
        for rule in read_yaml(&format!("{name}.yml"), &text, &mut errors) {
            if rule.vendor != name {
                failures.push(format!(
                    "{name}.yml: `vendor: {}` is not the name of the file",
                    rule.vendor
                ));
            }
            rules.push(Arc::new(rule));
        }
        failures.extend(errors.iter().map(ToString::to_string));
    }
    RuleSet::new(rules, Digest::from_bytes([0; 32]))
}

fn place(rule: &Rule) -> String {
    format!("{}.yml: rule {}", rule.vendor, rule.id)
}

/// Everything that is wrong with a rule by itself.
fn check_form(rule: &Rule, failures: &mut Vec<String>) {
    let mut wrong = |what: String| failures.push(format!("{}: {what}", place(rule)));
    for error in unusable(rule) {
        wrong(error);
    }
    if rule.title.is_empty() || rule.title.ends_with('.') || rule.title.contains('\n') {
        wrong("the title must be one line without a full stop".to_owned());
    }
    if rule.description.is_empty() || rule.advice.is_empty() {
        wrong("description and advice must say something".to_owned());
    }
    for text in [&rule.description, &rule.advice] {
        if !text.is_empty() && !text.ends_with('.') {
            wrong(format!("`{text}` is no sentence"));
        }
    }
    if !rule.reference.is_empty() && !rule.reference.starts_with("https://") {
        wrong(format!("reference `{}` is no https address", rule.reference));
    }
    if !rule.is_generic() && !rule.id.starts_with(&rule.vendor) {
        wrong(format!("the id must begin with `{}`", rule.vendor));
    }
    if rule.examples.is_empty() {
        wrong("no example".to_owned());
    }
    if rule.counterexamples.is_empty() {
        wrong("no counterexample".to_owned());
    }
}

fn text_of(
    rule: &Rule,
    at: usize,
    example: &Example,
    failures: &mut Vec<String>,
) -> Option<(String, Vec<u8>)> {
    match expand(&example.text, &format!("{} {at}", rule.id)) {
        Ok(text) => {
            let path = if example.path.is_empty() { PATH } else { &example.path };
            Some((path.to_owned(), text))
        }
        Err(error) => {
            failures.push(format!("{}: example {}: {error}", place(rule), at + 1));
            None
        }
    }
}

fn check_examples(set: &RuleSet, rule: &Rule, failures: &mut Vec<String>) {
    for (at, example) in rule.examples.iter().enumerate() {
        let Some((path, text)) = text_of(rule, at, example, failures) else { continue };
        let shown = String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
        let lower = text.to_ascii_lowercase();
        let has_keyword = rule.keywords.is_empty()
            || rule.keywords.iter().any(|word| {
                memchr::memmem::find(&lower, word.to_ascii_lowercase().as_bytes()).is_some()
            });
        let mut wrong = |what: String| {
            failures.push(format!(
                "{}: example {}: {what}\n      at {path}: {shown}",
                place(rule),
                at + 1
            ));
        };
        if !has_keyword {
            wrong("holds none of the keywords".to_owned());
            continue;
        }
        let found: BTreeSet<String> =
            test_text(set, &path, &text).into_iter().map(|d| d.rule).collect();
        if !found.contains(&rule.id) {
            wrong(format!("not found{}", others(&found)));
        } else if found.len() > 1 {
            wrong(format!("found by more than this rule{}", others(&found)));
        }
    }
    for (at, example) in rule.counterexamples.iter().enumerate() {
        let Some((path, text)) = text_of(rule, 1000 + at, example, failures) else { continue };
        if test_text(set, &path, &text).iter().any(|found| found.rule == rule.id) {
            let shown = String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
            failures.push(format!(
                "{}: counterexample {} is found\n      at {path}: {shown}",
                place(rule),
                at + 1
            ));
        }
    }
}

fn others(found: &BTreeSet<String>) -> String {
    if found.is_empty() {
        return String::new();
    }
    format!(" (found by {})", found.iter().cloned().collect::<Vec<_>>().join(", "))
}

#[test]
fn every_rule_of_every_file() {
    let mut failures = Vec::new();
    let set = rules_of_folder(&mut failures);
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for rule in set.rules() {
        if let Some(file) = ids.insert(&rule.id, &rule.vendor) {
            failures.push(format!("{}: {file}.yml has a rule of the same id", place(rule)));
        }
        check_form(rule, &mut failures);
        check_examples(&set, rule, &mut failures);
    }
    let mut list = String::new();
    for failure in &failures {
        let _ = writeln!(list, "  {failure}");
    }
    println!("{} rules in {} files", set.len(), rule_files().len());
    assert!(failures.is_empty(), "{} things are wrong with rules:\n{list}", failures.len());
}

/// What a file that is written by tests should hold.
fn blessed(path: &Path, text: &str, what: &str) {
    if std::env::var_os("PLIMSOLL_BLESS").is_some() {
        fs::write(path, text).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "{what} is stale: PLIMSOLL_BLESS=1 cargo test -p plimsoll-detect rules"
    );
}

#[test]
fn all_rule_files_are_embedded() {
    let mut text = "//! The embedded rule files. Written by `PLIMSOLL_BLESS=1 cargo test -p plimsoll-detect rules`.\n\n\
                    /// Name and text of each file of `rules/secrets`.\n\
                    pub(super) const FILES: &[(&str, &str)] = &[\n"
        .to_owned();
    for (name, _) in rule_files() {
        let _ =
            writeln!(text, "    (\"{name}\", include_str!(\"../../rules/secrets/{name}.yml\")),");
    }
    text.push_str("];\n");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/secrets/files.rs");
    blessed(&list, &text, "the list of rule files");
}

/// The rules as the program holds them: JSON without examples, a rule a line.
#[test]
fn the_rules_in_the_program_are_those_of_the_files() {
    let mut text = "[\n".to_owned();
    let files = rule_files();
    for (at, (name, yaml)) in files.iter().enumerate() {
        let file: serde_json::Value = match serde_norway::from_str(yaml) {
            Ok(file) => file,
            Err(error) => panic!("{name}.yml: {error}"),
        };
        let _ = writeln!(text, "{{\"vendor\":\"{name}\",\"rules\":[");
        let rules = file["rules"].as_array().unwrap();
        for (at, rule) in rules.iter().enumerate() {
            let mut rule = rule.clone();
            let fields = rule.as_object_mut().unwrap();
            fields.remove("examples");
            fields.remove("counterexamples");
            let _ = writeln!(text, "{rule}{}", if at + 1 < rules.len() { "," } else { "" });
        }
        text.push_str(if at + 1 < files.len() { "]},\n" } else { "]}\n" });
    }
    text.push_str("]\n");
    blessed(&folder().join("builtin.json"), &text, "rules/secrets/builtin.json");
    let in_program = read_builtin(&text);
    let of_files = rules_of_folder(&mut Vec::new());
    assert_eq!(in_program.len(), of_files.len());
    for (a, b) in in_program.iter().zip(of_files.rules()) {
        let words = |rule: &Rule| {
            let pattern = rule.pattern.as_ref().map(|pattern| pattern.as_str().to_owned());
            (
                rule.id.clone(),
                rule.advice.clone(),
                rule.keywords.clone(),
                pattern,
                rule.window,
                rule.magic.clone(),
            )
        };
        assert_eq!(words(a), words(b));
    }
}

/// The page that people read.
#[test]
fn the_page_of_rules_is_current() {
    let set = rules_of_folder(&mut Vec::new());
    let mut text = format!(
        "# Secret rules\n\nAll {} rules of {} files. Written by `PLIMSOLL_BLESS=1 cargo test -p plimsoll-detect rules`; \
         [adding-a-secret-rule.md](adding-a-secret-rule.md) says how to add one, [secrets.md](secrets.md) how they are used.\n\n\
         | id | title | category | severity | confidence |\n| --- | --- | --- | --- | --- |\n",
        set.len() + 1,
        rule_files().len()
    );
    let variable = super::super::config::variable_rule();
    let mut rules: Vec<&Rule> = set.rules().chain([&variable]).collect();
    rules.sort_by(|a, b| (a.category, &a.id).cmp(&(b.category, &b.id)));
    for rule in rules {
        let name = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            rule.id,
            rule.title.replace('|', "\\|"),
            rule.category.as_str(),
            name(&rule.severity),
            name(&rule.confidence)
        );
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/secret-rules.md");
    blessed(&page, &text, "docs/secret-rules.md");
}

/// An id that goes away or a severity that changes is seen in review.
#[test]
fn the_catalogue_of_rules_is_current() {
    let set = rules_of_folder(&mut Vec::new());
    let mut text = String::new();
    let mut rules: Vec<&Rule> = set.rules().collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    for rule in rules {
        let severity = format!("{:?}", rule.severity).to_lowercase();
        let _ = writeln!(text, "{} {} {severity}", rule.id, rule.category.as_str());
    }
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/secrets/catalogue.txt");
    blessed(&list, &text, "the catalogue of rules");
}
