//! Secrets in `ENV` and `LABEL`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-secret-in-env",
    title: "ENV holds sensitive data",
    class: Class::Secrets,
    severity: Severity::High,
    why: "The value stands in the configuration of the image: everybody who can pull it can read it, and every process of the container inherits it.",
    advice: "Give the value when the container starts, or mount it as a secret. A value that was published is no longer secret: change it.",
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
        "FROM debian:12\nENV DB_PASSWORD=hunter22",
        "FROM a:1\nENV A=1 API_KEY=abcdef123",
        "FROM a:1\nENV URL=postgres://u:hunter22@db/x",
        "FROM a:1\nARG TOKEN\nENV GITHUB_TOKEN=$TOKEN",
    ],
    passes: &[
        "FROM debian:12\nENV DB_PASSWORD_FILE=/run/secrets/db",
        "FROM a:1\nENV DB_PASSWORD=\"\" TOKEN=changeme TOKENIZERS_PARALLELISM=false GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Env, Keyword::Label]) {
        for pair in &instruction.pairs {
            let value = pair.value.as_deref().unwrap_or_default();
            if let Some(what) = plan.options.looks_secret(&pair.name, value) {
                let message =
                    format!("{} {} holds a {what}", instruction.keyword.name(), pair.name);
                let is_sure = secret::value_is_secret(value).is_some();
                let hit = hits.at(instruction, pair.at, message);
                hit.hide(value);
                if !is_sure {
                    hit.confidence(Confidence::Medium);
                }
            } else if instruction.keyword == Keyword::Env
                && secret::name_promises_secret(&pair.name)
                && from_argument(plan, instruction, value)
            {
                let message = format!(
                    "ENV {} takes a build argument, which makes it part of the image",
                    pair.name
                );
                hits.at(instruction, pair.at, message).confidence(Confidence::Medium);
            }
        }
    }
}

/// Whether a value is that of an `ARG` of the stage.
fn from_argument(plan: &Plan<'_>, instruction: &Instruction, value: &str) -> bool {
    let uses = variables::uses(value);
    let Some(stage) = instruction.stage.filter(|_| !uses.is_empty()) else { return false };
    plan.in_stage(stage)
        .take_while(|i| i.index < instruction.index)
        .filter(|i| i.keyword == Keyword::Arg)
        .flat_map(|i| &i.pairs)
        .any(|pair| uses.iter().any(|used| used.name == pair.name))
}
