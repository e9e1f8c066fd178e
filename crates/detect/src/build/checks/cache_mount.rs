//! Builds that download everything each time.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-cache-mount",
    title: "dependencies are downloaded anew in each build",
    class: Class::Size,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    by_default: false,
    why: "A cache mount keeps downloads between builds, and out of the image.",
    advice: "Mount a cache.",
    aliases: &[
        "DL3068", "DL3069", "DL3070", "DL3071", "DL3072", "DL3073", "DL3074", "DL3075", "DL3076",
        "DL3077",
    ],
    references: &[CACHE_MOUNTS],
    fails: &["FROM node:22\nRUN npm ci", "FROM golang:1.22\nRUN go build ./..."],
    passes: &[
        "FROM node:22\nRUN --mount=type=cache,target=/root/.npm npm ci",
        "FROM golang:1.22\nRUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache go build ./...",
    ],
    run,
};

/// Programs, the words that make them download, and where they keep it.
const TOOLS: &[(&str, &[&str], &str)] = &[
    ("npm", &["install", "ci", "i"], "/root/.npm"),
    ("cargo", &["build", "install", "fetch", "test"], "/usr/local/cargo/registry"),
    ("go", &["build", "get", "install", "test", "mod"], "/go/pkg/mod"),
    (
        "mvn",
        &[
            "install",
            "compile",
            "package",
            "verify",
            "deploy",
            "dependency:resolve",
            "dependency:go-offline",
        ],
        "/root/.m2",
    ),
    ("gradle", &["build", "assemble", "dependencies"], "/root/.gradle"),
    ("composer", &["install", "update", "require"], "/root/.composer/cache"),
    ("poetry", &["install", "add"], "/root/.cache/pypoetry"),
    ("uv", &["sync", "pip"], "/root/.cache/uv"),
    ("pnpm", &["install", "add", "fetch", "i"], "/root/.local/share/pnpm/store"),
    ("dotnet", &["restore", "build", "publish"], "/root/.nuget/packages"),
    ("bundle", &["install", "update"], "/usr/local/bundle/cache"),
];

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        let mounts = plan::mounts(instruction);
        if mounts.iter().any(|mount| matches!(mount.get("type"), Some(&"cache" | &"tmpfs"))) {
            continue;
        }
        for (name, verbs, cache) in TOOLS {
            if command.is(&[name]) && verbs.contains(&command.verb()) {
                hits.command(
                    instruction,
                    command,
                    format!("{name} downloads everything anew in each build"),
                )
                .corrected(format!("RUN --mount=type=cache,target={cache} {}", command.line()));
            }
        }
    }
}
