//! `cargo run --release -p plimsoll-detect --example secrets -- FOLDER…`: what the rules find in real folders, and how
//! fast. For whoever writes rules; values are masked.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use plimsoll_detect::secrets::{RuleSet, Secrets};
use plimsoll_model::{Analyzer, EntryKind, Fact, FileMeta, LayerFile, PathEntry, Want};

#[derive(Default)]
struct Totals {
    files: usize,
    wanted: usize,
    bytes: u64,
    wanted_bytes: u64,
    found: usize,
    time: Duration,
}

fn main() -> io::Result<()> {
    let start = Instant::now();
    let secrets = Secrets::new(RuleSet::builtin());
    println!("{} rules in {:?}", secrets.rules().len(), start.elapsed());
    let mut totals = Totals::default();
    for folder in std::env::args_os().skip(1).map(PathBuf::from) {
        walk(&secrets, &folder, &mut totals);
    }
    let rate = totals.wanted_bytes as f64 / 1e6 / totals.time.as_secs_f64();
    println!(
        "{} files of {:.0} MB, looked at {} of {:.0} MB in {:.2?} ({rate:.0} MB/s); {} found",
        totals.files,
        totals.bytes as f64 / 1e6,
        totals.wanted,
        totals.wanted_bytes as f64 / 1e6,
        totals.time,
        totals.found
    );
    Ok(())
}

fn walk(secrets: &Secrets, folder: &Path, totals: &mut Totals) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.is_dir() {
            walk(secrets, &path, totals);
        } else if meta.is_file() {
            let Ok(bytes) = fs::read(&path) else { continue };
            file(secrets, &path.to_string_lossy(), &bytes, totals);
        }
    }
}

fn file(secrets: &Secrets, path: &str, bytes: &[u8], totals: &mut Totals) {
    let path = path.trim_start_matches('/');
    let size = bytes.len() as u64;
    let entry =
        PathEntry { path, kind: EntryKind::File, mode: 0o644, uid: 0, gid: 0, size, target: "" };
    let meta = FileMeta { entry };
    totals.files += 1;
    totals.bytes += size;
    let start = Instant::now();
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    let result = match secrets.wants(&meta, &bytes[..bytes.len().min(512)]) {
        Want::Skip => {
            totals.time += start.elapsed();
            return;
        }
        Want::Prefix(most) => {
            let bytes = &bytes[..bytes.len().min(most)];
            totals.wanted_bytes += bytes.len() as u64;
            secrets.analyze(&LayerFile { meta, bytes }, &mut facts, &mut problems)
        }
        Want::Stream => {
            totals.wanted_bytes += size;
            secrets.analyze_stream(&meta, &mut &bytes[..], &mut facts, &mut problems)
        }
        _ => {
            totals.wanted_bytes += size;
            secrets.analyze(&LayerFile { meta, bytes }, &mut facts, &mut problems)
        }
    };
    let time = start.elapsed();
    totals.time += time;
    totals.wanted += 1;
    if time > Duration::from_millis(300) {
        println!("slow: {path} of {size} bytes took {time:.2?}");
    }
    if let Err(error) = result {
        println!("error: {path}: {error}");
    }
    for problem in problems {
        println!("problem: {path}: {:?} {}", problem.kind, problem.message);
    }
    for fact in facts {
        let Fact::Detection(found) = fact else { continue };
        totals.found += 1;
        let inside =
            if found.inside.is_empty() { String::new() } else { format!("!/{}", found.inside) };
        let sighting = found.sightings.first().cloned().unwrap_or_default();
        let line = sighting.line.map(|line| format!(":{line}")).unwrap_or_default();
        println!("{} [{:?}] {path}{inside}{line}  {}", found.rule, found.confidence, sighting.text);
    }
}
