//! Folders of the system as volumes or working directories.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-system-directory",
    title: "a folder of the system is a volume or the working directory",
    class: Class::Security,
    severity: Severity::High,
    why: "A volume over /etc, /dev or /proc shares with the node, or with other containers, what keeps them apart.",
    advice: "Use a folder of the application.",
    aliases: &["DS030", "AVD-DS-0030", "DKL-DI-0002"],
    references: &["https://docs.docker.com/reference/dockerfile/#volume"],
    fails: &[
        "FROM debian:12\nVOLUME /etc",
        "FROM a:1\nVOLUME [\"/data\", \"/proc\"]",
        "FROM a:1\nWORKDIR /proc/self/fd",
        "FROM a:1\nVOLUME /usr /x",
    ],
    passes: &[
        "FROM debian:12\nVOLUME /data",
        "FROM a:1\nWORKDIR /usr/src/app\nVOLUME /var/lib/mysql /etc/app",
    ],
    run,
    ..Check::BASE
};

const VOLUMES: &[&str] = &[
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/sbin",
    "/sys",
    "/usr",
    "/root/.ssh",
    "/var/run/docker.sock",
];
const WORKDIRS: &[&str] = &["/proc", "/boot", "/dev", "/sys", "/initrd", "/lost+found"];

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Volume, Keyword::Workdir]) {
        for word in &instruction.words {
            let path = word.value.trim_end_matches('/');
            let path = if path.is_empty() && word.value.starts_with('/') { "/" } else { path };
            let is_bad = match instruction.keyword {
                Keyword::Volume => {
                    VOLUMES.contains(&path)
                        || path.starts_with("/proc/")
                        || path.starts_with("/sys/")
                }
                _ => WORKDIRS.iter().any(|dir| {
                    path == *dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
                }),
            };
            if is_bad {
                hits.at(
                    instruction,
                    word.at,
                    format!("{} {path} is a folder of the system", instruction.keyword.name()),
                );
            }
        }
    }
}
