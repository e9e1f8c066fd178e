//! Who may become root by `sudo` or `doas`.

use plimsoll_model::{ImageText, Severity};

use crate::{
    baseline::{
        Answer, Check, Hit, Image, Judge,
        formats::{
            sudoers::{Grant, Line, parse},
            words,
        },
    },
    paths::resolve,
};

const BASE: Check =
    Check { references: &["https://www.sudo.ws/docs/man/sudoers.man/"], ..Check::of("sudo") };
/// How deep files may include one another (sudo itself: 128).
const MAX_INCLUDE_DEPTH: usize = 8;
/// Most files that are read.
const MAX_FILES: usize = 128;

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-sudo-all-commands",
        severity: Severity::Low,
        title: "an ordinary user may run every command as root",
        why: "The account is as good as root, with its own password.",
        advice: "Name the commands that are needed instead of ALL.",
        default: false,
        judge: Judge::Rule(all_commands),
        fails: &["//- /etc/sudoers\nann ALL=(ALL) ALL\n"],
        passes: &[
            "//- /etc/sudoers\nroot ALL=(ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\nann ALL=(root) /usr/bin/id\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-sudo-authenticate",
        severity: Severity::High,
        aliases: &["CIS Debian 12 5.2.5"],
        title: "sudo asks nobody for a password",
        why: "Whoever gets code to run as such a user is root.",
        advice: "Remove `!authenticate` from the Defaults.",
        judge: Judge::Rule(authenticate),
        fails: &["//- /etc/sudoers\nDefaults !authenticate\n"],
        passes: &["//- /etc/sudoers\nDefaults use_pty\n"],
        ..BASE
    },
    Check {
        id: "baseline-sudo-doas-nopass",
        severity: Severity::High,
        title: "doas asks for no password",
        why: "Whoever gets code to run as such a user is root.",
        advice: "Remove `nopass`, or limit the rule to commands that do no harm.",
        references: &["https://man.openbsd.org/doas.conf"],
        judge: Judge::Rule(doas),
        fails: &["//- /etc/doas.conf\npermit nopass :wheel\n"],
        passes: &[
            "//- /etc/doas.conf\npermit persist :wheel\n",
            "//- /etc/doas.conf\npermit nopass root\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-sudo-env",
        severity: Severity::Medium,
        title: "sudo keeps the environment of the user",
        why: "Variables such as LD_PRELOAD or PYTHONPATH load the user's code into root's programs.",
        advice: "Remove `!env_reset` and `setenv` from the Defaults, and dangerous names from `env_keep`.",
        judge: Judge::Rule(environment),
        fails: &[
            "//- /etc/sudoers\nDefaults !env_reset\n",
            "//- /etc/sudoers\nDefaults env_keep += \"LD_PRELOAD\"\n",
        ],
        passes: &["//- /etc/sudoers\nDefaults env_reset, mail_badpass\n"],
        ..BASE
    },
    Check {
        id: "baseline-sudo-nopasswd",
        severity: Severity::High,
        aliases: &["CIS Debian 12 5.2.4"],
        title: "a user becomes root without a password",
        why: "Whoever gets code to run as this user is root in the container.",
        advice: "Remove `NOPASSWD:`, or allow only single commands that do no harm; containers mostly need no sudo at all.",
        judge: Judge::Rule(nopasswd),
        fails: &[
            "//- /etc/sudoers\nann ALL=(ALL) NOPASSWD: ALL\n",
            "//- /etc/sudoers\n@includedir /etc/sudoers.d\n//- /etc/sudoers.d/x\n%wheel ALL=(ALL) NOPASSWD:ALL\n",
        ],
        passes: &[
            "//- /etc/sudoers\nann ALL=(ALL) ALL\n",
            "//- /etc/sudoers\nroot ALL=(ALL) NOPASSWD: ALL\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-sudo-use-pty",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.2.2"],
        title: "sudo runs commands in the user's own terminal",
        why: "A program started by sudo can leave one behind that types into the terminal later.",
        advice: "Add `Defaults use_pty` to /etc/sudoers.",
        default: false,
        judge: Judge::Rule(use_pty),
        fails: &["//- /etc/sudoers\nroot ALL=(ALL) ALL\n"],
        passes: &["//- /etc/sudoers\nDefaults use_pty\n"],
        ..BASE
    },
    Check {
        id: "baseline-sudo-wildcard",
        severity: Severity::Medium,
        title: "a sudo rule allows a shell or a command with wildcards",
        why: "A wildcard matches blanks and slashes too, and a shell runs anything: the rule allows more than it says.",
        advice: "Write the commands with their arguments in full.",
        judge: Judge::Rule(wildcard),
        fails: &[
            "//- /etc/sudoers\nann ALL=(root) NOPASSWD: /bin/cat /var/log/*\n",
            "//- /etc/sudoers\nann ALL=(root) NOPASSWD: /bin/bash\n",
        ],
        passes: &["//- /etc/sudoers\nann ALL=(root) NOPASSWD: /usr/bin/id\n"],
        ..BASE
    },
];

/// The lines of `etc/sudoers` and of all that it includes, with their file.
fn lines<'a>(image: &Image<'a>) -> Vec<(&'a str, Line)> {
    let mut out = Vec::new();
    if let Some(text) = image.text("etc/sudoers") {
        read(image, text, 0, &mut 0, &mut out);
    }
    out
}

fn read<'a>(
    image: &Image<'a>,
    text: &'a ImageText,
    depth: usize,
    files: &mut usize,
    out: &mut Vec<(&'a str, Line)>,
) {
    *files += 1;
    if *files > MAX_FILES || depth > MAX_INCLUDE_DEPTH {
        let message =
            format!("more than {MAX_FILES} files, or {MAX_INCLUDE_DEPTH} levels of them, included");
        image.problem(plimsoll_model::ProblemKind::LimitReached, Some(&text.path), message);
        return;
    }
    for line in parse(&text.text) {
        let Line::Include { path, is_folder, .. } = &line else {
            out.push((&text.path, line));
            continue;
        };
        let path = resolve(&text.path, path);
        let glob = if *is_folder { format!("{path}/*") } else { path };
        for (name, text) in image.matching(&glob) {
            // Of a folder, sudo skips names that end in `~` or hold a dot.
            let name = name.rsplit('/').next().unwrap_or_default();
            if !is_folder || !(name.ends_with('~') || name.contains('.')) {
                read(image, text, depth + 1, files, out);
            }
        }
    }
}

fn each(
    image: &Image<'_>,
    answer: &mut Answer,
    bad: impl Fn(&Grant) -> Option<(&'static str, &'static str)>,
) {
    for (path, line) in lines(image) {
        answer.applies();
        if let Line::Grant(grant) = line
            && grant.who != "root"
            && let Some((actual, expected)) = bad(&grant)
        {
            let hit = Hit::line(path, grant.line, &grant.text);
            answer.fail(hit.setting(&grant.who, actual, expected));
        }
    }
}

fn defaults(image: &Image<'_>, answer: &mut Answer, bad: impl Fn(&str) -> bool, expected: &str) {
    for (path, line) in lines(image) {
        answer.applies();
        if let Line::Default { scope, text, line } = line
            && bad(&text)
        {
            let hit = Hit::line(path, line, format!("Defaults{scope} {text}"));
            answer.fail(hit.setting("Defaults", text, expected));
        }
    }
}

fn all_commands(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, |grant| {
        let is_group = grant.who.starts_with('%');
        (grant.command == "ALL" && !is_group).then_some(("ALL", "the commands that are needed"))
    });
}

fn authenticate(image: &Image<'_>, answer: &mut Answer) {
    defaults(image, answer, |text| text == "!authenticate", "authenticate");
}

fn environment(image: &Image<'_>, answer: &mut Answer) {
    const DANGEROUS: &[&str] = &[
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "PYTHONPATH",
        "PERL5LIB",
        "RUBYLIB",
        "NODE_OPTIONS",
        "BASH_ENV",
        "ENV",
    ];
    defaults(
        image,
        answer,
        |text| {
            matches!(text, "!env_reset" | "setenv")
                || (text.starts_with("env_keep")
                    && !text.contains("-=")
                    && words::split(&text.replace('=', " "))
                        .iter()
                        .flat_map(|word| {
                            word.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
                        })
                        .any(|word| DANGEROUS.contains(&word.as_str())))
        },
        "env_reset",
    );
}

fn nopasswd(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, |grant| {
        (grant.without_password && grant.command == "ALL")
            .then_some(("NOPASSWD: ALL", "with a password"))
    });
}

fn use_pty(image: &Image<'_>, answer: &mut Answer) {
    let Some(text) = image.text("etc/sudoers") else { return };
    answer.applies();
    let is_set = |line: &Line| matches!(line, Line::Default { text, .. } if text == "use_pty");
    if !lines(image).iter().any(|(_, line)| is_set(line)) {
        let hit = Hit::file(&text.path).setting("use_pty", "not set", "Defaults use_pty");
        answer.fail(hit.change("Add `Defaults use_pty` to /etc/sudoers"));
    }
}

fn wildcard(image: &Image<'_>, answer: &mut Answer) {
    const SHELLS: &[&str] = &[
        "sh", "bash", "ash", "dash", "zsh", "ksh", "csh", "su", "vi", "vim", "less", "more", "man",
        "find", "awk", "perl", "python", "python3", "ruby", "env",
    ];
    each(image, answer, |grant| {
        let program = grant.command.split_whitespace().next().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or_default();
        let is_bare = !grant.command.contains(char::is_whitespace);
        if !grant.without_password || grant.command.starts_with('!') {
            None
        } else if grant.command.contains('*') {
            Some(("a wildcard", "the whole command"))
        } else {
            (is_bare && SHELLS.contains(&name))
                .then_some(("a program that runs others", "a program that does one thing"))
        }
    });
}

fn doas(image: &Image<'_>, answer: &mut Answer) {
    for glob in ["etc/doas.conf", "etc/doas.d/*.conf"] {
        for (_, text) in image.matching(glob) {
            for (line, rule) in words::lines(&text.text, &['#'], true) {
                answer.applies();
                let words = words::split(&rule);
                let options: Vec<&str> = words.iter().map(String::as_str).collect();
                if options.first() == Some(&"permit")
                    && options.contains(&"nopass")
                    && !options.contains(&"cmd")
                    && !options.contains(&"root")
                {
                    let hit = Hit::line(&text.path, line, rule.as_str());
                    answer.fail(hit.setting("nopass", "set", "not set"));
                }
            }
        }
    }
}
