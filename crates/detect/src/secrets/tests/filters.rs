//! What is dropped for every rule, and what must not be dropped with it.

use plimsoll_model::Confidence;

use super::super::{RuleSet, examples::expand, test_text};

fn rules(path: &str, template: &str) -> Vec<(String, Confidence)> {
    let text = expand(template, "filters").unwrap();
    test_text(&RuleSet::builtin(), path, &text)
        .into_iter()
        .map(|d| (d.rule, d.confidence))
        .collect()
}

fn is_found(path: &str, template: &str) -> bool {
    !rules(path, template).is_empty()
}

const KEY: &str = "aws_access_key_id = {{=AKIA}}{{base32:16}}\n";
const PASSWORD: &str = "db_password = \"{{alnum:14}}\"\n";

#[test]
fn known_examples_and_placeholders() {
    assert!(is_found("srv/a.ini", KEY));
    assert!(!is_found("srv/a.ini", "aws_access_key_id = AKIA{{=IOSFODNN7}}EXAMPLE\n"));
    assert!(!is_found("srv/a.ini", "aws_access_key_id = {{=AKIA}}XXXXXXXXXXXXXXXX\n"));
    assert!(is_found("srv/a.ini", PASSWORD));
    for value in [
        "${DB_PASSWORD}",
        "<password>",
        "changeme",
        "your_password_here",
        "os.environ['X']",
        "xxxxxxxxxxxx",
    ] {
        assert!(!is_found("srv/a.ini", &format!("db_password = \"{value}\"\n")), "{value}");
    }
}

#[test]
fn low_entropy() {
    assert!(is_found("srv/a.ini", "GITHUB_TOKEN={{github:ghp}}\n"));
    assert!(!is_found("srv/a.ini", "GITHUB_TOKEN=ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"));
}

#[test]
fn a_wrong_checksum_is_no_token() {
    assert!(is_found("srv/a.ini", "see {{github:ghp}}\n"));
    assert!(!is_found("srv/a.ini", "see ghp_{{alnum:36}}\n"));
}

#[test]
fn squeezed_code_keeps_only_what_has_a_form() {
    let code = "function(e,t){return e&&t||this.d};".repeat(30);
    assert!(!is_found(
        "srv/www/a.js",
        &format!("{code}var a={{}};password=\"{{{{alnum:14}}}}\";{code}\n")
    ));
    assert!(is_found("srv/www/a.js", &format!("{code}var a=\"{{{{github:ghp}}}}\";{code}\n")));
}

#[test]
fn digests_of_lock_files() {
    for line in [
        "      \"integrity\": \"sha512-{{base64:86}}==\",\n",
        "secret v1.0.0 h1:{{base64:43}}=\n",
        "token: sha256:{{hex:64}}\n",
    ] {
        assert!(!is_found("srv/app/package-lock.json", line), "{line}");
        assert!(!is_found("srv/app/list.txt", line), "{line}");
    }
}

#[test]
fn tests_and_documents_of_packages() {
    let package = "usr/lib/python3/dist-packages/botocore/tests/test_auth.py";
    assert!(!is_found(package, PASSWORD));
    assert!(!is_found("usr/lib/python3/dist-packages/x/settings.py", PASSWORD));
    assert!(!is_found("app/node_modules/tls/test/key.pem", "{{pem:RSA PRIVATE KEY}}"));
    assert!(!is_found("usr/share/doc/openssl/key.pem", "{{pem:RSA PRIVATE KEY}}"));
    assert!(!is_found("srv/app/README.md", PASSWORD));
    // A token whose checksum is right is one wherever it lies; it may be known already.
    let token = "GITHUB_TOKEN={{github:ghp}}\n";
    assert_eq!(rules(package, token)[0].1, Confidence::Low);
    assert_eq!(rules("srv/app/tests/a.py", token)[0].1, Confidence::Medium);
    assert_eq!(rules("srv/app/a.py", token)[0].1, Confidence::High);
    assert_eq!(rules("app/node_modules/x/index.js", token)[0].1, Confidence::Medium);
    // The image's own keys are keys.
    assert!(is_found("etc/ssl/private/site.key", "{{pem:RSA PRIVATE KEY}}"));
    assert!(!is_found("etc/ssl/certs/site.pem", "{{pem:CERTIFICATE}}{{pem:PUBLIC KEY}}"));
}

/// Two rules that see the same secret give one detection, of the more telling rule.
#[test]
fn the_more_telling_rule_wins() {
    let found = rules("srv/a.ini", "password = \"{{github:ghp}}\"\n");
    assert_eq!(found, [("github-personal-token".to_owned(), Confidence::High)]);
}
