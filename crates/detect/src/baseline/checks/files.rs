//! Odd files: what everybody can write, what runs as somebody else, what nobody owns.

use std::collections::HashSet;

use plimsoll_model::{EntryKind, NotableFile, Severity};

use crate::baseline::{Answer, Check, Hit, Image, Judge};

const BASE: Check = Check::of("files");

/// Setuid and setgid programs of distributions, by name: util-linux, shadow, sudo, PAM, OpenSSH, cron, FUSE,
/// BusyBox and the like.
const KNOWN_SETUID: &[&str] = &[
    "at",
    "bbsuid",
    "chage",
    "chfn",
    "chsh",
    "crontab",
    "dbus-daemon-launch-helper",
    "doas",
    "dotlockfile",
    "dotlock.mailutils",
    "exim4",
    "expiry",
    "fusermount",
    "fusermount3",
    "gpasswd",
    "grub2-set-bootflag",
    "grub2-show-installed",
    "mail-lock",
    "mail-touchlock",
    "mail-unlock",
    "mount",
    "mount.cifs",
    "mount.nfs",
    "mtr-packet",
    "newgidmap",
    "newgrp",
    "newuidmap",
    "ntfs-3g",
    "pam_extrausers_chkpwd",
    "pam_timestamp_check",
    "passwd",
    "ping",
    "ping6",
    "pkexec",
    "polkit-agent-helper-1",
    "postdrop",
    "postqueue",
    "procmail",
    "sg",
    "ssh-agent",
    "ssh-keysign",
    "su",
    "sudo",
    "sudoedit",
    "traceroute6.iputils",
    "umount",
    "unix_chkpwd",
    "userhelper",
    "userhelper-consolehelper",
    "utempter",
    "wall",
    "write",
    "write.ul",
    "bsd-write",
    "staprun",
    "suexec",
    "locate",
    "plocate",
    "mlocate",
    "screen",
    "lockfile",
    "netreport",
    "usernetctl",
    "usbmuxd",
    "Xorg.wrap",
    "cockpit-session",
    "chrome-sandbox",
    "vmware-user-suid-wrapper",
    "snap-confine",
    "bwrap",
    "pppd",
    "unix2_chkpwd",
];

/// Folders that everybody may write to when their sticky bit is set.
const SHARED: &[&str] =
    &["tmp", "var/tmp", "dev/shm", "run/lock", "var/lock", "run/shm", "var/spool/mail", "var/mail"];

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-file-device",
        severity: Severity::Low,
        title: "a device, pipe or socket is part of the image",
        why: "Devices outside /dev give whoever may open them a way around file modes; none of the three belongs into a layer.",
        advice: "Remove the file in the instruction that makes it.",
        default: false,
        judge: Judge::Rule(device),
        fails: &["//- /opt/sda kind=special\n"],
        passes: &["//- /dev/null kind=special\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-hidden-program",
        severity: Severity::Low,
        title: "a program has a hidden name",
        why: "Programs that begin with a dot, or lie in such a folder of the system, are often put there so that nobody sees them.",
        advice: "Find out where it comes from; remove it, or give it an ordinary name.",
        default: false,
        judge: Judge::Rule(hidden),
        fails: &["//- /usr/bin/.x mode=755\n"],
        passes: &["//- /usr/bin/x mode=4755 owner=x\n"],
        skips: &["//- root/.nvm/x mode=755\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-setgid-unknown",
        severity: Severity::Medium,
        aliases: &["CIS Docker 4.8", "CIS-DI-0008", "CIS Debian 12 7.1.13"],
        title: "a program that no package owns runs with its group's rights",
        why: "A flaw in it gives every user of the container the rights of the group.",
        advice: "Remove the bit with `chmod g-s`, or list the path under `allowed-setuid`.",
        judge: Judge::Rule(setgid),
        fails: &["//- /usr/local/bin/x mode=2755\n"],
        passes: &["//- /usr/bin/wall mode=2755 owner=util-linux\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-setuid-any",
        severity: Severity::Low,
        aliases: &["CIS Docker 4.8", "CIS-DI-0008"],
        title: "a program runs with its owner's rights",
        why: "Containers hardly ever need `su`, `mount` or `passwd`; each is one more way to become root.",
        advice: "Take the bit off in the image: `chmod u-s,g-s`, or run containers with `--security-opt no-new-privileges`.",
        default: false,
        judge: Judge::Rule(setuid_any),
        fails: &["//- /usr/bin/su mode=4755 owner=util-linux\n"],
        passes: &[
            "//- /usr/bin/su mode=4755 owner=util-linux\n//- parameters\nallowed-setuid: [/usr/bin/su]\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-file-setuid-package",
        severity: Severity::Low,
        title: "a package brings a setuid program that is not among the usual ones",
        why: "It is reviewed less than those that every distribution has.",
        advice: "Take the bit off where the program is not needed, or list the path under `allowed-setuid`.",
        default: false,
        judge: Judge::Rule(setuid_package),
        fails: &["//- /usr/bin/odd mode=4755 owner=odd\n"],
        passes: &["//- /usr/bin/su mode=4755 owner=util-linux\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-setuid-unknown",
        severity: Severity::High,
        aliases: &["CIS Docker 4.8", "CIS-DI-0008", "CIS Debian 12 7.1.13"],
        title: "a program that no package owns runs with its owner's rights",
        why: "A flaw in it, or an intention, makes every user of the container its owner, mostly root.",
        advice: "Remove the bit with `chmod u-s`, or list the path under `allowed-setuid`.",
        judge: Judge::Rule(setuid_unknown),
        fails: &["//- /usr/local/bin/x mode=4755\n"],
        passes: &[
            "//- /usr/bin/su mode=4755 owner=util-linux\n",
            "//- /bin/x mode=4755\n//- parameters\nallowed-setuid: [/bin/x]\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-file-shell-copy",
        severity: Severity::Critical,
        title: "a shell runs with root's rights",
        why: "A setuid copy of a shell is the plainest of all back doors.",
        advice: "Remove the file, and find out who put it there.",
        judge: Judge::Rule(setuid_shell),
        fails: &["//- /usr/bin/bash mode=4755 owner=bash\n"],
        passes: &["//- /usr/bin/su mode=4755 owner=util-linux\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-sticky",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 7.1.11"],
        title: "everybody can write to a folder without a sticky bit",
        why: "Every user can delete or replace what others put there.",
        advice: "Run `chmod +t`, or `chmod o-w`, on the folder.",
        judge: Judge::Rule(sticky),
        fails: &["//- /srv/up mode=777 kind=dir\n", "//- /tmp mode=777 kind=dir\n"],
        passes: &["//- /tmp mode=1777 kind=dir\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-temporary-program",
        severity: Severity::Medium,
        title: "a program lies in a folder for temporary files",
        why: "Programs have no business there; it is where attackers put theirs, and every user can replace it.",
        advice: "Move it to /usr/local/bin, or remove what an installation left behind.",
        judge: Judge::Rule(temporary),
        fails: &["//- /tmp/x mode=755\n"],
        passes: &["//- /tmp mode=1777 kind=dir\n"],
        skips: &["//- /tmp/x mode=644\n"],
        ..BASE
    },
    Check {
        id: "baseline-file-unowned",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 7.1.12"],
        title: "a file belongs to a user or group that does not exist",
        why: "Whoever gets the number later owns the file.",
        advice: "Run `chown` on it, or add the account; images that run under a bare number can list this check under `exclude`.",
        default: false,
        judge: Judge::Rule(unowned),
        fails: &[
            "//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n//- /etc/group\nroot:x:0:\n//- /opt/x uid=777\n",
        ],
        passes: &[
            "//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n//- /etc/group\nroot:x:0:\n//- /opt/x mode=4755\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-file-world-writable",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 7.1.11"],
        title: "everybody can write to a file",
        why: "Any process in the container can change it; in a program or configuration that means doing what its user can do.",
        advice: "Run `chmod o-w` on it.",
        judge: Judge::Rule(world_writable),
        fails: &["//- /opt/app.conf mode=666\n"],
        passes: &["//- /opt/x mode=4755\n"],
        ..BASE
    },
];

fn name(file: &NotableFile) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

fn mode_hit(file: &NotableFile, expected: &str, change: String) -> Hit {
    Hit::file(&file.path).setting("mode", format!("{:04o}", file.mode), expected).change(change)
}

fn with_bit<'a>(image: &Image<'a>, bit: u16) -> Vec<&'a NotableFile> {
    let allowed: HashSet<&str> =
        image.parameters.allowed_setuid.iter().map(String::as_str).collect();
    let files = image.notable().filter(|file| file.kind == EntryKind::File && file.mode & bit != 0);
    files.filter(|file| !allowed.contains(file.path.as_str())).collect()
}

/// Whether the image has a package database at all: without one nothing is owned, and nothing can be said.
fn has_packages(image: &Image<'_>) -> bool {
    !image.inventory.packages.is_empty() || image.notable().any(|file| file.owner.is_some())
}

fn any_bit(image: &Image<'_>, answer: &mut Answer) {
    if image.notable().any(|file| file.kind == EntryKind::File && file.mode & 0o6000 != 0) {
        answer.applies();
    }
}

fn device(image: &Image<'_>, answer: &mut Answer) {
    for file in image.notable().filter(|file| file.kind == EntryKind::Special) {
        answer.applies();
        if !file.path.starts_with("dev/") {
            answer.fail(Hit::file(&file.path));
        }
    }
}

fn hidden(image: &Image<'_>, answer: &mut Answer) {
    let system =
        ["bin/", "sbin/", "usr/", "lib/", "lib64/", "etc/", "var/lib/", "tmp/", "var/tmp/", "dev/"];
    for file in image.notable() {
        let is_program = file.kind == EntryKind::File && file.mode & 0o111 != 0;
        if !is_program || !system.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        answer.applies();
        if name(file).starts_with('.') && file.owner.is_none() {
            answer.fail(Hit::file(&file.path));
        }
    }
}

fn setgid(image: &Image<'_>, answer: &mut Answer) {
    any_bit(image, answer);
    for file in with_bit(image, 0o2000) {
        let known = if has_packages(image) {
            file.owner.is_some()
        } else {
            KNOWN_SETUID.contains(&name(file))
        };
        if !known && file.mode & 0o4000 == 0 && file.mode & 0o010 != 0 {
            answer.fail(mode_hit(file, "no setgid bit", format!("Run `chmod g-s /{}`", file.path)));
        }
    }
}

fn setuid_any(image: &Image<'_>, answer: &mut Answer) {
    any_bit(image, answer);
    for file in with_bit(image, 0o6000).into_iter().filter(|file| file.mode & 0o111 != 0) {
        answer.fail(mode_hit(
            file,
            "no setuid or setgid bit",
            format!("Run `chmod u-s,g-s /{}`", file.path),
        ));
    }
}

fn setuid_package(image: &Image<'_>, answer: &mut Answer) {
    any_bit(image, answer);
    for file in with_bit(image, 0o6000) {
        if file.owner.is_some() && !KNOWN_SETUID.contains(&name(file)) {
            answer.fail(mode_hit(
                file,
                "no setuid or setgid bit",
                format!("Run `chmod u-s,g-s /{}`", file.path),
            ));
        }
    }
}

fn setuid_unknown(image: &Image<'_>, answer: &mut Answer) {
    any_bit(image, answer);
    for file in with_bit(image, 0o4000) {
        let known = if has_packages(image) {
            file.owner.is_some()
        } else {
            KNOWN_SETUID.contains(&name(file))
        };
        if !known {
            answer.fail(mode_hit(file, "no setuid bit", format!("Run `chmod u-s /{}`", file.path)));
        }
    }
}

fn setuid_shell(image: &Image<'_>, answer: &mut Answer) {
    any_bit(image, answer);
    let shells = [
        "sh", "ash", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish", "env", "python",
        "python3", "perl", "find", "vim", "nmap",
    ];
    for file in with_bit(image, 0o4000) {
        if file.uid == 0 && shells.contains(&name(file)) {
            answer.fail(mode_hit(file, "no setuid bit", format!("Run `chmod u-s /{}`", file.path)));
        }
    }
}

fn sticky(image: &Image<'_>, answer: &mut Answer) {
    for file in image.notable().filter(|file| file.kind == EntryKind::Dir && file.mode & 0o002 != 0)
    {
        answer.applies();
        // The kernel's own folders are mounted over.
        if file.mode & 0o1000 == 0
            && !file.path.starts_with("proc")
            && !file.path.starts_with("sys")
        {
            let advice = if SHARED.contains(&file.path.as_str()) { "+t" } else { "o-w" };
            answer.fail(mode_hit(
                file,
                "a sticky bit, or not writable by others",
                format!("Run `chmod {advice} /{}`", file.path),
            ));
        }
    }
}

fn temporary(image: &Image<'_>, answer: &mut Answer) {
    for file in image.notable() {
        let inside = SHARED.iter().any(|folder| {
            file.path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
        });
        let is_program = file.kind == EntryKind::File && file.mode & 0o111 != 0;
        if inside && (is_program || file.kind == EntryKind::Dir) {
            answer.applies();
            if is_program {
                answer.fail(Hit::file(&file.path));
            }
        }
    }
}

fn unowned(image: &Image<'_>, answer: &mut Answer) {
    let (Some(passwd), Some(group)) = (image.text("etc/passwd"), image.text("etc/group")) else {
        return;
    };
    let notable = super::super::Notable::new(Some(&passwd.text), Some(&group.text));
    let user = &image.inventory.config.user;
    let user: Option<u32> = user.split(':').next().and_then(|uid| uid.parse().ok());
    for file in image.notable() {
        answer.applies();
        let entry = plimsoll_model::PathEntry {
            path: &file.path,
            kind: file.kind,
            mode: file.mode,
            uid: file.uid,
            gid: file.gid,
            size: file.size,
            target: "",
        };
        if notable.is_unowned(&entry) && Some(file.uid) != user {
            let actual = format!("{}:{}", file.uid, file.gid);
            answer.fail(Hit::file(&file.path).setting(
                "owner",
                actual,
                "a user and group of the image",
            ));
        }
    }
}

fn world_writable(image: &Image<'_>, answer: &mut Answer) {
    for file in image.notable().filter(|file| file.kind == EntryKind::File) {
        answer.applies();
        if file.mode & 0o002 != 0 {
            answer.fail(mode_hit(
                file,
                "not writable by others",
                format!("Run `chmod o-w /{}`", file.path),
            ));
        }
    }
}
