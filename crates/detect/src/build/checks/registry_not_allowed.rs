//! Base images from elsewhere than the caller allows.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-registry-not-allowed",
    title: "the base image comes from a registry that is not allowed",
    class: Class::Security,
    severity: Severity::High,
    judges: Judges::Dockerfiles,
    why: "What a base image holds, the image holds. Only registries that somebody answers for should provide it.",
    advice: "Take the image from an allowed registry (--trusted-registry).",
    aliases: &["DL3026", "CIS 4.2"],
    references: &[PRACTICES],
    fails: &["FROM evil.example/debian:12"],
    passes: &[
        "FROM registry.example.com/debian:12",
        "FROM scratch",
        "FROM registry.example.com/a:1 AS b\nFROM b",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let allowed = &plan.options.registries;
    if allowed.is_empty() {
        return;
    }
    for (stage, from) in stages(plan) {
        let image = image_of(stage);
        if stage.parent.is_some() || image.is_empty() || image == "scratch" {
            continue;
        }
        let first = image.split('/').next().unwrap_or(image);
        let is_host = image.contains('/') && (first.contains(['.', ':']) || first == "localhost");
        let registry = if is_host { first } else { "docker.io" };
        let is_hub = |name: &str| {
            matches!(
                name,
                "docker.io" | "index.docker.io" | "hub.docker.com" | "registry-1.docker.io"
            )
        };
        let is_allowed = allowed.iter().any(|allowed| {
            allowed == "*"
                || allowed == registry
                || (is_hub(allowed) && is_hub(registry))
                || allowed
                    .strip_prefix("*.")
                    .is_some_and(|domain| registry.ends_with(&format!(".{domain}")))
                || (allowed.contains('/')
                    && image.starts_with(&format!("{}/", allowed.trim_end_matches(['*', '/']))))
        });
        if !is_allowed {
            let at = from.words.first().map_or(from.start(), |word| word.at);
            hits.at(from, at, format!("{image} comes from {registry}, which is not allowed"));
        }
    }
}
