//! System packages without a version.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-package-unpinned",
    title: "packages are installed without a version",
    class: Class::Pinning,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "Another day's build installs other versions. Distributions that withdraw old versions make the opposite a nuisance: there, pin the base image instead.",
    advice: "Name the version, or pin the base image by digest and rebuild regularly.",
    aliases: &["DL3008", "DL3018", "DL3033", "DL3037", "DL3041"],
    references: &[PRACTICES],
    fails: &[
        "FROM debian:12\nRUN apt-get install -y curl",
        "FROM alpine:3.20\nRUN apk add --no-cache curl",
        "FROM a:1\nRUN yum install -y curl",
        "FROM a:1\nRUN dnf install -y curl",
        "FROM a:1\nRUN zypper in -y curl",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get install -y curl=7.88.1-10",
        "FROM a:1\nRUN apk add curl=8.5.0-r0 'x<2' y~3 --virtual .deps",
        "FROM a:1\nRUN yum install -y curl-7.29.0 /tmp/x.rpm https://x/y.rpm\nRUN dnf install -y $PACKAGES @group",
        "FROM a:1\nRUN zypper in -y curl=8 ./x.rpm\nRUN apt-get install -y ./x.deb",
    ],
    run,
    ..Check::BASE
};

/// A manager, whether it counts a package as pinned, and hadolint's id for it.
type Kind = (Manager, fn(&str) -> bool, &'static [&'static str]);

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        let kinds: [Kind; 5] = [
            (APT, |p| p.contains('=') || p.ends_with(".deb"), &["DL3008"]),
            (
                APK,
                |p| {
                    p.contains(['=', '<', '>', '~', '@'])
                        || p.ends_with(".apk")
                        || p.starts_with(['.', '!'])
                },
                &["DL3018"],
            ),
            (YUM, is_rpm_pinned, &["DL3033"]),
            (DNF, is_rpm_pinned, &["DL3041"]),
            (
                ZYPPER,
                |p| p.contains(['=', '<', '>']) || p.ends_with(".rpm") || p.contains("://"),
                &["DL3037"],
            ),
        ];
        for (manager, is_pinned, aliases) in kinds {
            let Some(packages) = manager.installs(command) else { continue };
            let open: Vec<&str> = packages
                .iter()
                .filter(|arg| {
                    arg.is_literal
                        && !arg.value.contains('$')
                        && !arg.value.starts_with('/')
                        && !is_pinned(&arg.value)
                })
                .map(|arg| arg.value.as_str())
                .collect();
            if open.is_empty() {
                continue;
            }
            let shown = listed(&open);
            hits.command(instruction, command, format!("no version is named for {shown}"))
                .aliases(aliases);
        }
    }
}

/// A few of them, and how many more there are.
pub(super) fn listed(names: &[&str]) -> String {
    let first = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0..=5 => first,
        more => format!("{first} and {} more", more - 5),
    }
}

/// `name-1.2`, a file, an address, a group.
fn is_rpm_pinned(package: &str) -> bool {
    let has_version =
        package.split('-').skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    has_version
        || package.ends_with(".rpm")
        || package.contains("://")
        || package.starts_with('@')
        || package.contains('=')
}
