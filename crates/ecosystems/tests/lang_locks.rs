//! Lock files as the real tools write them, against what the tools themselves list. The files are of small
//! projects, made by npm 11, yarn 1.22 and 3.8, pnpm 7 to 9, bun 1.2, uv and Pipenv; digests and addresses
//! are cut out. `*.expected` is the output of `npm ls --all` and `uv export`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::Path};

use plimsoll_ecosystems::lang;
use plimsoll_model::{EntryKind, Fact, FileMeta, LayerFile, PathEntry, Want};

fn data(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/lang").join(name)).unwrap()
}

fn read(stored: &str, path: &str) -> BTreeSet<String> {
    let bytes = data(stored);
    let size = bytes.len() as u64;
    let kind = EntryKind::File;
    let entry = PathEntry { path, kind, mode: 0o644, uid: 0, gid: 0, size, target: "" };
    let file = LayerFile { meta: FileMeta { entry }, bytes: &bytes };
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    for language in lang::all() {
        if language.wants(&file.meta, &bytes[..bytes.len().min(512)]) != Want::Skip {
            language.analyze(&file, &mut facts, &mut problems).unwrap();
        }
    }
    assert_eq!(problems, [], "{stored}");
    let packages = facts.into_iter().flat_map(|fact| match fact {
        Fact::Packages(packages) => packages,
        _ => Vec::new(),
    });
    packages.map(|package| format!("{} {}", package.name, package.version)).collect()
}

fn expected(name: &str) -> BTreeSet<String> {
    String::from_utf8(data(name)).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn lock_files_of_javascript_agree_with_npm_ls() {
    let installed = expected("npm/npm-ls.expected");
    for (stored, path) in [
        ("npm/package-lock.v1.json", "app/package-lock.json"),
        ("npm/package-lock.v2.json", "app/package-lock.json"),
        ("npm/package-lock.v3.json", "app/npm-shrinkwrap.json"),
        ("npm/yarn-classic.lock", "app/yarn.lock"),
        ("npm/yarn-berry.lock", "app/yarn.lock"),
        ("npm/pnpm-lock.pnpm7.yaml", "app/pnpm-lock.yaml"),
        ("npm/pnpm-lock.pnpm8.yaml", "app/pnpm-lock.yaml"),
        ("npm/pnpm-lock.pnpm9.yaml", "app/pnpm-lock.yaml"),
        ("npm/bun.lock", "app/bun.lock"),
    ] {
        let found = read(stored, path);
        let missing: Vec<_> = installed.difference(&found).collect();
        assert!(missing.is_empty(), "{stored} lacks {missing:?}");
        // Optional packages of other platforms are locked, not installed. Berry locks what they need too.
        if !stored.contains("berry") {
            assert_eq!(found, read("npm/package-lock.v3.json", "package-lock.json"), "{stored}");
        }
    }
}

#[test]
fn lock_files_of_python_agree_with_their_tools() {
    let uv = expected("pypi/uv.expected");
    assert_eq!(read("pypi/uv.lock", "app/uv.lock"), uv);
    let found = read("pypi/pylock.toml", "app/pylock.toml");
    assert!(found.is_subset(&uv) && found.len() > 10, "{found:?}");
    let pipfile = read("pypi/Pipfile.lock", "app/Pipfile.lock");
    assert!(pipfile.contains("requests 2.25.0") && pipfile.len() > 10, "{pipfile:?}");
}
