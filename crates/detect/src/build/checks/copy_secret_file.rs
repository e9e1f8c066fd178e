//! Files that hold secrets, copied into the image.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-secret-file",
    title: "a file that holds secrets is copied into the image",
    class: Class::Secrets,
    severity: Severity::High,
    why: "Everybody who can pull the image can take it out of the layer, also when a later instruction removes it.",
    advice: "Mount it into the RUN that needs it (`--mount=type=secret`, `--mount=type=ssh`), and list it in .dockerignore.",
    aliases: &["DS031", "AVD-DS-0031", "CIS-DI-0010", "CIS 4.10", "DKL-LI-0003"],
    references: &[
        BUILD_SECRETS,
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    ],
    fails: &[
        "FROM debian:12\nCOPY .env /app/.env",
        "FROM a:1\nCOPY id_rsa /root/.ssh/id_rsa",
        "FROM a:1\nADD .git /src/.git",
        "FROM a:1\nCOPY .npmrc .aws/credentials ./",
        "FROM a:1\nCOPY certs/server.key /etc/ssl/",
    ],
    passes: &[
        "FROM debian:12\nRUN --mount=type=secret,id=env,target=/app/.env make",
        "FROM a:1\nCOPY .env.example id_rsa.pub server.crt ./\nCOPY --from=b /app/.env /x\nCOPY .gitignore ./",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        if instruction.flag("from").is_some() {
            continue;
        }
        for source in instruction.sources() {
            if let Some(what) = sensitive(&source.value) {
                hits.at(instruction, source.at, format!("{} is {what}", source.value))
                    .confidence(Confidence::Medium);
            }
        }
    }
}

/// What a file of this name is.
fn sensitive(path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let example = ["example", "sample", "template", "dist", "test", "defaults"];
    if example.iter().any(|part| lower.contains(part)) {
        return None;
    }
    let parent = path.rsplit('/').nth(1).unwrap_or_default();
    Some(match lower.as_str() {
        ".git" => "the history of the source, with everything that ever was in it",
        ".env" => "a file of settings, mostly with passwords",
        ".npmrc" | ".yarnrc" => "a file with the tokens of npm",
        ".pypirc" => "a file with the tokens of PyPI",
        ".netrc" | "_netrc" => "a file with passwords for hosts",
        ".git-credentials" => "a file with passwords for git",
        ".dockercfg" | ".dockerconfigjson" => "a file with the passwords of registries",
        "config.json" if parent == ".docker" => "a file with the passwords of registries",
        "credentials" if parent == ".aws" => "a file with keys of AWS",
        ".aws" | ".ssh" | ".gnupg" | ".kube" | ".docker" => "a folder with keys",
        "kubeconfig" => "a file with the keys of a cluster",
        ".pgpass" | ".my.cnf" => "a file with passwords of databases",
        ".htpasswd" => "a file with password hashes",
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" | "identity" => "a private key for SSH",
        _ if lower.starts_with(".env.") => "a file of settings, mostly with passwords",
        _ if [".key", ".p12", ".pfx", ".jks", ".ppk", ".keystore", ".kdbx"]
            .iter()
            .any(|ending| lower.ends_with(ending)) =>
        {
            "a file with keys"
        }
        _ if lower.ends_with("privkey.pem")
            || lower.ends_with("private.pem")
            || lower.ends_with("-key.pem") =>
        {
            "a private key"
        }
        _ if lower.ends_with(".tfstate") => "a state of Terraform, with its secrets in clear",
        _ => return None,
    })
}
