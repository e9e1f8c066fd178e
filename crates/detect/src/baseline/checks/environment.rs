//! What shells and the loader do for everybody: PATH, umask, preloaded libraries.

use plimsoll_model::{EntryKind, Severity};

use super::passwords::loose_umask;
use crate::baseline::{Answer, Check, Hit, Image, Judge, formats::words};

const BASE: Check = Check::of("environment");

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-environment-ld-library-path",
        severity: Severity::Low,
        title: "the loader looks for libraries in a folder that depends on where one is",
        why: "An empty or relative part of LD_LIBRARY_PATH is the current folder: a library of that name there is loaded.",
        advice: "Write whole paths, and no colon at the ends.",
        judge: Judge::Rule(library_path),
        fails: &["//- config\nEnv: LD_LIBRARY_PATH=/opt/lib:\n"],
        passes: &["//- config\nEnv: LD_LIBRARY_PATH=/opt/lib\n"],
        ..BASE
    },
    Check {
        id: "baseline-environment-path-relative",
        severity: Severity::Medium,
        title: "PATH holds the current folder",
        why: "An empty or relative part makes commands run from wherever one happens to be.",
        advice: "Write whole paths only, and no colon at the ends.",
        judge: Judge::Rule(path_relative),
        fails: &[
            "//- config\nEnv: PATH=/usr/bin:.\n",
            "//- /etc/profile\nexport PATH=\"$PATH::/opt/bin\"\n",
        ],
        passes: &[
            "//- config\nEnv: PATH=/usr/bin:/bin\n",
            "//- /etc/profile\nexport PATH=\"/bin:$PATH\"\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-environment-path-writable",
        severity: Severity::High,
        title: "PATH holds a folder that everybody can write to",
        why: "Every user can put a program there that root runs under the name of another.",
        advice: "Take the folder out of PATH, or run `chmod o-w` on it.",
        judge: Judge::Rule(path_writable),
        fails: &["//- config\nEnv: PATH=/opt/bin:/bin\n//- /opt/bin mode=777 kind=dir\n"],
        passes: &["//- config\nEnv: PATH=/usr/bin:/bin\n"],
        ..BASE
    },
    Check {
        id: "baseline-environment-preload",
        severity: Severity::High,
        title: "a library is loaded into every program",
        why: "Libraries of ld.so.preload run in every process, root's too: a common way to hide malicious programs.",
        advice: "Find out what it is for; remove the line, or set LD_PRELOAD for the one program that needs it.",
        references: &["https://man7.org/linux/man-pages/man8/ld.so.8.html"],
        judge: Judge::Rule(preload),
        fails: &["//- /etc/ld.so.preload\n/usr/lib/x.so\n"],
        passes: &["//- /etc/ld.so.preload\n# none\n"],
        ..BASE
    },
    Check {
        id: "baseline-environment-preload-variable",
        severity: Severity::Low,
        title: "the image sets LD_PRELOAD",
        why: "The library is loaded into every program of the container, also those that other users start.",
        advice: "Set it in the entry point for the one program that needs it. Allocators such as jemalloc are a common and harmless reason.",
        default: false,
        judge: Judge::Rule(preload_variable),
        fails: &["//- config\nEnv: LD_PRELOAD=/usr/lib/x.so\n"],
        passes: &["//- config\nEnv: PATH=/bin\n"],
        ..BASE
    },
    Check {
        id: "baseline-environment-umask",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.4.3.3"],
        title: "shells make files that everybody can read",
        why: "With umask 022 files are readable by all accounts, with 000 writable.",
        advice: "027 keeps others out.",
        default: false,
        judge: Judge::Rule(umask),
        fails: &["//- /etc/profile\numask 022\n"],
        passes: &["//- /etc/profile\numask 027\n"],
        ..BASE
    },
    Check {
        id: "baseline-environment-umask-open",
        severity: Severity::Medium,
        title: "shells make files that everybody can write",
        why: "Without the last digit's 2, files that root makes can be changed by every account.",
        advice: "Write `umask 027`, at least `umask 022`.",
        judge: Judge::Rule(umask_open),
        fails: &["//- /etc/profile\numask 000\n"],
        passes: &["//- /etc/profile\numask 022\n"],
        ..BASE
    },
];

/// Most parts of one PATH that are looked up.
const MAX_PARTS: usize = 256;

const PROFILES: &[&str] = &[
    "etc/profile",
    "etc/profile.d/*.sh",
    "etc/bash.bashrc",
    "etc/bashrc",
    "etc/environment",
    "root/.{bashrc,bash_profile,profile,zshrc}",
];

/// Values of PATH with field or file and line. Other variables in it stay as they are written.
fn paths(image: &Image<'_>) -> Vec<(Hit, String)> {
    let mut out = Vec::new();
    if let Some(value) = image.env("PATH") {
        out.push((Hit::config("Env", format!("PATH={value}")), value.to_owned()));
    }
    for (path, line, words) in profile_lines(image) {
        for word in words {
            if let Some(value) = word.strip_prefix("PATH=") {
                out.push((Hit::line(&path, line, word.as_str()), value.to_owned()));
            }
        }
    }
    out
}

fn profile_lines(image: &Image<'_>) -> Vec<(String, u32, Vec<String>)> {
    let mut out = Vec::new();
    for glob in PROFILES {
        for (_, text) in image.matching(glob) {
            for (line, command) in words::lines(&text.text, &['#'], true) {
                let command = words::before_comment(&command, &['#']).replace(';', " ; ");
                out.push((text.path.clone(), line, words::split(&command)));
            }
        }
    }
    out
}

fn library_path(image: &Image<'_>, answer: &mut Answer) {
    let Some(value) = image.env("LD_LIBRARY_PATH") else { return };
    answer.applies();
    if value.split(':').any(|part| !part.starts_with('/')) && !value.is_empty() {
        let hit = Hit::config("Env", format!("LD_LIBRARY_PATH={value}"));
        answer.fail(hit.setting("LD_LIBRARY_PATH", value, "whole paths only"));
    }
}

fn path_relative(image: &Image<'_>, answer: &mut Answer) {
    for (hit, value) in paths(image) {
        answer.applies();
        let is_relative = |part: &str| {
            !part.starts_with(['/', '$', '~', '`', '"'])
                && !part.contains("${")
                && !part.ends_with('}')
        };
        // Braces of `${PATH:+:$PATH}` hold colons of their own.
        if !value.contains("${") && !value.is_empty() && value.split(':').any(is_relative) {
            answer.fail(hit.setting("PATH", value, "whole paths only"));
        }
    }
}

fn path_writable(image: &Image<'_>, answer: &mut Answer) {
    for (hit, value) in paths(image) {
        answer.applies();
        let open = value.split(':').take(MAX_PARTS).find(|part| {
            let path = part.trim_start_matches('/').trim_end_matches('/');
            matches!(path, "tmp" | "var/tmp" | "dev/shm")
                || image
                    .entry(path)
                    .is_some_and(|dir| dir.kind == EntryKind::Dir && dir.mode & 0o002 != 0)
        });
        if let Some(open) = open {
            answer.fail(hit.setting("PATH", open, "folders that only their owner can write to"));
        }
    }
}

fn preload(image: &Image<'_>, answer: &mut Answer) {
    let Some(text) = image.text("etc/ld.so.preload") else { return };
    answer.applies();
    for (line, library) in words::lines(&text.text, &['#'], false) {
        answer.fail(Hit::line(&text.path, line, library));
    }
}

fn preload_variable(image: &Image<'_>, answer: &mut Answer) {
    if image.inventory.config.env.is_empty() {
        return;
    }
    answer.applies();
    if let Some(value) = image.env("LD_PRELOAD") {
        answer.fail(Hit::config("Env", format!("LD_PRELOAD={value}")));
    }
}

fn umasks(image: &Image<'_>, answer: &mut Answer, bad: fn(&str) -> bool, expected: &str) {
    for (path, line, words) in profile_lines(image) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word != "umask" {
                continue;
            }
            let Some(value) = words.next() else { break };
            if value.starts_with(|c: char| c.is_ascii_digit()) {
                answer.applies();
                if bad(value) {
                    answer.fail(
                        Hit::line(&path, line, format!("umask {value}"))
                            .setting("umask", value, expected),
                    );
                }
            }
        }
    }
}

fn umask(image: &Image<'_>, answer: &mut Answer) {
    umasks(image, answer, loose_umask, "027");
}

fn umask_open(image: &Image<'_>, answer: &mut Answer) {
    umasks(
        image,
        answer,
        |value| u32::from_str_radix(value, 8).is_ok_and(|mask| mask & 0o002 == 0),
        "027",
    );
}
