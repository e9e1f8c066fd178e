//! Keeps the texts that checks of the finished image look at: configuration and account files, and scripts that
//! containers start. A check cannot judge them layer by layer: include files, later layers and the image's own
//! configuration decide what counts.

use std::sync::LazyLock;

use globset::{GlobSet, GlobSetBuilder};
use plimsoll_model::{
    Analyzer, AnalyzerId, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, Want,
};

use crate::{baseline, paths};

/// Largest text that is kept. Configuration is smaller by far; a larger one is reported as not looked at.
pub const MAX_TEXT: u64 = 256 << 10;

/// Largest script that is kept.
const MAX_SCRIPT: u64 = 64 << 10;

/// Scripts and lists of commands that run by themselves, whatever the entry point is.
const STARTED: &[&str] = &[
    "etc/profile",
    "etc/profile.d/*",
    "etc/bash.bashrc",
    "etc/bashrc",
    "etc/zsh/*",
    "etc/rc.local",
    "etc/rc.d/rc.local",
    "etc/environment",
    "etc/ld.so.preload",
    "etc/crontab",
    "etc/anacrontab",
    "etc/cron.*/*",
    "var/spool/cron/**",
    "etc/periodic/*/*",
    "etc/systemd/system/**/*.{service,timer}",
    "{root,home/*}/.{bashrc,bash_profile,bash_login,bash_logout,profile,zshrc,zprofile,zshenv}",
    "{root,home/*}/.config/systemd/user/**/*.{service,timer}",
    "{root,home/*}/.ssh/{authorized_keys,authorized_keys2,rc,config}",
];

/// Folders whose scripts belong to packages and are started by programs, not by containers.
const LIBRARIES: &[&str] = &[
    "usr/share/",
    "usr/lib/",
    "usr/libexec/",
    "usr/src/",
    "usr/local/lib/",
    "usr/local/share/",
    "usr/include/",
    "lib/",
    "lib64/",
    "var/lib/",
    "var/cache/",
    "proc/",
    "sys/",
];

/// Folders of programs, among which only what is named like a starter is one.
const PROGRAMS: &[&str] = &["bin/", "sbin/", "usr/bin/", "usr/sbin/"];

/// Parts of the names that starters of containers have.
const STARTERS: &[&str] = &["entrypoint", "start", "run", "init", "launch", "boot", "cmd", "exec"];

static WANTED: LazyLock<GlobSet> = LazyLock::new(|| {
    let mut set = GlobSetBuilder::new();
    for glob in baseline::FILES.iter().chain(STARTED) {
        // A test keeps them all valid.
        if let Ok(glob) = paths::glob(glob) {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
});

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextFiles;

/// Whether the first bytes are those of a script.
fn is_script(head: &[u8]) -> bool {
    head.starts_with(b"#!")
}

/// Whether a script at this path may be what a container starts.
fn may_start(path: &str) -> bool {
    if LIBRARIES.iter().any(|folder| path.starts_with(folder))
        || path.contains("/node_modules/")
        || path.contains("/site-packages/")
        || path.contains("/dist-packages/")
        || path.contains("/.git/")
    {
        return false;
    }
    if !PROGRAMS.iter().any(|folder| path.starts_with(folder)) {
        return true;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".sh") || STARTERS.iter().any(|part| name.contains(part))
}

impl Analyzer for TextFiles {
    fn id(&self) -> AnalyzerId {
        "texts"
    }

    fn fingerprint(&self) -> Fingerprint {
        // Raised whenever a list of globs changes as well.
        Fingerprint { version: 3, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        if WANTED.is_match(file.path())
            || (is_script(head) && file.size() <= MAX_SCRIPT && may_start(file.path()))
        {
            Want::Prefix(MAX_TEXT as usize + 1)
        } else {
            Want::Skip
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        if file.bytes.len() as u64 > MAX_TEXT {
            let message = format!(
                "over the limit of {MAX_TEXT} bytes for configuration; no check looked at it"
            );
            return Err(FileError { kind: plimsoll_model::ProblemKind::LimitReached, message });
        }
        // A database or program under the name of a configuration file says nothing to checks of texts.
        if memchr::memchr(0, file.bytes).is_none() {
            out.push(Fact::Text { text: String::from_utf8_lossy(file.bytes).into_owned() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{EntryKind, PathEntry};

    use super::*;

    fn wants(path: &str, head: &[u8]) -> bool {
        let entry = PathEntry {
            path,
            kind: EntryKind::File,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size: 9,
            target: "",
        };
        TextFiles.wants(&FileMeta { entry }, head) != Want::Skip
    }

    #[test]
    fn every_glob_is_valid() {
        for glob in baseline::FILES.iter().chain(STARTED) {
            assert!(paths::glob(glob).is_ok(), "{glob}");
        }
        assert_eq!(WANTED.len(), baseline::FILES.len() + STARTED.len());
    }

    #[test]
    fn configuration_and_what_starts() {
        for (path, head, wanted) in [
            ("etc/passwd", "root", true),
            ("etc/cron.d/x", "* *", true),
            ("home/a/.bashrc", "", true),
            ("docker-entrypoint.sh", "#!/bin/sh", true),
            ("app/start", "#!/usr/bin/env bash", true),
            ("app/start", "\x7fELF", false),
            ("usr/bin/run-app", "#!/bin/sh", true),
            ("usr/bin/ldd", "#!/bin/sh", false),
            ("usr/share/x/install.sh", "#!/bin/sh", false),
            ("app/node_modules/x/run.sh", "#!/bin/sh", false),
        ] {
            assert_eq!(wants(path, head.as_bytes()), wanted, "{path}");
        }
    }
}
