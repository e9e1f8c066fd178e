#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::build::{LabelKind, Options, dockerignore::DockerIgnore, lint};

/// Options under which every check can fire.
fn options() -> Options {
    Options {
        registries: vec![
            "docker.io/library".into(),
            "docker.io".into(),
            "registry.example.com".into(),
        ],
        labels: vec![("version".into(), LabelKind::SemVer), ("url".into(), LabelKind::Url)],
        strict_labels: true,
        enable: vec!["*".into()],
        dockerignore: Some(DockerIgnore::parse("left-out\n*.ignored\n")),
        ..Options::default()
    }
}

fn fires(check: &Check, text: &str) -> bool {
    lint("Dockerfile", text, &options())
        .findings
        .iter()
        .any(|found| found.placed.detection.rule == check.id)
}

#[test]
fn every_check_fires_on_what_fails_and_on_nothing_else() {
    let mut wrong = Vec::new();
    for check in all() {
        assert!(
            !check.fails.is_empty() && !check.passes.is_empty(),
            "{} has no examples",
            check.id
        );
        for text in check.fails.iter().filter(|text| !fires(check, text)) {
            wrong.push(format!("{} does not fire on\n{text}", check.id));
        }
        for text in check.passes.iter().filter(|text| fires(check, text)) {
            wrong.push(format!("{} fires on\n{text}", check.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_file_is_listed_once_and_documented() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/build/checks");
    let files = std::fs::read_dir(dir)
        .unwrap()
        .filter(|entry| {
            !["mod.rs", "tests.rs"]
                .contains(&entry.as_ref().unwrap().file_name().to_string_lossy().as_ref())
        })
        .count();
    assert_eq!(all().len(), files);
    let mut ids: Vec<&str> = all().iter().map(|check| check.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), files);
    for check in all() {
        assert!(
            check.id.starts_with("build-")
                && !check.title.is_empty()
                && !check.why.is_empty()
                && !check.advice.is_empty(),
            "{}",
            check.id
        );
    }
}

#[test]
fn findings_have_line_and_column() {
    let evaluated =
        lint("Dockerfile", "FROM a:1\nRUN x && \\\n  apt install y\n", &Options::default());
    let apt =
        evaluated.findings.iter().find(|f| f.placed.detection.rule == "build-apt-in-run").unwrap();
    let sighting = &apt.placed.detection.sightings[0];
    assert_eq!((sighting.line, sighting.column), (Some(3), Some(3)));
}

#[test]
fn secrets_are_not_shown() {
    let password = ["hunter", "2222"].concat();
    let text = format!(
        "FROM a:1\nENV DB_PASSWORD={password}\nARG API_TOKEN={password}\nRUN curl -u me:{password} https://x && echo root:{password} | chpasswd\nRUN export DB_PASSWORD={password}\nENV DB_PASSWORD {password}"
    );
    let evaluated = lint("Dockerfile", &text, &options());
    assert!(
        evaluated.findings.iter().filter(|f| f.placed.detection.class == "secrets").count() >= 5
    );
    for found in &evaluated.findings {
        let shown = format!("{:?}", found.placed);
        if ["secrets"].contains(&found.placed.detection.class.as_str()) {
            assert!(!shown.contains(&password), "{shown}");
        }
    }
}
