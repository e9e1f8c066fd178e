//! Packages whose signatures nobody verifies.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-package-verification-off",
    title: "signatures of packages are not verified",
    class: Class::Verification,
    severity: Severity::High,
    why: "Whoever controls a mirror, or the connection to it, decides what is installed.",
    advice: "Remove the option, and install the key that signs the repository.",
    aliases: &["CIS-DI-0011", "CIS 4.11"],
    references: &[
        "https://wiki.debian.org/SecureApt",
        "https://cwe.mitre.org/data/definitions/347.html",
    ],
    fails: &[
        "FROM debian:12\nRUN apt-get install -y --allow-unauthenticated curl",
        "FROM alpine:3.20\nRUN apk add --allow-untrusted x.apk",
        "FROM centos:7\nRUN yum install -y --nogpgcheck curl",
        "FROM a:1\nRUN dnf install -y --setopt=gpgcheck=0 x",
        "FROM a:1\nRUN rpm -i --nosignature x.rpm",
        "FROM a:1\nRUN zypper --no-gpg-checks -n in x",
        "FROM a:1\nRUN apt-get update -o Acquire::AllowInsecureRepositories=true",
        "FROM a:1\nRUN echo 'deb [trusted=yes] http://example.com/ x main' > /etc/apt/sources.list.d/x.list",
        "FROM a:1\nRUN pacman -U --noconfirm x --overwrite y && pacman --sign SigLevel=Never",
        "FROM a:1\nRUN apt-get install -y --force-yes x",
        "FROM a:1\nRUN gem install -P NoSecurity x:1",
        "FROM a:1\nENV GONOSUMCHECK=1 GONOSUMDB=* GOFLAGS=-insecure",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get install -y curl",
        "FROM a:1\nRUN rpm -i x.rpm && apk add --no-cache x && echo --nogpgcheck",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Env]) {
        for pair in &instruction.pairs {
            let value = pair.value.as_deref().unwrap_or_default();
            if (pair.name == "GOFLAGS" && value.contains("-insecure"))
                || (pair.name == "GOSUMDB" && value == "off")
            {
                hits.at(
                    instruction,
                    pair.at,
                    format!("{} switches the verification of modules off", pair.name),
                );
            }
        }
    }
    for (instruction, command) in plan.commands() {
        if let Some(what) = off(command) {
            hits.command(
                instruction,
                command,
                format!("{what} switches the verification of packages off"),
            );
        }
    }
}

fn off(command: &Command) -> Option<String> {
    let has = |name: &str| {
        command
            .args
            .iter()
            .any(|arg| arg.value == name || arg.value.starts_with(&format!("{name}=")))
    };
    let text =
        |part: &str| command.args.iter().any(|arg| arg.value.to_ascii_lowercase().contains(part));
    let named = match command.base_name() {
        "apt-get" | "apt" | "aptitude" => [
            "--allow-unauthenticated",
            "--force-yes",
            "--allow-insecure-repositories",
            "--no-gpg-check",
        ]
        .into_iter()
        .find(|o| has(o)),
        "apk" => ["--allow-untrusted"].into_iter().find(|o| has(o)),
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" => {
            ["--nogpgcheck", "--nogpgcheck", "--no-gpgchecks"].into_iter().find(|o| has(o))
        }
        "rpm" => ["--nosignature", "--nodigest", "--nosigcheck", "--noverify"]
            .into_iter()
            .find(|o| has(o)),
        "zypper" => ["--no-gpg-checks", "--gpg-auto-import-keys-no-check", "--allow-unsigned-rpm"]
            .into_iter()
            .find(|o| has(o)),
        "gem" if command.has("NoSecurity") => Some("-P NoSecurity"),
        "pacman" if text("siglevel=never") => Some("SigLevel=Never"),
        _ => None,
    };
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    match command.base_name() {
        "apt-get" | "apt" => {
            let settings = [
                "acquire::allowinsecurerepositories=true",
                "acquire::allowinsecurerepositories=1",
                "apt::get::allowunauthenticated=true",
                "apt::get::allowunauthenticated=1",
                "acquire::allowdowngradetoinsecurerepositories=true",
            ];
            settings.into_iter().find(|setting| text(setting)).map(str::to_owned)
        }
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" | "yum-config-manager"
            if text("gpgcheck=0") || text("gpgcheck=false") =>
        {
            Some("gpgcheck=0".to_owned())
        }
        "echo" | "printf" => {
            let writes = command.redirects.iter().any(|r| {
                r.writes
                    && (r.target.contains("sources.list")
                        || r.target.contains("yum.repos.d")
                        || r.target.contains("apt.conf"))
            });
            let piped = command.pipeline_length > 1;
            let shown = ["trusted=yes", "gpgcheck=0", "allowunauthenticated \"true\""]
                .into_iter()
                .find(|part| text(part));
            shown.filter(|_| writes || piped).map(str::to_owned)
        }
        _ => None,
    }
}
