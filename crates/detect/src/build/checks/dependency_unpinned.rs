//! Language packages without a version.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-dependency-unpinned",
    title: "language packages are installed without a version",
    class: Class::Pinning,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "Whatever was published last gets into the image, also what an attacker published an hour ago.",
    advice: "Name the version, or install from a lock file.",
    aliases: &["DL3013", "DL3016", "DL3028", "DL3062"],
    references: &[PRACTICES],
    fails: &[
        "FROM python:3.12\nRUN pip install flask",
        "FROM node:22\nRUN npm install -g express",
        "FROM ruby:3.3\nRUN gem install bundler",
        "FROM golang:1.22\nRUN go install example.com/x/y@latest",
        "FROM a:1\nRUN pip install flask>=2",
    ],
    passes: &[
        "FROM python:3.12\nRUN pip install flask==3.0.3",
        "FROM a:1\nRUN pip install -r requirements.txt && pip install . && pip install -e .[dev] && pip install x.whl git+https://x/y@abc /wheels/*",
        "FROM a:1\nRUN npm install && npm ci && npm install express@4.18 ./x git+https://x/y",
        "FROM a:1\nRUN gem install bundler:2.5 && gem install x -v 1 && go install example.com/x/y@v1.2.3 && go install ./cmd/x",
        "FROM a:1\nRUN pip install $PACKAGES 'flask~=3.0.1' --upgrade pip==24",
        "FROM a:1\nRUN pip install --constraint c.txt flask",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        let (packages, is_pinned, aliases): (_, fn(&str) -> bool, &'static [&'static str]) =
            if let Some(packages) = PIP.installs(command) {
                if command.has_option(&["c", "constraint", "r", "requirement", "require-hashes"]) {
                    continue;
                }
                (packages, is_pip_pinned, &["DL3013"])
            } else if let Some(packages) = NPM.installs(command) {
                (packages, is_npm_pinned, &["DL3016"])
            } else if let Some(packages) = GEM.installs(command) {
                if command.has_option(&["v", "version", "g", "file"]) {
                    continue;
                }
                (packages, |p| p.contains(':') || p.ends_with(".gem"), &["DL3028"])
            } else if let Some(packages) = GO.installs(command) {
                (packages, is_go_pinned, &["DL3062"])
            } else {
                continue;
            };
        let open: Vec<&str> = packages
            .iter()
            .filter(|arg| arg.is_literal && !arg.value.contains('$') && !is_pinned(&arg.value))
            .map(|arg| arg.value.as_str())
            .collect();
        if !open.is_empty() {
            let shown = package_unpinned::listed(&open);
            hits.command(instruction, command, format!("no version is named for {shown}"))
                .aliases(aliases);
        }
    }
}

fn is_path(package: &str) -> bool {
    package.starts_with(['.', '/', '~']) || package.contains("://") || package.contains('\\')
}

fn is_pip_pinned(package: &str) -> bool {
    let is_exact = ["==", "~=", "@"].iter().any(|sign| package.contains(sign));
    is_exact
        || is_path(package)
        || package.contains('/')
        || package.ends_with(".whl")
        || package.ends_with(".tar.gz")
        || package.ends_with(".zip")
}

fn is_npm_pinned(package: &str) -> bool {
    let name = package.strip_prefix('@').unwrap_or(package);
    let version = name.split_once('@').map(|(_, version)| version);
    is_path(package)
        || version.is_some_and(|version| !matches!(version, "latest" | "next" | "*" | ""))
        || package.ends_with(".tgz")
        || package.ends_with(".tar.gz")
        || package.starts_with("git")
        || package.starts_with("file:")
        // user/repository#commit
        || (!package.starts_with('@') && package.contains('/'))
}

fn is_go_pinned(package: &str) -> bool {
    let is_local = package.starts_with('.')
        || package.starts_with('/')
        || !package.contains('.')
        || package == "all";
    is_local
        || package
            .split_once('@')
            .is_some_and(|(_, version)| version != "latest" && !version.is_empty())
}
