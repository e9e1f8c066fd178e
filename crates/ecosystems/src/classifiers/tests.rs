use std::{fs, path::Path, process::Command};

use plimsoll_model::{EntryKind, PathEntry};
use proptest::prelude::*;

use super::*;

fn run(path: &str, bytes: &[u8]) -> Vec<(String, String)> {
    let size = bytes.len() as u64;
    let kind = EntryKind::File;
    let entry = PathEntry { path, kind, mode: 0o755, uid: 0, gid: 0, size, target: "" };
    let file = LayerFile { meta: FileMeta { entry }, bytes };
    let mut facts = Vec::new();
    if Classifiers.wants(&file.meta, &bytes[..bytes.len().min(512)]) != Want::Skip {
        Classifiers.analyze(&file, &mut facts, &mut Vec::new()).unwrap();
    }
    let packages = facts.into_iter().flat_map(|fact| match fact {
        Fact::Packages(packages) => packages,
        _ => Vec::new(),
    });
    packages.map(|package| (package.name, package.version)).collect()
}

fn file_of(name: Name) -> String {
    match name {
        Name::Is(name) | Name::Path(name) => format!("opt/{name}"),
        Name::Starts(name) => format!("opt/{name}9.9"),
        Name::Library(name) => format!("opt/{name}.9"),
    }
}

fn version_of(evidence: Evidence) -> String {
    match evidence {
        Evidence::Alone(start) => {
            format!("{start}{}", ["8.7.6", "8.7", "8"][start.matches('.').count()])
        }
        _ => "8.7.6".to_owned(),
    }
}

fn carrier(classifier: &Classifier, evidence: Evidence, version: &str) -> Vec<u8> {
    let text = match evidence {
        Evidence::After(text) => format!("{text}{version}"),
        Evidence::AfterWith(text, more) => format!("{text}{version}{more}"),
        Evidence::Before(text) => format!("{version}{text}"),
        Evidence::Alone(_) => version.to_owned(),
    };
    let head = if is_text(classifier) { "" } else { "\x7fELF" };
    format!("{head}\x01\x02\0{text}\0\x03").into_bytes()
}

#[test]
fn every_name_and_text_is_recognised_and_others_are_not() {
    let mut names: Vec<&str> = Vec::new();
    for classifier in all() {
        names.push(classifier.name);
        for name in classifier.files {
            let path = file_of(*name);
            for evidence in classifier.evidence {
                let version = version_of(*evidence);
                let bytes = carrier(classifier, *evidence, &version);
                let expected = (classifier.name.to_owned(), version);
                assert!(run(&path, &bytes).contains(&expected), "{path}: {:?}", run(&path, &bytes));
                assert_eq!(run("opt/other-file", &bytes), []);
            }
            assert_eq!(run(&path, b"\x7fELF without a version"), [], "{path}");
            if !is_text(classifier) {
                let script = carrier(classifier, classifier.evidence[0], "8.7.6");
                assert_eq!(run(&path, &script[4..]), [], "{path}: a script of that name");
            }
        }
    }
    assert!(names.len() >= 60, "{}", names.len());
    for list in [programs::ALL, texts::ALL] {
        assert!(list.is_sorted_by(|a, b| a.name < b.name));
    }
}

#[test]
fn versions_end_where_they_end() {
    let read = |text: &str| run("opt/openssl", format!("\x7fELF OpenSSL {text}").as_bytes());
    let version = |text: &str| read(text).first().map(|(_, version)| version.clone());
    assert_eq!(version("1.1.1w  11 Sep 2023").as_deref(), Some("1.1.1w"));
    assert_eq!(version("3.0.22 25 Aug 2026").as_deref(), Some("3.0.22"));
    assert_eq!(version("3.2.0-beta1").as_deref(), Some("3.2.0"));
    assert_eq!(version("3.2.0rc1 x").as_deref(), Some("3.2.0rc1"));
    assert_eq!(version("1.1.1. OpenSSL 3.0.1").as_deref(), Some("1.1.1"));
    assert_eq!(version("library"), None);
    assert_eq!(version("3"), None);
    assert_eq!(version("99999999999999.1"), None);
    let ssh = run("usr/sbin/sshd", b"\x7fELF\0OpenSSH_9.2p1 Debian-2\0");
    assert_eq!(ssh, [("openssh".to_owned(), "9.2p1".to_owned())]);
    let exim = run("usr/exim/bin/exim", b"\x7fELF\x004.96\0<<eximversion>>");
    assert_eq!(exim, [("exim".to_owned(), "4.96".to_owned())]);
    // An address is no version.
    assert_eq!(run("opt/redis-server", b"\x7fELF\x00127.0.0.1\x00"), []);
}

#[test]
fn the_page_of_classifiers_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/classifiers.md");
    if std::env::var_os("PLIMSOLL_BLESS").is_some() {
        fs::write(&page, table()).unwrap();
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    let how = "PLIMSOLL_BLESS=1 cargo test -p plimsoll-ecosystems classifiers";
    assert!(written == table(), "docs/classifiers.md is stale: {how}");
}

/// Programs of this machine against the versions that dpkg knows. `PLIMSOLL_TEST_PROGRAMS` names further folders,
/// each `PACKAGE/…` as `dpkg-deb -x` makes it, beside a file `versions` with `PACKAGE VERSION` lines.
#[test]
fn programs_of_this_machine_agree_with_dpkg() {
    let mut wrong = Vec::new();
    let mut right = 0;
    let mut check = |path: &str, bytes: &[u8], version: &str| {
        let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
        // `3.1.7+really3.1.2` is 3.1.2, taken back after an update that went wrong.
        let upstream = upstream.split_once("+really").map_or(upstream, |(_, rest)| rest);
        for (name, found) in run(path, bytes) {
            // Debian's `7.2+dfsg`, `1.0~rc1`, `5.3.6-git…` all begin with what upstream says, or upstream says more.
            let plain = upstream.split(['-', '+', '~']).next().unwrap();
            if found.starts_with(plain) || plain.starts_with(&found) {
                right += 1;
            } else {
                wrong.push(format!("{path}: {name} {found}, but dpkg says {version}"));
            }
        }
    };
    let folders = ["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu"];
    for entry in folders.iter().flat_map(fs::read_dir).flatten().filter_map(Result::ok) {
        let path = entry.path();
        let path = path.to_str().unwrap_or_default();
        if named(path).next().is_none() || entry.file_type().is_ok_and(|t| !t.is_file()) {
            continue;
        }
        let show = |args: &[&str]| {
            let output = Command::new(args[0]).args(&args[1..]).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let Some(owner) = show(&["dpkg", "-S", path]) else { continue };
        let owner = owner.rsplit_once(": ").map_or("", |(owner, _)| owner);
        let Some(version) = show(&["dpkg-query", "-Wf", "${source:Upstream-Version}", owner])
        else {
            continue;
        };
        check(path, &fs::read(path).unwrap(), &version);
    }
    if let Some(root) = std::env::var_os("PLIMSOLL_TEST_PROGRAMS") {
        let root = Path::new(&root);
        for line in fs::read_to_string(root.join("versions")).unwrap().lines() {
            let (package, version) = line.split_once(' ').unwrap();
            let mut open = vec![root.join(package)];
            while let Some(folder) = open.pop() {
                for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
                    let kind = entry.file_type().unwrap();
                    if kind.is_dir() {
                        open.push(entry.path());
                    } else if kind.is_file() {
                        let path = entry.path();
                        check(
                            path.to_str().unwrap_or_default(),
                            &fs::read(&path).unwrap(),
                            version,
                        );
                    }
                }
            }
        }
    }
    println!("{right} programs agree with dpkg");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), wrong.len() + right, wrong.join("\n"));
}

proptest! {
    #[test]
    fn any_bytes_give_a_version_or_none(bytes: Vec<u8>, text in "[0-9a-z.\\x00]{0,60}") {
        for classifier in all() {
            for evidence in classifier.evidence {
                let _ = search::version(&bytes, *evidence);
                let _ = search::version(&carrier(classifier, *evidence, &text), *evidence);
            }
        }
    }
}
