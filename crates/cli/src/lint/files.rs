//! Which files are meant, and their text.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;
use plimsoll_detect::build::{
    dockerfile::MAX_FILE,
    dockerignore::{DockerIgnore, MAX_DOCKERIGNORE},
};

use crate::{
    args::LintArgs,
    failure::{Failure, OrExit},
};

/// Most files that a search may find.
const MAX_FILES: usize = 10_000;

/// How deep a search goes.
const MAX_DEPTH: usize = 32;

/// Folders that hold other people's files.
const SKIPPED: &[&str] = &[".git", "node_modules", "target", "vendor", ".venv", "site-packages"];

/// A file to judge.
#[derive(Debug)]
pub(crate) struct Dockerfile {
    /// As it is reported.
    pub(crate) name: String,
    /// Where it is; `None` for standard input.
    pub(crate) path: Option<PathBuf>,
    /// Its text, lossy.
    pub(crate) text: String,
    /// Whether nothing was lost.
    pub(crate) is_utf8: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<Dockerfile>,
    /// What could not be read in a search.
    pub(crate) problems: Vec<String>,
}

/// Reads everything that the command line names.
pub(crate) fn find(args: &LintArgs) -> Result<Found, Failure> {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { here.as_slice() } else { args.paths.as_slice() };
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == "-" {
            let file = read(args.stdin_name.clone(), None, io::stdin().lock());
            found.files.push(file.context("cannot read standard input").or_not_acquired()?);
        } else if path.is_dir() {
            search(path, 0, &mut found);
        } else {
            let file = open(path).with_context(|| format!("cannot read {}", path.display()));
            found.files.push(file.or_not_acquired()?);
        }
    }
    if found.files.is_empty() {
        let error = anyhow::anyhow!("no Dockerfile or Containerfile found");
        return Err(error).or_not_acquired();
    }
    Ok(found)
}

fn open(path: &Path) -> io::Result<Dockerfile> {
    let name = path.strip_prefix("./").unwrap_or(path).display().to_string();
    read(name, Some(path.to_owned()), fs::File::open(path)?)
}

fn read(name: String, path: Option<PathBuf>, from: impl Read) -> io::Result<Dockerfile> {
    let mut bytes = Vec::new();
    // One more than is looked at, so that a larger file is told from one of just that size.
    from.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    let is_utf8 = std::str::from_utf8(&bytes).is_ok() && bytes.len() <= MAX_FILE;
    Ok(Dockerfile { name, path, text: String::from_utf8_lossy(&bytes).into_owned(), is_utf8 })
}

/// What the build context leaves out: the Dockerfile's own list goes before that of its folder. Where the Dockerfile
/// lies in another folder than the context, nothing is known.
pub(crate) fn dockerignore(file: &Dockerfile) -> io::Result<Option<DockerIgnore>> {
    let Some(path) = &file.path else { return Ok(None) };
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    for list in [format!("{name}.dockerignore"), ".dockerignore".to_owned()] {
        match fs::File::open(path.with_file_name(list)) {
            Ok(file) => {
                let bytes = plimsoll_model::read_capped(file, MAX_DOCKERIGNORE)?;
                return Ok(Some(DockerIgnore::parse(&String::from_utf8_lossy(&bytes))));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether a file is one by its name.
fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|kind| {
        let is_named = lower == *kind
            || lower.starts_with(&format!("{kind}."))
            || lower.ends_with(&format!(".{kind}"));
        // Ignore lists of single Dockerfiles are called so, too.
        is_named
            && !lower.ends_with(".dockerignore")
            && !lower.ends_with(".md")
            && !lower.ends_with(".swp")
    })
}

fn search(folder: &Path, depth: usize, found: &mut Found) {
    if depth > MAX_DEPTH || found.files.len() >= MAX_FILES {
        found.problems.push(format!(
            "{}: more than {MAX_FILES} files or {MAX_DEPTH} folders deep; the rest was not searched",
            folder.display()
        ));
        return;
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            found.problems.push(format!("{}: {error}", folder.display()));
            return;
        }
    };
    let mut entries: Vec<fs::DirEntry> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Links are not followed: they lead in circles, or out of the folder.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                search(&entry.path(), depth + 1, found);
            }
        } else if kind.is_file() && is_dockerfile(&name) {
            match open(&entry.path()) {
                Ok(file) => found.files.push(file),
                Err(error) => found.problems.push(format!("{}: {error}", entry.path().display())),
            }
        }
    }
}

/// Puts a new text in the place of a file, whole or not at all.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let mut beside = path.clone().into_os_string();
    beside.push(".plimsoll-new");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(&path)?.permissions()))
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // The error that is told is the first one.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "Dockerfile",
            "dockerfile",
            "Dockerfile.dev",
            "app.Dockerfile",
            "app.dockerfile",
            "Containerfile",
        ] {
            assert!(is_dockerfile(name), "{name}");
        }
        for name in
            ["Dockerfile.dockerignore", "DockerfileX", "mydockerfile", "README.md", "Dockerfile.md"]
        {
            assert!(!is_dockerfile(name), "{name}");
        }
    }
}
