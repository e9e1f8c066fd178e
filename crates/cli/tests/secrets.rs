//! Credentials in images, as a user of the program meets them. The credentials are made up here, from parts: none is
//! in these sources.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::{fs, path::PathBuf, process::Output};

use plimsoll_detect::secrets::examples::expand;
use plimsoll_testkit::image;
use serde_json::Value;
use support::plimsoll;
use tempfile::TempDir;

struct World {
    folder: TempDir,
    keys: Vec<String>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl World {
    /// An image with one key in a live file, one in a file that a later layer deletes, one in the environment, and one
    /// in a build argument.
    fn new() -> Self {
        let key = |seed: &str| text(&expand("{{=AKIA}}{{base32:16}}", seed).unwrap());
        let keys: Vec<String> = ["live", "deleted", "env", "argument"].map(key).to_vec();
        let ours = text(&expand("ours_{{alnum:24}}", "ours").unwrap());
        let [live, deleted, env, argument] = &keys[..] else { panic!() };
        let fixture = format!(
            "
            === config
            {{\"config\": {{\"Env\": [\"PATH=/bin\", \"AWS_ACCESS_KEY_ID={env}\"]}}}}
            === layer created-by=\"COPY . /srv # buildkit\"
            //- /etc/os-release
            ID=alpine
            VERSION_ID=3.10.9
            //- /srv/.env
            # settings
            AWS_ACCESS_KEY_ID={live}
            X={ours}
            //- /srv/old.ini
            aws_access_key_id = {deleted}
            === layer created-by=\"|1 KEY={argument} /bin/sh -c apt update\"
            //- /srv/.wh.old.ini
            "
        );
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("image.tar"), image(&fixture).docker_archive()).unwrap();
        Self { folder, keys }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        plimsoll(self.folder.path(), args.iter().copied())
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.run(&[&["scan", "--format", "json", "image.tar"], args].concat());
        serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", text(&out.stdout), text(&out.stderr)))
    }
}

fn secrets(report: &Value) -> Vec<&Value> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["kind"] == "sensitive-file").collect()
}

fn found(report: &Value, test: impl Fn(&Value) -> bool) -> &Value {
    let all = secrets(report);
    all.iter().find(|finding| test(finding)).unwrap_or_else(|| panic!("not among {all:#?}"))
}

#[test]
fn keys_are_found_in_files_deleted_files_and_the_configuration() {
    let world = World::new();
    let report = world.json(&[]);
    let live = found(&report, |f| f["path"] == "srv/.env" && f["id"] == "aws-access-key");
    assert_eq!(live["severity"], "critical");
    assert_eq!(live["urgency"]["level"], "fix-now");
    assert_eq!(live["layer"]["index"], 0);
    assert_eq!(live["evidence"][0]["line"], 2);
    assert_eq!(live["detection"]["class"], "cloud");
    assert_eq!(live["detection"]["file"]["md5"].as_str().unwrap().len(), 32);
    assert!(live["detection"].get("hidden_by").is_none());
    let deleted = found(&report, |f| f["path"] == "srv/old.ini");
    assert_eq!(deleted["detection"]["hidden_by"], 1);
    assert!(deleted["fix"]["advice"].as_str().unwrap().contains("pull it out of layer 0"));
    let env = found(&report, |f| f["detection"]["config_field"] == "Env");
    assert!(env.get("path").is_none());
    found(&report, |f| {
        f["detection"]["config_field"].as_str().is_some_and(|field| field.starts_with("history"))
    });
}

#[test]
fn no_output_shows_a_key() {
    let world = World::new();
    for format in ["table", "json", "sarif", "markdown"] {
        let out = world.run(&["scan", "--format", format, "--show-suppressed", "image.tar"]);
        let shown = text(&out.stdout) + &text(&out.stderr);
        assert!(shown.contains("aws-access-key"), "{format}: {shown}");
        for key in &world.keys {
            assert!(!shown.contains(key), "{format} shows {key}: {shown}");
            assert!(!shown.contains(&key[6..16]), "{format} shows the middle of {key}");
        }
    }
}

#[test]
fn gates_and_allow_lists_know_secrets() {
    let world = World::new();
    let code = |args: &[&str]| world.run(&[&["scan", "image.tar"], args].concat()).status.code();
    assert_eq!(code(&["--fail-on", "secret"]), Some(1));
    assert_eq!(code(&["--fail-on", "secret", "--scanners", "vuln"]), Some(0));
    let report = world.json(&[]);
    let rules: Vec<String> = secrets(&report)
        .iter()
        .map(|f| {
            format!(
                "  - {{fingerprint: {}, reason: made up}}\n",
                f["detection"]["fingerprint"].as_str().unwrap()
            )
        })
        .collect();
    fs::write(world.path(".plimsoll.yml"), format!("ignore:\n{}", rules.concat())).unwrap();
    assert_eq!(code(&["--fail-on", "secret"]), Some(0));
    let report = world.json(&[]);
    let all = secrets(&report);
    assert!(!all.is_empty() && all.iter().all(|f| f["suppression"]["reason"] == "made up"));
}

#[test]
fn a_scan_for_vulnerabilities_alone_says_that_it_looked_for_nothing_else() {
    let world = World::new();
    let report = world.json(&["--scanners", "vuln"]);
    assert!(secrets(&report).is_empty());
    let kinds: Vec<&str> =
        report["looked_for"].as_array().unwrap().iter().map(|k| k.as_str().unwrap()).collect();
    assert_eq!(kinds, ["system-vulnerability", "application-vulnerability"]);
    let table = text(&world.run(&["scan", "--scanners", "vuln", "image.tar"]).stdout);
    assert!(table.contains("not looked for: "), "{table}");
    assert_eq!(world.run(&["scan", "--scanners", "nothing", "image.tar"]).status.code(), Some(2));
}

#[test]
fn rules_of_gitleaks_are_read_beside_the_built_in_ones() {
    let world = World::new();
    let rules = "title = \"ours\"\n[[rules]]\nid = \"our-token\"\ndescription = \"Our token\"\n\
                 regex = '''ours_[A-Za-z0-9]{24}'''\n[[rules]]\nid = \"broken\"\nregex = '''('''\n";
    fs::write(world.path("ours.toml"), rules).unwrap();
    let out = world.run(&["scan", "--format", "json", "--secret-rules", "ours.toml", "image.tar"]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    found(&report, |f| f["id"] == "our-token" && f["path"] == "srv/.env");
    found(&report, |f| f["id"] == "aws-access-key");
    assert!(text(&out.stderr).contains("broken"), "{}", text(&out.stderr));
    let missing = world.run(&["scan", "--secret-rules", "missing.toml", "image.tar"]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn rules_are_listed_shown_and_tested() {
    let world = World::new();
    let list = world.run(&["rules", "list", "--scanner", "secret", "--format", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert!(list.as_array().unwrap().len() >= 350, "{}", list.as_array().unwrap().len());
    let show = text(&world.run(&["rules", "show", "aws-access-key"]).stdout);
    assert!(show.contains("Deactivate the key"), "{show}");
    let unknown = world.run(&["rules", "show", "aws-acces-key"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("did you mean aws-access-key"));

    fs::write(world.path("settings"), format!("a = 1\naws_access_key_id = {}\n", world.keys[0]))
        .unwrap();
    let tested = world.run(&["rules", "test", "settings"]);
    assert_eq!(tested.status.code(), Some(1));
    assert!(
        text(&tested.stdout).starts_with("settings:2: aws-access-key: "),
        "{}",
        text(&tested.stdout)
    );
    let own = "vendor: ours\nrules:\n  - id: ours-token\n    title: Our token\n    category: saas\n    severity: high\n\
               \x20   description: It is ours.\n    advice: Revoke it.\n    keywords: [ours_]\n    pattern: 'ours_([a-z]{8})'\n\
               \x20   examples: ['ours_{{lower:8}}', 'never']\n    counterexamples: ['ours_']\n";
    fs::write(world.path("ours.yml"), own).unwrap();
    let tested = world.run(&["rules", "test", "--secret-rules", "ours.yml"]);
    assert_eq!(tested.status.code(), Some(1));
    assert!(
        text(&tested.stdout).contains("does not find its example 2"),
        "{}",
        text(&tested.stdout)
    );
}

/// A check of settings asks for keys, too; it speaks where nobody looked for secrets.
#[test]
fn a_private_key_is_reported_once() {
    let world = World::new();
    let key = text(&expand("{{pem:PRIVATE KEY}}", "tls").unwrap());
    let layer = plimsoll_testkit::Layer::of([
        plimsoll_testkit::Entry::file("etc/os-release", "ID=alpine\nVERSION_ID=3.10.9\n"),
        plimsoll_testkit::Entry::file("etc/ssl/private/site.key", key),
    ]);
    let image = plimsoll_testkit::ImageFixture::parse("").layer(layer).build();
    fs::write(world.path("image.tar"), image.docker_archive()).unwrap();
    for (scanners, id) in [
        ("secret,baseline", "private-key-pkcs8"),
        ("secret", "private-key-pkcs8"),
        ("baseline", "baseline-key-tls"),
    ] {
        let report = world.json(&["--scanners", scanners]);
        let findings = report["findings"].as_array().unwrap();
        let of_key: Vec<&Value> =
            findings.iter().filter(|f| f["path"] == "etc/ssl/private/site.key").collect();
        assert_eq!(of_key.len(), 1, "{scanners}: {of_key:#?}");
        assert_eq!(of_key[0]["id"], id, "{scanners}");
    }
}

/// An old system and old advisories mean nothing to who asks for secrets alone.
#[test]
fn the_verdict_speaks_of_what_was_looked_for() {
    let world = World::new();
    let first = |scanners: &str| {
        let out = world.run(&["scan", "--scanners", scanners, "image.tar"]);
        text(&out.stdout).lines().next().unwrap().to_owned()
    };
    assert!(first("vuln,secret").contains("END OF LIFE"), "{}", first("vuln,secret"));
    assert!(!first("secret").contains("END OF LIFE"), "{}", first("secret"));
}
