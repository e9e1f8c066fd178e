//! Who can log in, and with what.

use std::collections::{HashMap, HashSet};

use plimsoll_model::Severity;

use super::database::{accounts, groups, hashes, shadows};
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    passwords::{COMMON, Scheme, Tried, try_words},
};

const BASE: Check = Check::of("accounts");
const MAN_SHADOW: &str = "https://man7.org/linux/man-pages/man5/shadow.5.html";

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-account-duplicate-gid",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 7.2.6", "DKL-LI-0002"],
        title: "two groups have the same number",
        why: "Files of one group belong to the other as well.",
        advice: "Give one of the groups a number of its own with `groupmod -g` and change its files with it.",
        judge: Judge::Rule(duplicate_gid),
        fails: &["//- /etc/group\nroot:x:0:\na:x:10:\nb:x:10:\n"],
        passes: &["//- /etc/group\nroot:x:0:\na:x:10:\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-duplicate-group",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 7.2.8"],
        title: "two groups have the same name",
        why: "Only one of the two lines counts: which one depends on the program that reads them.",
        advice: "Remove or rename one of the lines.",
        judge: Judge::Rule(duplicate_group),
        fails: &["//- /etc/group\nroot:x:0:\na:x:10:\na:x:11:\n"],
        passes: &["//- /etc/group\nroot:x:0:\na:x:10:\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-duplicate-name",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 7.2.7"],
        title: "two accounts have the same name",
        why: "The first line's user number counts at login, and a password meant for the other may open it.",
        advice: "Remove or rename one of the lines.",
        judge: Judge::Rule(duplicate_name),
        fails: &["//- /etc/passwd\na:x:10:10::/:/bin/sh\na:x:11:11::/:/bin/sh\n"],
        passes: &["//- /etc/passwd\na:x:10:10::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-duplicate-uid",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 7.2.5", "DKL-LI-0002"],
        title: "two accounts have the same user number",
        why: "Each of them owns the other's files and processes, and logs name only one.",
        advice: "Give one of the accounts a number of its own with `usermod -u` and change its files with it.",
        judge: Judge::Rule(duplicate_uid),
        fails: &["//- /etc/passwd\na:x:10:10::/:/bin/sh\nb:x:10:11::/:/bin/sh\n"],
        passes: &["//- /etc/passwd\na:x:10:10::/:/bin/sh\nb:x:11:11::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-empty-password",
        severity: Severity::High,
        aliases: &["CIS Debian 12 7.2.2", "DKL-LI-0001", "CVE-2019-5021"],
        title: "an account needs no password",
        why: "Whoever reaches a login, `su` or an SSH server that allows empty passwords becomes this user.",
        advice: "Lock the password: `passwd -l NAME`, or write `!` into the second field.",
        references: &[MAN_SHADOW, "https://nvd.nist.gov/vuln/detail/CVE-2019-5021"],
        judge: Judge::Rule(empty_password),
        fails: &[
            "//- /etc/shadow\nroot::0:0:99999:7:::\n",
            "//- /etc/passwd\nroot::0:0::/root:/bin/sh\n",
        ],
        passes: &[
            "//- /etc/shadow\nroot:*:0:0:99999:7:::\n",
            "//- /etc/passwd\nroot:x:0:0::/root:/bin/sh\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-account-group-missing",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 7.2.3"],
        title: "an account is in a group that does not exist",
        why: "Whoever adds a group of that number later gets the account's files.",
        advice: "Add the group to /etc/group, or give the account another one with `usermod -g`.",
        default: false,
        judge: Judge::Rule(group_missing),
        fails: &["//- /etc/passwd\na:x:10:77::/:/bin/sh\n//- /etc/group\nroot:x:0:\n"],
        passes: &["//- /etc/passwd\na:x:10:0::/:/bin/sh\n//- /etc/group\nroot:x:0:\n"],
        skips: &["//- /etc/passwd\na:x:10:77::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-nis-entry",
        severity: Severity::High,
        title: "a `+` line takes in accounts from elsewhere",
        why: "Accounts of a network service count as local ones; where the service is not used, `+` itself is a name.",
        advice: "Remove the lines that begin with `+` from /etc/passwd, /etc/shadow and /etc/group.",
        judge: Judge::Rule(nis_entry),
        fails: &["//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n+::::::\n"],
        passes: &["//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-not-shadowed",
        severity: Severity::High,
        aliases: &["CIS Debian 12 7.2.1"],
        title: "a password hash stands in /etc/passwd",
        why: "Everybody in the container can read it and try passwords against it.",
        advice: "Run `pwconv`, which moves hashes to /etc/shadow.",
        judge: Judge::Rule(not_shadowed),
        fails: &["//- /etc/passwd\nroot:abFhv6zf9FaNs:0:0::/:/bin/sh\n"],
        passes: &["//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-password-in-image",
        severity: Severity::Medium,
        title: "an account has a password that everybody with the image can try to guess",
        why: "The hash is the same in every container, and whoever pulls the image can try passwords against it at leisure.",
        advice: "Lock the password with `passwd -l NAME`; containers need none. Where one must be, set it when the container starts.",
        references: &[MAN_SHADOW],
        judge: Judge::Rule(password_in_image),
        fails: &["//- /etc/shadow\nroot:$6$abcdefgh$x:0:0:99999:7:::\n"],
        passes: &["//- /etc/shadow\nroot:!:0:0:99999:7:::\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-privileged-group",
        severity: Severity::Medium,
        title: "an ordinary account is in a group that is as good as root",
        why: "Members of `disk`, `shadow`, `docker`, `lxd` or `kmem` read or write what only root should.",
        advice: "Take the account out of the group: `gpasswd -d NAME GROUP`.",
        judge: Judge::Rule(privileged_group),
        fails: &["//- /etc/passwd\nann:x:1000:1000::/:/bin/sh\n//- /etc/group\ndisk:x:6:ann\n"],
        passes: &["//- /etc/passwd\nann:x:1000:1000::/:/bin/sh\n//- /etc/group\ndisk:x:6:root\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-root-gid",
        severity: Severity::Medium,
        title: "root's group is not 0",
        why: "Files that root makes become accessible to another group.",
        advice: "Run `usermod -g 0 root`.",
        judge: Judge::Rule(root_gid),
        fails: &["//- /etc/passwd\nroot:x:0:5::/root:/bin/sh\n"],
        passes: &["//- /etc/passwd\nroot:x:0:0::/root:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-same-hash",
        severity: Severity::Medium,
        title: "two accounts have the same password hash",
        why: "With the salt the same as well, the two have the same password: one was copied from the other.",
        advice: "Give each account a password of its own, or lock them with `passwd -l`.",
        judge: Judge::Rule(same_hash),
        fails: &["//- /etc/shadow\na:$6$abcdefgh$x:0:::::\nb:$6$abcdefgh$x:0:::::\n"],
        passes: &["//- /etc/shadow\na:$6$abcdefgh$x:0:::::\nb:!:0:::::\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-system-shell",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.4.2.7"],
        title: "an account of a service has a login shell",
        why: "Whoever gets hold of the account's password or key can work with it interactively.",
        advice: "Run `usermod -s /usr/sbin/nologin NAME`.",
        default: false,
        judge: Judge::Rule(system_shell),
        fails: &["//- /etc/passwd\nwww:x:33:33::/:/bin/bash\n"],
        passes: &["//- /etc/passwd\nwww:x:33:33::/:/usr/sbin/nologin\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-uid-zero",
        severity: Severity::Critical,
        aliases: &["CIS Debian 12 5.4.2.1"],
        title: "an account besides root has user number 0",
        why: "It is root under another name: a common way to keep a back door.",
        advice: "Remove the account, or give it another number with `usermod -u`.",
        judge: Judge::Rule(uid_zero),
        fails: &["//- /etc/passwd\nroot:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n"],
        passes: &["//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-weak-hash",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.4.1.4"],
        title: "a password is hashed by a method that is broken",
        why: "DES and MD5 hashes are tried at billions of passwords a second.",
        advice: "Set `ENCRYPT_METHOD YESCRYPT` (or SHA512) in /etc/login.defs and give the account a new password, or lock it.",
        references: &["https://man7.org/linux/man-pages/man5/crypt.5.html"],
        judge: Judge::Rule(weak_hash),
        fails: &["//- /etc/shadow\nroot:$1$abcdefgh$vamWXVmzWr.RuXnIdXGZJ0:0:::::\n"],
        passes: &["//- /etc/shadow\nroot:$6$abcdefgh$x:0:::::\n"],
        skips: &["//- /etc/shadow\nroot:*:0:::::\n"],
        ..BASE
    },
    Check {
        id: "baseline-account-weak-password",
        severity: Severity::Critical,
        title: "an account has a password that everybody guesses",
        why: "It is the account's name or one of the passwords that every attacker tries first.",
        advice: "Lock the password with `passwd -l NAME`, or give it one that is in no list.",
        judge: Judge::Rule(weak_password),
        fails: &["//- /etc/shadow\nroot:$1$abcdefgh$vamWXVmzWr.RuXnIdXGZJ0:0:::::\n"],
        passes: &["//- /etc/shadow\nroot:$1$abcdefgh$vamWXVmzWr.RuXnIdXGZJx:0:::::\n"],
        skips: &["//- /etc/shadow\nroot:*:0:::::\n"],
        ..BASE
    },
];

/// Reports every later user of a key that was there before.
fn twice<'a, K: std::hash::Hash + Eq>(
    rows: impl Iterator<Item = (K, &'a str, u32)>,
    path: &str,
    setting: &str,
    answer: &mut Answer,
) {
    let mut first: HashMap<K, &str> = HashMap::new();
    for (key, name, line) in rows {
        answer.applies();
        if let Some(before) = first.get(&key) {
            let hit = Hit::line(path, line, format!("{name} and {before}"));
            answer.fail(hit.setting(
                setting,
                name,
                format!("one of its own, not that of {before}"),
            ));
        } else {
            first.insert(key, name);
        }
    }
}

fn duplicate_gid(image: &Image<'_>, answer: &mut Answer) {
    let groups = groups(image);
    let rows = groups.iter().filter_map(|g| Some((g.gid?, g.name, g.line)));
    twice(rows, "etc/group", "gid", answer);
}

fn duplicate_group(image: &Image<'_>, answer: &mut Answer) {
    let groups = groups(image);
    twice(groups.iter().map(|g| (g.name, g.name, g.line)), "etc/group", "group", answer);
}

fn duplicate_name(image: &Image<'_>, answer: &mut Answer) {
    let accounts = accounts(image);
    twice(accounts.iter().map(|a| (a.name, a.name, a.line)), "etc/passwd", "name", answer);
}

fn duplicate_uid(image: &Image<'_>, answer: &mut Answer) {
    let accounts = accounts(image);
    // A second 0 is worth a check of its own.
    let rows = accounts.iter().filter_map(|a| Some((a.uid?, a.name, a.line)));
    twice(rows.filter(|(uid, ..)| *uid != 0), "etc/passwd", "uid", answer);
}

fn empty_password(image: &Image<'_>, answer: &mut Answer) {
    for shadow in shadows(image).iter().filter(|s| !s.name.starts_with(['+', '-'])) {
        answer.applies();
        if shadow.hash.is_empty() {
            let hit = Hit::line("etc/shadow", shadow.line, format!("{}::", shadow.name));
            let change =
                format!("In /etc/shadow, line {}, write `{}:!:`", shadow.line, shadow.name);
            answer.fail(hit.setting("password", "", "!").change(change));
        }
    }
    for account in accounts(image).iter().filter(|a| !a.name.starts_with(['+', '-'])) {
        answer.applies();
        if account.password.is_empty() {
            let hit = Hit::line("etc/passwd", account.line, format!("{}::", account.name));
            answer.fail(hit.setting("password", "", "x"));
        }
    }
}

fn group_missing(image: &Image<'_>, answer: &mut Answer) {
    let groups: HashSet<u32> = groups(image).iter().filter_map(|group| group.gid).collect();
    if groups.is_empty() {
        return;
    }
    for account in accounts(image) {
        answer.applies();
        let Some(gid) = account.gid else { continue };
        if !groups.contains(&gid) {
            let hit = Hit::line("etc/passwd", account.line, account.name);
            answer.fail(hit.setting("gid", gid.to_string(), "a group of /etc/group"));
        }
    }
}

fn nis_entry(image: &Image<'_>, answer: &mut Answer) {
    for path in ["etc/passwd", "etc/shadow", "etc/group"] {
        let Some(text) = image.text(path) else { continue };
        answer.applies();
        for (line, text) in (1u32..).zip(text.text.lines()).filter(|(_, t)| t.starts_with('+')) {
            answer.fail(Hit::line(path, line, text));
        }
    }
}

fn not_shadowed(image: &Image<'_>, answer: &mut Answer) {
    for account in accounts(image) {
        answer.applies();
        if Scheme::of(account.password).is_some() {
            let hit = Hit::line("etc/passwd", account.line, format!("{}:…", account.name));
            answer.fail(hit.setting("password", "a hash", "x"));
        }
    }
}

fn password_in_image(image: &Image<'_>, answer: &mut Answer) {
    if !shadows(image).is_empty() {
        answer.applies();
    }
    for (name, hash, path, line) in hashes(image) {
        let scheme = Scheme::of(hash).map_or("", |scheme| scheme.name().0);
        let hit = Hit::line(path, line, format!("{name}: a {scheme} hash"));
        answer.fail(hit.setting("password", "a hash", "! (locked)"));
    }
}

fn privileged_group(image: &Image<'_>, answer: &mut Answer) {
    let accounts = accounts(image);
    let ordinary = accounts.iter().filter(|a| a.uid.is_some_and(|uid| uid >= 1_000));
    let ordinary: HashSet<&str> = ordinary.map(|account| account.name).collect();
    for group in groups(image) {
        if !matches!(group.name, "disk" | "shadow" | "docker" | "lxd" | "kmem") {
            continue;
        }
        answer.applies();
        for member in &group.members {
            if ordinary.contains(member) {
                let hit = Hit::line("etc/group", group.line, format!("{}: {member}", group.name));
                answer.fail(hit.setting(group.name, *member, "no ordinary account"));
            }
        }
    }
}

fn root_gid(image: &Image<'_>, answer: &mut Answer) {
    for account in accounts(image).iter().filter(|a| a.name == "root") {
        answer.applies();
        if let Some(gid) = account.gid.filter(|gid| *gid != 0) {
            let hit = Hit::line("etc/passwd", account.line, "root");
            answer.fail(hit.setting("gid", gid.to_string(), "0"));
        }
    }
}

fn same_hash(image: &Image<'_>, answer: &mut Answer) {
    let rows = hashes(image).into_iter().filter(|(_, _, path, _)| *path == "etc/shadow");
    twice(rows.map(|(name, hash, _, line)| (hash, name, line)), "etc/shadow", "password", answer);
}

fn system_shell(image: &Image<'_>, answer: &mut Answer) {
    for account in accounts(image) {
        answer.applies();
        let is_system = account.uid.is_some_and(|uid| (1..1_000).contains(&uid) || uid == 65_534);
        let name = account.shell.rsplit('/').next().unwrap_or_default();
        let is_shell = ["sh", "ash", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish"]
            .contains(&name)
            || (account.shell.is_empty() && is_system);
        if is_system && is_shell {
            let hit = Hit::line("etc/passwd", account.line, account.name);
            answer.fail(hit.setting("shell", account.shell, "/usr/sbin/nologin"));
        }
    }
}

fn uid_zero(image: &Image<'_>, answer: &mut Answer) {
    for account in accounts(image) {
        answer.applies();
        if account.uid == Some(0) && account.name != "root" {
            let hit = Hit::line("etc/passwd", account.line, account.name);
            answer.fail(hit.setting("uid", "0", "a number of its own"));
        }
    }
}

fn weak_hash(image: &Image<'_>, answer: &mut Answer) {
    for (name, hash, path, line) in hashes(image) {
        answer.applies();
        if let Some((scheme, true)) = Scheme::of(hash).map(Scheme::name) {
            let hit = Hit::line(path, line, format!("{name}: {scheme}"));
            answer.fail(hit.setting("hash", scheme, "yescrypt or SHA-512"));
        }
    }
}

fn weak_password(image: &Image<'_>, answer: &mut Answer) {
    let mut work = image.parameters.password_work.saturating_mul(1_000);
    for (name, hash, path, line) in hashes(image) {
        answer.applies();
        let own = image.parameters.weak_passwords.iter().map(String::as_str);
        let words = std::iter::once(name).chain(own).chain(COMMON.iter().copied());
        match try_words(hash, words, &mut work) {
            Tried::Found(_) => {
                let hit = Hit::line(path, line, format!("{name}: a password of the list"));
                answer.fail(hit.setting("password", "well known", "locked, or in no list"));
            }
            Tried::None => {}
            Tried::NotAll(reason) => {
                answer
                    .unsure(Some(path), format!("the password of {name} was not tried: {reason}"));
            }
        }
    }
}
