//! Secrets in build arguments.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-secret-in-arg",
    title: "ARG takes sensitive data",
    class: Class::Secrets,
    severity: Severity::Medium,
    why: "Values of build arguments stand in the history of the image and in the build's provenance: everybody who can pull it can read them.",
    advice: "Use `RUN --mount=type=secret,id=…`.",
    aliases: &[
        "DL3064",
        "DS031",
        "AVD-DS-0031",
        "CIS-DI-0010",
        "CIS 4.10",
        "SecretsUsedInArgOrEnv",
    ],
    references: &[BUILD_SECRETS, BUILD_CHECKS],
    fails: &[
        "FROM debian:12\nARG GITHUB_TOKEN",
        "FROM a:1\nARG DB_PASSWORD=hunter22",
        "ARG NPM_TOKEN\nFROM a:1",
    ],
    passes: &[
        "FROM debian:12\nRUN --mount=type=secret,id=token make",
        "FROM a:1\nARG TOKEN_URL=https://x\nARG VERSION=1",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Arg, Keyword::Run]) {
        for pair in &instruction.pairs {
            let value = pair.value.as_deref().unwrap_or_default();
            let known = plan.options.looks_secret(&pair.name, value);
            let in_history = instruction.keyword == Keyword::Run;
            if let Some(what) = known {
                let message = match in_history {
                    true => format!("the history shows the build argument {}: a {what}", pair.name),
                    false => format!("the default of ARG {} is a {what}", pair.name),
                };
                hits.at(instruction, pair.at, message).hide(value).severity(Severity::High);
            } else if secret::name_promises_secret(&pair.name) && !in_history {
                hits.at(instruction, pair.at, format!("ARG {} takes sensitive data", pair.name))
                    .confidence(Confidence::Medium);
            }
        }
    }
}
