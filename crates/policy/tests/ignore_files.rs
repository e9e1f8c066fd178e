//! What users write into ignore files, and what they are told when it is wrong.

#![allow(clippy::unwrap_used, reason = "an integration test is a test throughout")]

use jiff::civil::date;
use plimsoll_policy::{
    MAX_IGNORE_BYTES, MAX_IGNORE_RULES, ParsedIgnores, parse_ignore_lines, parse_ignore_yaml,
};
use proptest::prelude::*;

fn yaml(text: &str) -> Result<ParsedIgnores, String> {
    parse_ignore_yaml(".plimsoll.yml", text).map_err(|e| e.to_string())
}

fn lines(text: &str) -> Result<ParsedIgnores, String> {
    parse_ignore_lines(".plimsollignore", text).map_err(|e| e.to_string())
}

#[test]
fn yaml_rules_keep_line_reason_and_expiry() {
    let parsed = yaml(
        "# decided by the team\n\
         ignore:\n\
         \x20 - id: CVE-2020-0001\n\
         \x20   reason: not reachable\n\
         \x20   expires: 2026-12-31\n\
         \x20 - package: linux*\n\
         \x20   reason: |\n\
         \x20     headers\n\
         \x20     only\n\
         \x20 - {path: /opt/*, id: 'CVE-1', reason: \"x\"}\n",
    )
    .unwrap();
    let [first, second, third] = &parsed.rules[..] else { panic!("{parsed:?}") };
    assert_eq!(first.id.as_deref(), Some("CVE-2020-0001"));
    assert_eq!(first.expires, Some(date(2026, 12, 31)));
    assert_eq!(first.origin.to_string(), ".plimsoll.yml:3");
    assert_eq!(second.package.as_deref(), Some("linux*"));
    assert_eq!(second.reason, "headers\nonly");
    assert_eq!(second.origin.to_string(), ".plimsoll.yml:6");
    assert_eq!(third.path.as_deref(), Some("/opt/*"));
    assert_eq!(third.to_string(), "`CVE-1` in path `/opt/*`");
}

#[test]
fn yaml_rules_name_secrets_and_files() {
    let md5 = "ABCDEF0123456789ABCDEF0123456789";
    let text = format!(
        "ignore:\n  - {{fingerprint: 3f2a9c0b, reason: revoked}}\n  - {{md5: {md5}, path: /srv/*, reason: x}}\n"
    );
    let parsed = yaml(&text).unwrap();
    let [secret, file] = &parsed.rules[..] else { panic!("{parsed:?}") };
    assert_eq!(secret.fingerprint.as_deref(), Some("3f2a9c0b"));
    assert_eq!(file.digest.as_deref(), Some(md5.to_ascii_lowercase().as_str()));
    let error = yaml("ignore:\n  - {sha256: abc, reason: x}\n").unwrap_err();
    assert!(error.ends_with("`abc` is not a hexadecimal sha256"), "{error}");
}

#[test]
fn an_empty_yaml_file_has_no_rules() {
    for text in
        ["", "\n", "# nothing yet\n", "ignore:\n", "ignore: []\n", "---\n", "null\n", "\u{feff}"]
    {
        assert_eq!(yaml(text), Ok(ParsedIgnores::default()), "{text:?}");
    }
}

#[test]
fn yaml_errors_name_the_line_and_say_what_to_write() {
    for (text, expected) in [
        ("ignore:\n  - id: CVE-1\n", ":2: the rule for `CVE-1` has no reason; write `reason: "),
        ("ignore:\n  - reason: x\n", ":2: the rule says nothing about what to ignore"),
        (
            "ignore:\n  - id: CVE-1\n    reson: x\n",
            ":3: unknown key `reson`; known here: id, package",
        ),
        ("ignored:\n  - id: x\n", ":2: unknown key `ignored`; known here: ignore"),
        (
            "ignore:\n  - id: CVE-1\n    reason: x\n    expires: soon\n",
            ":4: `soon` is not a date; write expires: 2026-12-31",
        ),
        (
            "ignore:\n  - id: CVE-1\n    reason: x\n    expires: 2026-02-30\n",
            ":4: `2026-02-30` is not",
        ),
        ("ignore:\n  - CVE-1\n", ":2: a rule has keys and values"),
        ("ignore: CVE-1\n", ":1: `ignore` must be a list"),
        ("- id: CVE-1\n", ":1: expected the key `ignore`"),
        ("ignore:\n  - id: [a]\n    reason: x\n", ":2: `id` takes one text"),
        ("ignore:\n  - id:\n    reason: x\n", "`id` is empty"),
        ("ignore:\n  - id: a\n    id: b\n    reason: x\n", ":3: `id` is there twice"),
        ("ignore: []\nignore: []\n", ":2: `ignore` is there twice"),
        ("ignore:\n\t- id: x\n", ":2: not YAML"),
        ("ignore: [\n", ": not YAML"),
        ("ignore: []\n---\nignore: []\n", "only one YAML document"),
        ("a: &a [x]\nb: *a\n", ":2: YAML aliases are not allowed"),
    ] {
        let error = yaml(text).unwrap_err();
        assert!(error.starts_with(".plimsoll.yml:"), "{error}");
        assert!(error.contains(expected), "{text:?}\n wanted {expected:?}\n got    {error:?}");
    }
}

#[test]
fn bombs_are_refused() {
    let laughs =
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nignore: [*b,*b,*b]\n";
    assert!(yaml(laughs).unwrap_err().contains("aliases"));
    assert!(yaml(&"[".repeat(100_000)).is_err());
    assert!(yaml(&"{a: ".repeat(100_000)).is_err());
    assert!(yaml(&"- ".repeat(100_000)).is_err());
    let rule = "  - id: CVE-1\n    reason: x\n";
    let many = format!("ignore:\n{}", rule.repeat(MAX_IGNORE_RULES));
    assert_eq!(yaml(&many).unwrap().rules.len(), MAX_IGNORE_RULES);
    assert!(yaml(&format!("{many}{rule}")).unwrap_err().contains("more than 10000 rules"));
    let long = "#".repeat(MAX_IGNORE_BYTES + 1);
    assert!(yaml(&long).unwrap_err().contains("larger than"));
    assert!(lines(&long).unwrap_err().contains("larger than"));
    assert!(lines(&"CVE-1 # x\n".repeat(MAX_IGNORE_RULES + 1)).unwrap_err().contains("rules"));
}

#[test]
fn lines_take_expiry_and_the_reason_from_either_side() {
    let parsed = lines(
        "# Accepted by the team:\n\
         # not reachable\n\
         CVE-2018-14618\n\
         \n\
         CVE-2019-1543 exp:2026-01-31 # no TLS here\n\
         # a heading of its own\n\
         \n\
         CVE-2019-9999\n\
         generic-unwanted-rule #   spaced  \r\n",
    )
    .unwrap();
    let got: Vec<(&str, &str, usize)> = parsed
        .rules
        .iter()
        .map(|r| {
            let line = r.origin.to_string().rsplit(':').next().unwrap().parse().unwrap();
            (r.id.as_deref().unwrap(), r.reason.as_str(), line)
        })
        .collect();
    assert_eq!(
        got,
        [
            ("CVE-2018-14618", "Accepted by the team: not reachable", 3),
            ("CVE-2019-1543", "no TLS here", 5),
            ("CVE-2019-9999", "no reason given", 8),
            ("generic-unwanted-rule", "spaced", 9),
        ]
    );
    assert_eq!(parsed.rules[1].expires, Some(date(2026, 1, 31)));
    assert_eq!(parsed.warnings.len(), 1);
    assert!(parsed.warnings[0].to_string().starts_with(".plimsollignore:8: no reason for"));
}

#[test]
fn line_errors_say_what_to_write() {
    for (text, expected) in [
        (
            "CVE-1 until next week\n",
            ".plimsollignore:1: `until` is not understood; write `CVE-1 exp:",
        ),
        ("\nCVE-1 exp:31.12.2026\n", ".plimsollignore:2: `31.12.2026` is not a date; write exp:"),
        ("exp:2026-12-31\n", ".plimsollignore:1: an expiry without an id"),
        ("CVE-1 exp:\u{1b}[31m\n", "is not a date"),
    ] {
        let error = lines(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = yaml(&text);
        let _ = lines(&text);
    }

    #[test]
    fn no_near_yaml_panics(text in "([ \t\n:\\-\\[\\]{},#&*!|>'\"%@`?~a-c0-9]|ignore|id:|reason:|expires:|\u{feff}|---|\\.\\.\\.){0,80}") {
        let _ = yaml(&text);
        let _ = lines(&text);
    }

    #[test]
    fn lines_that_parse_keep_their_number(ids in prop::collection::vec("CVE-[0-9]{4}-[0-9]{4,6}", 0..20)) {
        let text: String = ids.iter().map(|id| format!("{id} # why\n")).collect();
        let parsed = lines(&text).unwrap();
        prop_assert_eq!(parsed.rules.iter().map(|r| r.id.clone().unwrap()).collect::<Vec<_>>(), ids);
        prop_assert!(parsed.warnings.is_empty());
    }
}
