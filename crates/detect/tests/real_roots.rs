//! The default catalogue on real root filesystems: what it says of each is reviewed and kept here, so that a check
//! that begins to cry wolf on a stock image fails this test.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{
    collections::HashMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use plimsoll_detect::{
    baseline::{Catalogue, Notable, Outcome, Parameters, evaluate},
    texts::TextFiles,
};
use plimsoll_model::{
    Analyzer, EntryKind, Fact, FileMeta, INVENTORY_SCHEMA, ImageConfig, ImageIdentity, ImageText,
    Inventory, LayerFile, NotableFile, OwnedPackage, Package, PackageKind, PathEntry, Platform,
    Want, normalize_path,
};

struct Row {
    file: NotableFile,
    body: Vec<u8>,
}

/// All entries of a tar, with the bytes of those that a scan would read.
fn rows(path: &Path) -> Vec<Row> {
    let file = fs::File::open(path).unwrap();
    let reader: Box<dyn Read> = match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => Box::new(flate2::read::GzDecoder::new(file)),
        Some("xz") => Box::new(liblzma::read::XzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut out = Vec::new();
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        let kind = match header.entry_type() {
            tar::EntryType::Directory => EntryKind::Dir,
            tar::EntryType::Symlink => EntryKind::Symlink,
            tar::EntryType::Link => EntryKind::Hardlink,
            tar::EntryType::Regular | tar::EntryType::Continuous => EntryKind::File,
            _ => EntryKind::Special,
        };
        let (mode, uid, gid, size) = (
            header.mode().unwrap() as u16 & 0o7777,
            header.uid().unwrap() as u32,
            header.gid().unwrap() as u32,
            header.size().unwrap(),
        );
        let target = entry.link_name().unwrap().map(|p| p.to_string_lossy().into_owned());
        let Some(path) = normalize_path(&entry.path_bytes()) else { continue };
        let mut body = Vec::new();
        if kind == EntryKind::File && size < 4 << 20 {
            entry.read_to_end(&mut body).unwrap();
        }
        let target = target.unwrap_or_default();
        let file = NotableFile { path, layer: 0, kind, mode, uid, gid, size, target, owner: None };
        out.push(Row { file, body });
    }
    out
}

/// The inventory of a root filesystem as the engine would make it.
fn inventory(path: &Path) -> Inventory {
    let rows = rows(path);
    let text = |path: &str| {
        let row = rows.iter().find(|row| row.file.path == path)?;
        String::from_utf8(row.body.clone()).ok()
    };
    let notable = Notable::new(text("etc/passwd").as_deref(), text("etc/group").as_deref());
    let mut inventory = Inventory {
        schema: INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: path.display().to_string(),
            source: "rootfs-archive".into(),
            digest: None,
            config_digest: None,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            platform: Platform::default(),
        },
        layers: Vec::new(),
        config: ImageConfig::default(),
        history: Vec::new(),
        os: None,
        packages: Vec::new(),
        detections: Vec::new(),
        texts: Vec::new(),
        notable: Vec::new(),
        identities: Vec::new(),
        looked_for: Vec::new(),
        problems: Vec::new(),
    };
    let owners = owners(&rows, &mut inventory);
    for row in &rows {
        let NotableFile { path, kind, mode, uid, gid, size, target, .. } = &row.file;
        let entry =
            PathEntry { path, kind: *kind, mode: *mode, uid: *uid, gid: *gid, size: *size, target };
        let meta = FileMeta { entry };
        let head = row.body.get(..512).unwrap_or(&row.body);
        if *kind == EntryKind::File && TextFiles.wants(&meta, head) != Want::Skip {
            let mut facts = Vec::new();
            let file = LayerFile { meta, bytes: &row.body };
            TextFiles.analyze(&file, &mut facts, &mut Vec::new()).unwrap();
            for fact in facts {
                let Fact::Text { text } = fact else { continue };
                let (path, mode, uid, gid) = (path.clone(), *mode, *uid, *gid);
                inventory.texts.push(ImageText { path, layer: 0, mode, uid, gid, text });
            }
        }
        if notable.wants(&entry) {
            let owner = owners.get(path).cloned();
            inventory.notable.push(NotableFile { owner, ..row.file.clone() });
        }
    }
    inventory.texts.sort_by(|a, b| a.path.cmp(&b.path));
    inventory.notable.sort_by(|a, b| a.path.cmp(&b.path));
    inventory
}

/// Which package owns which file (apk and dpkg), and the packages.
fn owners(rows: &[Row], inventory: &mut Inventory) -> HashMap<String, String> {
    let mut owners = HashMap::new();
    let mut push = |name: &str, version: &str, kind| {
        inventory.packages.push(OwnedPackage {
            package: Package::new(kind, name, version),
            path: String::new(),
            layer: 0,
            set_aside: None,
        });
    };
    for row in rows {
        let text = String::from_utf8_lossy(&row.body);
        let path = row.file.path.as_str();
        if path == "lib/apk/db/installed" {
            let (mut package, mut folder) = (String::new(), String::new());
            for line in text.lines() {
                match line.split_once(':') {
                    Some(("P", name)) => package = name.to_owned(),
                    Some(("V", version)) => push(&package, version, PackageKind::Apk),
                    Some(("F", path)) => folder = path.to_owned(),
                    Some(("R", name)) => {
                        owners.insert(format!("{folder}/{name}"), package.clone());
                    }
                    _ => {}
                }
            }
        } else if path == "var/lib/dpkg/status" {
            let mut package = "";
            for line in text.lines() {
                match line.split_once(": ") {
                    Some(("Package", name)) => package = name,
                    Some(("Version", version)) => push(package, version, PackageKind::Deb),
                    _ => {}
                }
            }
        } else if let Some(name) =
            path.strip_prefix("var/lib/dpkg/info/").and_then(|p| p.strip_suffix(".list"))
        {
            for file in text.lines() {
                let file = file.trim_start_matches('/').to_owned();
                // Debian's lists name files by the folders of before the merge of /usr, as the engine knows.
                owners.insert(format!("usr/{file}"), name.to_owned());
                owners.insert(file, name.to_owned());
            }
        }
    }
    owners
}

fn found(outcome: &Outcome) -> Vec<String> {
    let shown = outcome.detections.iter().map(|d| {
        let line = d.detection.sightings.first().and_then(|s| s.line).map(|l| format!(":{l}"));
        format!(
            "{} {}{}",
            d.detection.rule,
            d.path.as_deref().unwrap_or("-"),
            line.unwrap_or_default()
        )
    });
    shown.collect()
}

/// Reviewed by hand. Alpine's images from 3.3 to 3.9 were published with an empty password of root
/// (CVE-2019-5021), and so were the tars of that time here; every later one must be quiet.
const EXPECTED: &[(&str, &[&str])] = &[
    ("alpine-minirootfs-3.10.9-x86_64.tar.gz", &[]),
    ("alpine-minirootfs-3.12.12-x86_64.tar.gz", &[]),
    ("alpine-minirootfs-3.18.9-x86_64.tar.gz", &[]),
    ("alpine-minirootfs-3.20.3-x86_64.tar.gz", &[]),
    ("alpine-minirootfs-3.6.5-x86_64.tar.gz", &[]),
    ("alpine-rootfs-2.6.6-x86_64.tar.gz", &[]),
    ("alpine-rootfs-2.7.9-x86_64.tar.gz", &[]),
    ("alpine-rootfs-3.1.4-x86_64.tar.xz", &[]),
    ("alpine-rootfs-3.4.6-x86_64.tar.xz", &["baseline-account-empty-password etc/shadow:1"]),
    ("alpine-rootfs-3.8.2-x86_64.tar.xz", &["baseline-account-empty-password etc/shadow:1"]),
    ("alpine-rootfs-3.9.0-x86_64.tar.xz", &["baseline-account-empty-password etc/shadow:1"]),
];

#[test]
fn stock_roots_are_quiet_but_for_what_is_true() {
    let Some(folder) = std::env::var_os("PLIMSOLL_TEST_DATA").map(PathBuf::from) else {
        eprintln!("skipped: PLIMSOLL_TEST_DATA is not set");
        return;
    };
    let mut wrong = Vec::new();
    for (name, expected) in EXPECTED {
        let path = folder.join("images").join(name);
        if !path.is_file() {
            eprintln!("skipped: no {name}");
            continue;
        }
        let outcome = evaluate(&inventory(&path), &Parameters::default());
        let found = found(&outcome);
        if found != *expected || !outcome.problems.is_empty() {
            wrong.push(format!("{name}: {found:#?} {:#?}", outcome.problems));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Prints everything that the checks say of the tars named by `PLIMSOLL_REVIEW` (separated by colons), for a review
/// by hand.
#[test]
#[ignore = "for reviews by hand"]
fn review() {
    let Some(tars) = std::env::var_os("PLIMSOLL_REVIEW") else { return };
    for path in std::env::split_paths(&tars) {
        let inventory = inventory(&path);
        for catalogue in [Catalogue::Default, Catalogue::Full] {
            let outcome = evaluate(&inventory, &Parameters { catalogue, ..Parameters::default() });
            println!(
                "== {} {catalogue:?}: {} failed, {} passed, {} undecided, {} do not apply",
                path.display(),
                outcome.failed,
                outcome.passed,
                outcome.undecided,
                outcome.not_applicable,
            );
            for d in &outcome.detections {
                let setting = d
                    .detection
                    .setting
                    .as_ref()
                    .map(|s| format!("{}={} want {}", s.name, s.actual, s.expected));
                let line =
                    d.detection.sightings.first().map(|s| format!("{:?} {}", s.line, s.text));
                println!(
                    "{} {} [{}] {}",
                    d.detection.rule,
                    d.path.as_deref().unwrap_or("-"),
                    line.unwrap_or_default(),
                    setting.unwrap_or_default()
                );
            }
            for problem in &outcome.problems {
                println!(
                    "? {:?} {} {}",
                    problem.kind,
                    problem.path.as_deref().unwrap_or("-"),
                    problem.message
                );
            }
        }
    }
}
