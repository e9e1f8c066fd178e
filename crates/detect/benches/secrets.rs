//! The search for secrets over real files, against the same rules tried one after another, and its pass for keywords
//! against an automaton. `PLIMSOLL_BENCH_FILES` names a folder; without it the machine's Python and Perl libraries are read.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use divan::{Bencher, black_box, counter::BytesCount};
use plimsoll_detect::secrets::{RuleSet, Secrets};
use plimsoll_model::{Analyzer, EntryKind, FileMeta, LayerFile, PathEntry, Want};
use regex_automata::{meta::Regex, util::syntax};

/// Bytes of files that are read into memory.
const ALL: usize = 64 << 20;

/// Bytes that the slow way is tried on.
const FEW: usize = 2 << 20;

type File = (String, Vec<u8>);

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    let mut room = ALL;
    let secrets = Secrets::new(RuleSet::builtin());
    let folders = match std::env::var_os("PLIMSOLL_BENCH_FILES") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => ["/usr/lib/python3", "/usr/lib/python3.11", "/usr/share", "/etc"]
            .map(PathBuf::from)
            .to_vec(),
    };
    for folder in folders {
        read(&secrets, &folder, &mut room, &mut files);
    }
    files
});

fn read(secrets: &Secrets, folder: &Path, room: &mut usize, files: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if *room == 0 {
            return;
        }
        if meta.is_dir() {
            read(secrets, &path, room, files);
        } else if meta.is_file()
            && meta.len() < 4 << 20
            && let Ok(bytes) = fs::read(&path)
        {
            let path = path.to_string_lossy().trim_start_matches('/').to_owned();
            let is_archive = bytes.starts_with(b"PK") || bytes.starts_with(b"\x1f\x8b");
            if !is_archive && wanted(secrets, &path, &bytes) {
                *room = room.saturating_sub(bytes.len());
                files.push((path, bytes));
            }
        }
    }
}

fn meta<'a>(path: &'a str, bytes: &[u8]) -> FileMeta<'a> {
    let size = bytes.len() as u64;
    FileMeta {
        entry: PathEntry {
            path,
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size,
            target: "",
        },
    }
}

fn wanted(secrets: &Secrets, path: &str, bytes: &[u8]) -> bool {
    secrets.wants(&meta(path, bytes), &bytes[..bytes.len().min(512)]) == Want::Whole
}

/// Files of at most so many bytes together, taken evenly from all.
fn some(most: usize) -> Vec<&'static File> {
    let total: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
    let step = total.div_ceil(most).max(1);
    FILES.iter().step_by(step).collect()
}

fn size(files: &[&File]) -> BytesCount {
    BytesCount::of_many::<u8>(files.iter().map(|(_, bytes)| bytes.len()).sum())
}

fn pass(secrets: &Secrets, files: &[&File]) -> usize {
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        let file = LayerFile { meta: meta(path, bytes), bytes };
        let _ = secrets.analyze(&file, &mut facts, &mut problems);
    }
    facts.len()
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn whole_pass(bencher: Bencher<'_, '_>) {
    let secrets = Secrets::new(RuleSet::builtin());
    let files = some(ALL);
    pass(&secrets, &files);
    bencher.counter(size(&files)).bench_local(|| black_box(pass(&secrets, &files)));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn whole_pass_of_few(bencher: Bencher<'_, '_>) {
    let secrets = Secrets::new(RuleSet::builtin());
    let files = some(FEW);
    pass(&secrets, &files);
    bencher.counter(size(&files)).bench_local(|| black_box(pass(&secrets, &files)));
}

/// What a search without keywords does: every pattern over every file.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn one_rule_after_another_of_few(bencher: Bencher<'_, '_>) {
    let set = RuleSet::builtin();
    let patterns: Vec<Regex> = set
        .rules()
        .filter_map(|rule| rule.pattern.as_ref())
        .filter_map(|pattern| {
            let config = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
            Regex::builder().syntax(config).build(pattern.as_str()).ok()
        })
        .collect();
    let files = some(FEW);
    bencher.counter(size(&files)).bench_local(|| {
        let count =
            |bytes: &[u8]| patterns.iter().map(|p| p.find_iter(bytes).count()).sum::<usize>();
        black_box(files.iter().map(|(_, bytes)| count(bytes)).sum::<usize>())
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn automaton_of_keywords(bencher: Bencher<'_, '_>) {
    let set = RuleSet::builtin();
    let words: Vec<&str> =
        set.rules().flat_map(|rule| &rule.keywords).map(String::as_str).collect();
    let Ok(automaton) = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&words)
    else {
        return;
    };
    let files = some(ALL);
    bencher.counter(size(&files)).bench_local(|| {
        let count = |bytes: &[u8]| automaton.find_overlapping_iter(bytes).count();
        black_box(files.iter().map(|(_, bytes)| count(bytes)).sum::<usize>())
    });
}

fn main() {
    divan::main();
}
