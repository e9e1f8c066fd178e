//! Who may read and write the files that decide who may do what.

use plimsoll_model::Severity;

use crate::baseline::{Answer, Check, Hit, Image, Judge, check::ModeRule};

const BASE: Check = Check {
    advice: "Set owner and mode in the instruction that brings the file, or with `chown` and `chmod` before it is used.",
    ..Check::of("files")
};

const fn readable(paths: &'static [&'static str], most: u16) -> Judge {
    Judge::Mode(ModeRule { paths, most, root_owned: true })
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-mode-authorized-keys",
        class: "ssh",
        severity: Severity::High,
        title: "others can change who may log in by key",
        why: "Whoever can write the file adds a key of their own and is that user.",
        judge: Judge::Mode(ModeRule {
            paths: &[
                "root/.ssh/authorized_keys",
                "home/*/.ssh/authorized_keys",
                "root/.ssh/authorized_keys2",
                "home/*/.ssh/authorized_keys2",
            ],
            most: 0o644,
            root_owned: false,
        }),
        fails: &["//- root/.ssh/authorized_keys mode=666\nkey\n"],
        passes: &["//- root/.ssh/authorized_keys mode=600\nkey\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-cron",
        class: "cron",
        severity: Severity::High,
        aliases: &["CIS Debian 12 2.4.1.2", "CIS Debian 12 2.4.1.7"],
        title: "others can change what cron runs",
        why: "Cron runs these files as root: whoever can write them is root within a minute.",
        judge: readable(
            &[
                "etc/crontab",
                "etc/anacrontab",
                "etc/cron.*/*",
                "etc/cron.d",
                "etc/cron.hourly",
                "etc/cron.daily",
                "etc/cron.weekly",
                "etc/cron.monthly",
                "var/spool/cron/crontabs/root",
                "var/spool/cron/root",
            ],
            0o755,
        ),
        fails: &[
            "//- /etc/crontab mode=666\n* * * * * root true\n",
            "//- /etc/cron.d mode=777 kind=dir\n",
        ],
        passes: &["//- /etc/crontab mode=644\n* * * * * root true\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-group",
        severity: Severity::High,
        aliases: &["CIS Debian 12 7.1.3"],
        title: "others can change /etc/group",
        why: "Whoever can write it joins any group.",
        judge: readable(&["etc/group", "etc/group-"], 0o644),
        fails: &["//- /etc/group mode=666\nroot:x:0:\n"],
        passes: &["//- /etc/group mode=644\nroot:x:0:\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-gshadow",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 7.1.7"],
        title: "others can read or change /etc/gshadow",
        why: "It holds the password hashes of groups.",
        judge: readable(&["etc/gshadow", "etc/gshadow-"], 0o640),
        fails: &["//- /etc/gshadow mode=644\nroot:*::\n"],
        passes: &["//- /etc/gshadow mode=640\nroot:*::\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-loader",
        severity: Severity::High,
        title: "others can change what the dynamic loader loads",
        why: "A library of their choice would be loaded into the programs of every user.",
        judge: readable(
            &[
                "etc/ld.so.preload",
                "etc/ld.so.conf",
                "etc/ld.so.conf.d/*.conf",
                "etc/ld-musl-*.path",
            ],
            0o644,
        ),
        fails: &["//- /etc/ld.so.conf mode=666\n/lib\n"],
        passes: &["//- /etc/ld.so.conf mode=644\n/lib\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-package-sources",
        class: "packages",
        severity: Severity::High,
        title: "others can change where packages come from",
        why: "The next installation would run somebody else's packages as root.",
        judge: readable(
            &[
                "etc/apt/sources.list",
                "etc/apt/sources.list.d/*",
                "etc/apt/apt.conf",
                "etc/apt/apt.conf.d/*",
                "etc/yum.conf",
                "etc/dnf/dnf.conf",
                "etc/yum.repos.d/*.repo",
                "etc/apk/repositories",
                "etc/zypp/repos.d/*.repo",
            ],
            0o644,
        ),
        fails: &[
            "//- /etc/apk/repositories mode=666\nhttps://dl-cdn.alpinelinux.org/alpine/v3.20/main\n",
        ],
        passes: &[
            "//- /etc/apk/repositories mode=644\nhttps://dl-cdn.alpinelinux.org/alpine/v3.20/main\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-mode-pam",
        severity: Severity::High,
        title: "others can change how users are authenticated",
        why: "One line of PAM configuration lets everybody in.",
        judge: readable(&["etc/pam.conf", "etc/pam.d/*"], 0o644),
        fails: &["//- /etc/pam.d/login mode=666\nauth required pam_unix.so\n"],
        passes: &["//- /etc/pam.d/login mode=644\nauth required pam_unix.so\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-passwd",
        severity: Severity::High,
        aliases: &["CIS Debian 12 7.1.1", "CIS Debian 12 7.1.2"],
        title: "others can change /etc/passwd",
        why: "Whoever can write it becomes root by changing a number. Images made for arbitrary user numbers often do this on purpose; an entry in `nss_wrapper` or a group of its own is safer.",
        judge: readable(&["etc/passwd", "etc/passwd-"], 0o644),
        fails: &[
            "//- /etc/passwd mode=666\nroot:x:0:0::/:/bin/sh\n",
            "//- /etc/passwd mode=644 uid=1000\nroot:x:0:0::/:/bin/sh\n",
        ],
        passes: &["//- /etc/passwd mode=644\nroot:x:0:0::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-profile",
        severity: Severity::High,
        title: "others can change what shells run at login",
        why: "The commands run as whoever logs in next, root included.",
        judge: readable(
            &[
                "etc/profile",
                "etc/profile.d/*",
                "etc/bash.bashrc",
                "etc/bashrc",
                "etc/environment",
                "etc/zsh/*",
                "root/.bashrc",
                "root/.profile",
                "root/.bash_profile",
                "root/.zshrc",
            ],
            0o755,
        ),
        fails: &["//- /etc/profile mode=666\ntrue\n"],
        passes: &["//- /etc/profile mode=644\ntrue\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-root-home",
        severity: Severity::Medium,
        title: "others can write to root's home folder",
        why: "A file that a shell, ssh or git reads there makes root do what somebody else wants.",
        judge: readable(&["root"], 0o755),
        fails: &["//- /root mode=777 kind=dir\n"],
        passes: &["//- /root mode=700 kind=dir\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-shadow",
        severity: Severity::High,
        aliases: &["CIS Debian 12 7.1.5", "CIS Debian 12 7.1.6"],
        title: "others can read or change /etc/shadow",
        why: "Whoever reads the hashes can try passwords against them; whoever writes them sets root's.",
        judge: readable(&["etc/shadow", "etc/shadow-"], 0o640),
        fails: &["//- /etc/shadow mode=644\nroot:*:0:::::\n"],
        passes: &[
            "//- /etc/shadow mode=640\nroot:*:0:::::\n",
            "//- /etc/shadow mode=0\nroot:*:0:::::\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-mode-ssh-folder",
        class: "ssh",
        severity: Severity::Medium,
        title: "others can write to a folder of SSH keys",
        why: "They can put a key of their own in place of what is there.",
        judge: Judge::Mode(ModeRule {
            paths: &["root/.ssh", "home/*/.ssh"],
            most: 0o755,
            root_owned: false,
        }),
        fails: &["//- root/.ssh mode=777 kind=dir\n"],
        passes: &["//- root/.ssh mode=700 kind=dir\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-ssh-host-key",
        class: "ssh",
        severity: Severity::High,
        aliases: &["CIS Debian 12 5.1.2"],
        title: "others can read or change a private key of the SSH server",
        why: "With the key anybody can pretend to be this server.",
        judge: readable(&["etc/ssh/ssh_host_*_key"], 0o640),
        fails: &["//- /etc/ssh/ssh_host_rsa_key mode=644\nkey\n"],
        passes: &["//- /etc/ssh/ssh_host_rsa_key mode=600\nkey\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-ssh-private-key",
        class: "ssh",
        severity: Severity::High,
        title: "others can read a user's private SSH key",
        why: "With the key anybody can log in wherever the user can.",
        judge: Judge::Mode(ModeRule {
            paths: &["**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519"],
            most: 0o600,
            root_owned: false,
        }),
        fails: &["//- /home/a/.ssh/id_rsa mode=644\nkey\n"],
        passes: &["//- /home/a/.ssh/id_rsa mode=600\nkey\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-sshd-config",
        class: "ssh",
        severity: Severity::High,
        aliases: &["CIS Debian 12 5.1.1"],
        title: "others can change the SSH server's configuration",
        why: "One line lets root log in without a password.",
        judge: readable(&["etc/ssh/sshd_config", "etc/ssh/sshd_config.d/*.conf"], 0o644),
        fails: &["//- /etc/ssh/sshd_config mode=666\nPort 22\n"],
        passes: &["//- /etc/ssh/sshd_config mode=644\nPort 22\n"],
        ..BASE
    },
    Check {
        id: "baseline-mode-sudoers",
        class: "sudo",
        severity: Severity::Critical,
        title: "others can change who may use sudo",
        why: "Whoever can write it is root.",
        judge: readable(
            &[
                "etc/sudoers",
                "etc/sudoers.d/*",
                "etc/sudoers.d",
                "etc/doas.conf",
                "etc/doas.d/*.conf",
            ],
            0o755,
        ),
        fails: &["//- /etc/sudoers mode=666\nroot ALL=(ALL) ALL\n"],
        passes: &["//- /etc/sudoers mode=440\nroot ALL=(ALL) ALL\n"],
        ..BASE
    },
];

/// Judges the mode and the owner of each file that there is.
pub(crate) fn judge(rule: &ModeRule, image: &Image<'_>, answer: &mut Answer) {
    let Some(globs) = image.globs(rule.paths) else { return };
    let texts = image.texts().map(|t| (t.path.as_str(), t.mode, t.uid));
    let notable = image.notable().map(|n| (n.path.as_str(), n.mode, n.uid));
    let mut seen = std::collections::BTreeSet::new();
    for (path, mode, uid) in texts.chain(notable) {
        if !globs.is_match(path) || !seen.insert(path) {
            continue;
        }
        answer.applies();
        let more = mode & 0o777 & !rule.most;
        if more != 0 {
            let hit = Hit::file(path).setting(
                "mode",
                format!("{mode:04o}"),
                format!("{:04o} or less", rule.most),
            );
            answer.fail(hit.change(format!("Run `chmod {:04o} /{path}`", mode & rule.most)));
        } else if rule.root_owned && uid != 0 {
            let hit = Hit::file(path).setting("owner", uid.to_string(), "0 (root)");
            answer.fail(hit.change(format!("Run `chown root /{path}`")));
        }
    }
}
