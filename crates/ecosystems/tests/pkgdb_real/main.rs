//! Package databases that real package managers wrote, read by us and by those package managers: both must
//! list the same packages.
//!
//! `PLIMSOLL_TEST_DATA` names a folder with real databases (`rpmdb/`) and root filesystems (`images/`).
//! `PLIMSOLL_TEST_ROOTS` may name a folder of unpacked Debian root filesystems; of those with rpm in them, rpm
//! is run too, because each Debian release writes another database format. What is missing is skipped, and
//! said.

// Clippy allows these in test functions, not in the functions that they share.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod apk;
mod dpkg;
mod rpm;

/// The folder of real data, or a printed reason to skip.
pub(crate) fn data(below: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return None;
    };
    Some(PathBuf::from(root).join(below))
}

/// The folders of unpacked root filesystems, none where the variable is unset.
pub(crate) fn roots() -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("PLIMSOLL_TEST_ROOTS") else {
        println!("skipped: PLIMSOLL_TEST_ROOTS is unset");
        return Vec::new();
    };
    sorted_folder(Path::new(&root))
        .into_iter()
        .filter(|path| path.join("var/lib").is_dir())
        .collect()
}

pub(crate) fn sorted_folder(path: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Whether a program can be started; prints the reason to skip where not.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

pub(crate) fn is_root() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if !root {
        println!("skipped: changing the root folder needs the privileges of root");
    }
    root
}

/// Standard output of a command that must succeed.
pub(crate) fn run(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// An empty folder below the build folder.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pkgdb").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Compares two lists of lines and shows the first differences rather than both lists.
pub(crate) fn assert_same_lines(what: &str, mut ours: Vec<String>, mut theirs: Vec<String>) {
    ours.sort();
    theirs.sort();
    if ours != theirs {
        let only = |a: &[String], b: &[String]| -> Vec<String> {
            a.iter().filter(|line| b.binary_search(line).is_err()).take(5).cloned().collect()
        };
        panic!(
            "{what}: {} lines against {}\nonly ours: {:#?}\nonly theirs: {:#?}",
            ours.len(),
            theirs.len(),
            only(&ours, &theirs),
            only(&theirs, &ours)
        );
    }
    assert!(!ours.is_empty(), "{what}: nothing was compared");
    println!("{what}: {} lines agree", ours.len());
}
