//! Images that run as root because nothing says otherwise.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-user-missing",
    title: "no USER: the container runs as root",
    class: Class::Security,
    severity: Severity::Medium,
    why: "Whoever takes over the application is root in the container, and one flaw of the kernel or the runtime away from root on the node.",
    advice: "Add an account and switch to it, at best by number: `RUN useradd --no-log-init -r -u 10001 app`, then `USER 10001`.",
    aliases: &["DS002", "AVD-DS-0002", "CIS-DI-0001", "CIS 4.1"],
    references: &[
        "https://docs.docker.com/build/building/best-practices/#user",
        "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    ],
    fails: &["FROM debian:12\nCMD [\"app\"]", "FROM a:1 AS x\nUSER 1000\nFROM b:1\nCMD [\"app\"]"],
    passes: &[
        "FROM debian:12\nUSER 10001\nCMD [\"app\"]",
        "FROM a:1 AS base\nUSER 1000\nFROM base\nCMD [\"app\"]",
        "FROM gcr.io/distroless/static:nonroot\nCOPY a /a",
        "FROM cgr.dev/chainguard/static:1\nCOPY a /a",
        "FROM a:1\nUSER root",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    match plan.config {
        Some(config) => {
            if config.user.is_empty() && !is_windows(plan) {
                hits.whole("no USER is set: the container runs as root");
            }
        }
        None => {
            let Some(last) = plan.last_stage() else { return };
            if plan.last_in(last, Keyword::User).is_some() {
                return;
            }
            let image = plan.root_image(last).unwrap_or_default();
            if runs_as_user(image) || is_windows(plan) {
                return;
            }
            let Some(from) =
                plan.stages.get(last).and_then(|stage| plan.instructions.get(stage.from))
            else {
                return;
            };
            let hit = hits.on(from, "");
            // The base image may set a user of its own.
            if image != "scratch" {
                hit.confidence(Confidence::Medium);
            }
        }
    }
}

/// Base images that are known to set a user.
fn runs_as_user(image: &str) -> bool {
    image.contains(":nonroot")
        || image.ends_with("-nonroot")
        || image.contains("unprivileged")
        || image.starts_with("cgr.dev/chainguard/")
        || image.starts_with("docker.io/bitnami/")
        || image.starts_with("bitnami/")
}

/// Windows has no root.
fn is_windows(plan: &Plan<'_>) -> bool {
    plan.last_stage()
        .and_then(|last| plan.root_image(last))
        .is_some_and(|image| image.starts_with("mcr.microsoft.com/windows"))
        || plan.config.is_some_and(|config| {
            config
                .shell
                .first()
                .is_some_and(|shell| shell.contains("cmd") || shell.contains("powershell"))
                || config.working_dir.contains(":\\")
        })
}
