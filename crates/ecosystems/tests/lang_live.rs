//! Installed packages of this machine, as their own tools list them: nothing is made for the test, so it says
//! that it skipped where a tool is missing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, process::Command};

use plimsoll_ecosystems::lang;
use plimsoll_model::{EntryKind, Fact, FileMeta, LayerFile, PathEntry, Want};

/// `NAME VERSION PATH` of what a tool has installed, a line each.
fn listed(program: &str, args: &[&str]) -> Option<Vec<(String, String, String)>> {
    let output = Command::new(program).args(args).output().ok().filter(|o| o.status.success());
    let Some(output) = output else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()?))
    });
    Some(rows.collect())
}

#[track_caller]
fn agree(rows: &[(String, String, String)]) {
    for (name, version, path) in rows {
        // The part below the root, as in a layer.
        let (inside, bytes) = (path.trim_start_matches('/'), fs::read(path).unwrap());
        let size = bytes.len() as u64;
        let kind = EntryKind::File;
        let entry = PathEntry { path: inside, kind, mode: 0o644, uid: 0, gid: 0, size, target: "" };
        let meta = FileMeta { entry };
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        for language in lang::all() {
            let want = language.wants(&meta, &bytes[..bytes.len().min(512)]);
            let bytes = match want {
                Want::Skip => continue,
                Want::Prefix(n) => &bytes[..bytes.len().min(n)],
                Want::Whole | Want::Hold | Want::Stream => &bytes,
            };
            language.analyze(&LayerFile { meta, bytes }, &mut facts, &mut problems).unwrap();
        }
        let [Fact::Packages(packages)] = facts.as_slice() else { panic!("{path}: {facts:?}") };
        let found: Vec<_> =
            packages.iter().map(|p| (p.name.as_str(), p.version.as_str())).collect();
        assert_eq!(found, [(name.as_str(), version.as_str())], "{path}");
    }
    println!("{} packages agree", rows.len());
}

#[test]
fn python_as_importlib_lists_it() {
    let script = "import importlib.metadata as m\n\
                  for d in m.distributions():\n p = d._path\n \
                  f = p / 'METADATA' if p.name.endswith('.dist-info') else (p / 'PKG-INFO' if p.is_dir() else p)\n \
                  print(d.metadata['Name'], d.version, f, sep='\\t')";
    if let Some(rows) = listed("python3", &["-c", script]) {
        assert!(!rows.is_empty());
        agree(&rows);
    }
}

#[test]
fn ruby_as_rubygems_lists_it() {
    let script =
        "Gem::Specification.each { |s| puts [s.name, s.version, s.loaded_from].join(\"\\t\") }";
    if let Some(rows) = listed("ruby", &["-e", script]) {
        agree(&rows);
    }
}

#[test]
fn javascript_as_node_lists_it() {
    // What is below npm itself, which is where node is.
    let script = "const cp = require('child_process'), fs = require('fs'), path = require('path');\
        const root = cp.execSync('npm root -g').toString().trim();\
        const walk = (dir) => { for (const e of fs.existsSync(dir) ? fs.readdirSync(dir) : []) {\
            if (e.startsWith('.')) continue;\
            if (e.startsWith('@')) { walk(path.join(dir, e)); continue; }\
            const file = path.join(dir, e, 'package.json');\
            if (!fs.existsSync(file)) continue;\
            const p = require(file); console.log([p.name, p.version, file].join('\\t'));\
            walk(path.join(dir, e, 'node_modules')); } };\
        walk(root);";
    if let Some(rows) = listed("node", &["-e", script]) {
        agree(&rows);
    }
}
