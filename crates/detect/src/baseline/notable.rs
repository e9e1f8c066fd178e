//! Which entries of the file tree an inventory keeps for checks: an image has hundreds of thousands, checks ask
//! for a few hundred.

use std::collections::HashSet;

use plimsoll_model::{EntryKind, PathEntry};

/// Folders in which no program belongs.
const NO_PROGRAMS: &[&str] = &["tmp/", "var/tmp/", "dev/shm/", "run/lock/", "var/lock/"];

/// Tells entries that checks look at from all others.
#[derive(Clone, Debug, Default)]
pub struct Notable {
    users: Option<HashSet<u32>>,
    groups: Option<HashSet<u32>>,
}

impl Notable {
    /// From the texts of `etc/passwd` and `etc/group`, where the image has them. Without them nobody can say which
    /// owner is unknown.
    #[must_use]
    pub fn new(passwd: Option<&str>, group: Option<&str>) -> Self {
        let ids = |text: &str| {
            text.lines().filter_map(|line| line.split(':').nth(2)?.trim().parse().ok()).collect()
        };
        Self { users: passwd.map(ids), groups: group.map(ids) }
    }

    /// Whether the image's account files lack the entry's owner or group.
    #[must_use]
    pub fn is_unowned(&self, entry: &PathEntry<'_>) -> bool {
        self.users.as_ref().is_some_and(|ids| !ids.contains(&entry.uid))
            || self.groups.as_ref().is_some_and(|ids| !ids.contains(&entry.gid))
    }

    /// Whether checks look at this entry. Called for every entry of an image.
    #[must_use]
    pub fn wants(&self, entry: &PathEntry<'_>) -> bool {
        match entry.kind {
            EntryKind::Symlink => return is_configuration_link(entry.path),
            EntryKind::Hardlink => return false,
            EntryKind::Dir if is_judged_folder(entry.path) => return true,
            _ => {}
        }
        let is_file = entry.kind == EntryKind::File;
        let is_program = is_file && entry.mode & 0o111 != 0;
        (is_file && entry.mode & 0o6000 != 0)
            || entry.mode & 0o002 != 0
            || self.is_unowned(entry)
            || entry.kind == EntryKind::Special
            || (is_program
                && (NO_PROGRAMS.iter().any(|folder| entry.path.starts_with(folder))
                    || entry.path.starts_with('.')
                    || entry.path.contains("/.")))
            || (is_file && (is_key(entry.path) || is_trust(entry.path)))
    }
}

/// Links among configuration files: services include files by the names of links (`sites-enabled`), and
/// distributions link main files (`my.cnf`). The many links that no service includes are left out.
fn is_configuration_link(path: &str) -> bool {
    const OTHERS: &[&str] =
        &["rc", "ssl/certs/", "fonts/", "systemd/", "pki/", "init.d/", "ca-certificates/"];
    let Some(rest) = path.strip_prefix("etc/") else {
        return path.starts_with("usr/local/etc/")
            || path.starts_with("opt/") && path.contains("/conf");
    };
    match rest.strip_prefix("alternatives/") {
        Some(name) => {
            [".cnf", ".conf", ".ini", ".cfg", ".xml"].iter().any(|end| name.ends_with(end))
        }
        None => !OTHERS.iter().any(|folder| rest.starts_with(folder)),
    }
}

/// Folders whose own mode and owner count.
fn is_judged_folder(path: &str) -> bool {
    matches!(
        path,
        "root"
            | "tmp"
            | "var/tmp"
            | "etc/sudoers.d"
            | "etc/cron.d"
            | "etc/cron.hourly"
            | "etc/cron.daily"
            | "etc/cron.weekly"
            | "etc/cron.monthly"
    ) || path.ends_with("/.ssh")
}

/// Certificates of authorities that somebody added, and private keys of TLS.
fn is_trust(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "etc/ssl/private/",
        "etc/pki/tls/private/",
        "usr/local/share/ca-certificates/",
        "etc/pki/ca-trust/source/anchors/",
        "usr/share/pki/ca-trust-source/anchors/",
        "etc/pki/trust/anchors/",
        "etc/ca-certificates/trust-source/anchors/",
    ];
    FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Files that by their name hold keys, or who may log in by one.
fn is_key(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "id_rsa"
            | "id_dsa"
            | "id_ecdsa"
            | "id_ed25519"
            | "authorized_keys"
            | ".rhosts"
            | ".shosts"
            | "hosts.equiv"
    ) || (name.starts_with("ssh_host_") && name.ends_with("_key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, mode: u16, uid: u32) -> PathEntry<'_> {
        PathEntry { path, kind: EntryKind::File, mode, uid, gid: 0, size: 1, target: "" }
    }

    #[test]
    fn what_checks_look_at() {
        let notable = Notable::new(Some("root:x:0:0::/:/bin/sh\n"), Some("root:x:0:\n"));
        for (path, mode, uid, wanted) in [
            ("usr/bin/su", 0o4755, 0, true),
            ("usr/bin/ls", 0o755, 0, false),
            ("usr/bin/ls", 0o755, 1000, true),
            ("etc/motd", 0o666, 0, true),
            ("tmp/x", 0o755, 0, true),
            ("tmp/x", 0o644, 0, false),
            ("usr/share/.cache/x", 0o755, 0, true),
            ("root/.ssh/id_rsa", 0o600, 0, true),
            ("etc/ssl/private/x.key", 0o600, 0, true),
            ("usr/local/share/ca-certificates/x.crt", 0o644, 0, true),
        ] {
            assert_eq!(notable.wants(&entry(path, mode, uid)), wanted, "{path} {mode:o} {uid}");
        }
        for (path, kind, wanted) in [
            ("etc/nginx/sites-enabled/x", EntryKind::Symlink, true),
            ("etc/ssl/certs/x.pem", EntryKind::Symlink, false),
            ("etc/rc2.d/S01x", EntryKind::Symlink, false),
            ("etc/alternatives/my.cnf", EntryKind::Symlink, true),
            ("etc/alternatives/awk", EntryKind::Symlink, false),
            ("usr/bin/x", EntryKind::Symlink, false),
            ("root/.ssh", EntryKind::Dir, true),
            ("root/x", EntryKind::Dir, false),
        ] {
            let entry = PathEntry { kind, ..entry(path, 0o755, 0) };
            assert_eq!(notable.wants(&entry), wanted, "{path}");
        }
        let nobody_knows = Notable::new(None, None);
        assert!(!nobody_knows.wants(&entry("usr/bin/ls", 0o755, 1000)));
    }
}
