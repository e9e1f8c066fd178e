#![allow(clippy::unwrap_used, reason = "tests")]

use plimsoll_model::Severity;
use proptest::prelude::*;

use super::*;

fn rules(evaluated: &Evaluated) -> Vec<(&str, bool)> {
    evaluated
        .findings
        .iter()
        .map(|found| (found.placed.detection.rule.as_str(), found.suppressed.is_some()))
        .collect()
}

fn suppressed(text: &str, rule: &str) -> Vec<Option<String>> {
    lint("Dockerfile", text, &Options::default())
        .findings
        .iter()
        .filter(|found| found.placed.detection.rule == rule)
        .map(|found| found.suppressed.as_ref().map(Suppressed::reason))
        .collect()
}

#[test]
fn ignore_comments_of_all_tools() {
    let none: Option<String> = None;
    for (comment, reason) in [
        ("# hadolint ignore=DL3004,SC1000 # needed here", Some("needed here")),
        ("# hadolint ignore=DL3004", Some("an ignore comment of hadolint")),
        ("#trivy:ignore:AVD-DS-0010", Some("an ignore comment of Trivy")),
        ("# trivy:ignore:DS010 - a reason", Some("a reason")),
        ("# plimsoll ignore=build-sudo we know", Some("we know")),
        ("# hadolint ignore=DL3000", None),
        ("# plimsoll ignore=build-add we know", None),
    ] {
        let text = format!("FROM a:1\n{comment}\nRUN sudo x\nRUN sudo y");
        let found = suppressed(&text, "build-sudo");
        let expected = reason.map(|reason| format!("line 2: {reason}"));
        assert_eq!(found, [expected, none.clone()], "{comment}");
    }
    for text in [
        "# check=skip=MaintainerDeprecated\nFROM a:1\nMAINTAINER x",
        "# syntax=x\n# check=error=true;skip=all\nFROM a:1\nMAINTAINER x",
        "# hadolint global ignore=DL4000 # old\nFROM a:1\nMAINTAINER x",
        "# plimsoll global ignore=build-maintainer old\nFROM a:1\nMAINTAINER x",
    ] {
        assert!(matches!(suppressed(text, "build-maintainer").as_slice(), [Some(_)]), "{text}");
    }
    // Of several managers only the one that is named.
    let text = "FROM a:1\n# hadolint ignore=DL3018\nRUN apk add x && apt-get install -y y";
    assert_eq!(
        suppressed(text, "build-package-unpinned"),
        [Some("line 2: an ignore comment of hadolint".into()), None]
    );
    // In a block of comments, not across an empty line.
    assert!(
        suppressed("FROM a:1\n# hadolint ignore=DL3004\n# more\nRUN sudo x", "build-sudo")[0]
            .is_some()
    );
    assert!(
        suppressed("FROM a:1\n# hadolint ignore=DL3004\n\nRUN sudo x", "build-sudo")[0].is_none()
    );
    assert!(
        suppressed(
            "FROM a:1\nRUN a && \\\n # plimsoll ignore=build-sudo why\n sudo x",
            "build-sudo"
        )[0]
        .is_some()
    );
}

fn entry(created_by: &str, layer: Option<u32>) -> HistoryEntry {
    HistoryEntry {
        created_by: created_by.into(),
        layer,
        empty_layer: layer.is_none(),
        ..HistoryEntry::default()
    }
}

#[test]
fn an_image_without_its_dockerfile() {
    let history = [
        entry("/bin/sh -c #(nop) ADD file:0123 in / ", Some(0)),
        entry("/bin/sh -c #(nop)  CMD [\"bash\"]", None),
        entry("/bin/sh -c #(nop)  MAINTAINER jane", None),
        entry("ENV NODE_TLS_REJECT_UNAUTHORIZED=0", None),
        entry("RUN /bin/sh -c apt install -y curl # buildkit", Some(1)),
        entry("ADD app /app # buildkit", Some(2)),
        entry("USER root", None),
    ];
    let config = ImageConfig { user: "root".into(), ..ImageConfig::default() };
    let evaluated = evaluate_history(&config, &history, &Options::default());
    let found = rules(&evaluated);
    for rule in [
        "build-maintainer",
        "build-tls-verification-off",
        "build-apt-in-run",
        "build-add",
        "build-user-root",
    ] {
        assert!(found.contains(&(rule, false)), "{rule}: {found:?}");
    }
    let apt =
        evaluated.findings.iter().find(|f| f.placed.detection.rule == "build-apt-in-run").unwrap();
    assert_eq!(apt.placed.layer, Some(1));
    assert_eq!(apt.placed.config_field.as_deref(), Some("history[4]"));
    assert_eq!(apt.placed.path, None);
    assert_eq!(apt.placed.detection.sightings[0].text, "RUN apt install -y curl");
    assert!(!found.iter().any(|(rule, _)| *rule == "build-user-missing"));
}

#[test]
fn instructions_of_the_base_image_do_not_count() {
    let mut first = entry("RUN /bin/sh -c apt update # buildkit", Some(0));
    first.created = Some("2024-01-01T00:00:00Z".into());
    let mut own = entry("/bin/sh -c apt list", Some(1));
    own.comment = Some("FROM docker.io/library/x:1".into());
    let evaluated = evaluate_history(&ImageConfig::default(), &[first, own], &Options::default());
    let apt: Vec<bool> = rules(&evaluated)
        .iter()
        .filter(|(rule, _)| *rule == "build-apt-in-run")
        .map(|(_, s)| *s)
        .collect();
    assert_eq!(apt, [true, false]);
}

#[test]
fn no_user_is_told_of_images_and_of_dockerfiles() {
    let evaluated = evaluate_history(&ImageConfig::default(), &[], &Options::default());
    assert!(rules(&evaluated).contains(&("build-user-missing", false)));
    let found = lint("Dockerfile", "FROM scratch\nCOPY a /a", &Options::default());
    let user =
        found.findings.iter().find(|f| f.placed.detection.rule == "build-user-missing").unwrap();
    assert_eq!(user.placed.detection.severity, Severity::Medium);
}

#[test]
fn what_cannot_be_decided_is_said() {
    let evaluated = lint("Dockerfile", "FROM a:1\nRUN if then", &Options::default());
    assert_eq!(evaluated.problems.len(), 1);
    assert_eq!(evaluated.problems[0].kind, ProblemKind::CannotTell);
    assert!(evaluated.problems[0].message.starts_with("line 2: "), "{:?}", evaluated.problems);
    let evaluated = lint(
        "Dockerfile",
        "FROM a:1\nRUN <<EOF\n#!/usr/bin/env python3\nx = (\nEOF",
        &Options::default(),
    );
    assert!(evaluated.problems.is_empty());
}

#[test]
fn a_secret_engine_is_asked() {
    let engine =
        |_: &str, value: &str| value.contains("engine").then(|| "token of the engine".to_owned());
    let options = Options { secrets: Some(Arc::new(engine)), ..Options::default() };
    let evaluated = lint("Dockerfile", "FROM a:1\nENV A=engine-1234", &options);
    let found = evaluated
        .findings
        .iter()
        .find(|f| f.placed.detection.rule == "build-secret-in-env")
        .unwrap();
    assert!(found.placed.detection.title.contains("token of the engine"));
    assert!(!format!("{:?}", found.placed).contains("engine-1234"));
}

#[test]
fn heredocs_are_judged() {
    let evaluated = lint(
        "Dockerfile",
        "FROM a:1\nRUN <<EOF\napt update\ncurl -k https://x\nEOF\n",
        &Options::default(),
    );
    let found = evaluated
        .findings
        .iter()
        .find(|f| f.placed.detection.rule == "build-tls-verification-off")
        .unwrap();
    assert_eq!(found.placed.detection.sightings[0].line, Some(4));
}

proptest! {
    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = lint("Dockerfile", &text, &Options { enable: vec!["*".into()], ..Options::default() });
        let _ = evaluate_history(&ImageConfig::default(), &[entry(&text, None)], &Options::default());
    }

    #[test]
    fn anything_like_a_dockerfile_is_judged(
        lines in proptest::collection::vec(
            "(FROM|RUN|COPY|ADD|ENV|ARG|CMD|USER|EXPOSE|LABEL|VOLUME|WORKDIR|ONBUILD RUN|HEALTHCHECK CMD|SHELL|# hadolint ignore=|)( (apt-get|install|curl|-k|--from=a|AS|a|b:1|\\$x|\\$\\{A:-b\\}|\"|'|\\[|\\]|,|=|/|\\||&&|;|<<E|\\\\|ü|0:0|80/TCP)){0,8}", 0..10)
    ) {
        let text = lines.join("\n");
        for found in lint("Dockerfile", &text, &Options { enable: vec!["*".into()], ..Options::default() }).findings {
            for edit in &found.edits {
                prop_assert!(edit.start <= edit.end && edit.end <= text.len());
            }
        }
        let history: Vec<HistoryEntry> = lines.iter().map(|line| entry(line, None)).collect();
        let _ = evaluate_history(&ImageConfig::default(), &history, &Options::default());
    }
}
