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
        if matches!(entry.kind, EntryKind::Symlink | EntryKind::Hardlink) {
            return false;
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
            || (is_file && is_key(entry.path))
    }
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
        ] {
            assert_eq!(notable.wants(&entry(path, mode, uid)), wanted, "{path} {mode:o} {uid}");
        }
        let nobody_knows = Notable::new(None, None);
        assert!(!nobody_knows.wants(&entry("usr/bin/ls", 0o755, 1000)));
    }
}
