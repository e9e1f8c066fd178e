use plimsoll_model::{EntryKind, Fact, PathEntry, PathIndexBuilder};
use proptest::prelude::*;

use super::*;

fn facts(n: u8) -> LayerFacts {
    let mut paths = PathIndexBuilder::default();
    for name in ["etc", "etc/os-release"] {
        assert!(paths.push(&PathEntry {
            path: name,
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 7,
            target: "",
        }));
    }
    LayerFacts {
        schema: LAYER_FACTS_SCHEMA,
        diff_id: Digest::from_bytes([n; 32]),
        tar_bytes: 1024,
        paths: paths.finish().0,
        whiteouts: Vec::new(),
        facts: vec![FileFact {
            analyzer: "os-release".into(),
            path: "etc/os-release".into(),
            fact: Fact::SystemFile { text: "ID=alpine\n".repeat(100) },
        }],
        problems: Vec::new(),
    }
}

fn print(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

fn only_file(cache: &CacheDir) -> PathBuf {
    let folder = cache.folder(&print(1));
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

#[test]
fn an_entry_comes_back_and_only_for_its_own_key() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path().join("a/b"));
    assert!(cache.load(&print(1), &print(9)).is_none());
    cache.store(&print(1), &facts(9)).unwrap();
    assert_eq!(cache.load(&print(1), &print(9)), Some(facts(9)));
    assert!(cache.load(&print(2), &print(9)).is_none());
    assert!(cache.load(&print(1), &print(8)).is_none());
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path().join("cache"));
    cache.store(&print(1), &facts(9)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&only_file(&cache)), 0o600);
    assert_eq!(mode(cache.root()), 0o700);
    assert_eq!(mode(&cache.folder(&print(1))), 0o700);
}

#[test]
fn a_damaged_cut_or_misplaced_entry_is_not_believed_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    cache.store(&print(1), &facts(9)).unwrap();
    let path = only_file(&cache);
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        assert!(cache.load(&print(1), &print(9)).is_none(), "byte {at}");
        assert!(!path.exists());
    }
    for cut in [0, 7, 50, 80, good.len() - 1] {
        fs::write(&path, &good[..cut]).unwrap();
        assert!(cache.load(&print(1), &print(9)).is_none(), "cut to {cut}");
    }
    let mut longer = good.clone();
    longer.push(0);
    fs::write(&path, &longer).unwrap();
    assert!(cache.load(&print(1), &print(9)).is_none());
    fs::write(path.with_file_name(print(8).hex()), &good).unwrap();
    assert!(cache.load(&print(1), &print(8)).is_none());
}

#[test]
fn an_entry_of_another_schema_or_with_an_unsound_index_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    let key = entry::layer_key(&print(1), &print(9));
    let mut other = facts(9);
    other.schema += 1;
    cache.write(&print(1), &print(9).hex(), &key, &other).unwrap();
    assert!(cache.load(&print(1), &print(9)).is_none());
    cache.write(&print(1), &print(9).hex(), &key, &facts(8)).unwrap();
    assert!(cache.load(&print(1), &print(9)).is_none());
    // The index as a text of 8 bytes with rows that point behind it.
    let mut plain = postcard::to_allocvec(&facts(9)).unwrap();
    let at = plain.windows(3).position(|w| w == b"etc").unwrap();
    plain[at..at + 3].copy_from_slice(b"zzz");
    let unsound: LayerFacts = postcard::from_bytes(&plain).unwrap();
    assert!(!unsound.paths.is_sound());
    cache.write(&print(1), &print(9).hex(), &key, &unsound).unwrap();
    assert!(cache.load(&print(1), &print(9)).is_none());
}

#[test]
fn a_bomb_in_an_entry_is_cut_off() {
    let key = print(3);
    let mut bytes = encode(&vec![0u8; 50_000_000], &key).unwrap();
    assert!(bytes.len() < 100_000);
    // The stated size is the most that is decompressed.
    bytes[72..80].copy_from_slice(&1000u64.to_le_bytes());
    let sum = Sha256::digest(&bytes[40..]);
    bytes[8..40].copy_from_slice(&sum);
    assert!(matches!(decode::<Vec<u8>>(&bytes, &key), Err(EntryError::Content(_))));
    bytes[72..80].copy_from_slice(&u64::MAX.to_le_bytes());
    let sum = Sha256::digest(&bytes[40..]);
    bytes[8..40].copy_from_slice(&sum);
    assert!(matches!(decode::<Vec<u8>>(&bytes, &key), Err(EntryError::TooLarge)));
}

#[test]
fn many_writers_and_readers_at_once_see_whole_entries_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path()).with_max_bytes(1000);
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..40u8 {
                    let layer = (thread + round) % 5;
                    cache.store(&print(1), &facts(layer)).unwrap();
                    if let Some(found) = cache.load(&print(1), &print(layer)) {
                        assert_eq!(found, facts(layer));
                    }
                    if round % 10 == 9 {
                        cache.evict();
                    }
                }
            });
        }
    });
}

#[test]
fn the_longest_unused_entries_go_first() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    for n in 0..10 {
        cache.store(&print(1), &facts(n)).unwrap();
        let file = File::open(cache.folder(&print(1)).join(print(n).hex())).unwrap();
        let age = std::time::Duration::from_secs(1000 - u64::from(n));
        file.set_modified(SystemTime::now() - age).unwrap();
    }
    let size = fs::metadata(cache.folder(&print(1)).join(print(0).hex())).unwrap().len();
    assert_eq!(cache.evict(), 0);
    // A use makes the oldest the newest.
    assert!(cache.load(&print(1), &print(0)).is_some());
    // Entries differ by a few bytes.
    let small = cache.with_max_bytes(5 * size + 50);
    assert!(small.evict() > 5 * size);
    let there: Vec<u8> = (0..10).filter(|&n| small.load(&print(1), &print(n)).is_some()).collect();
    assert_eq!(there, [0, 7, 8, 9]);
}

#[test]
fn leftovers_of_old_versions_and_broken_writers_go() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    cache.store(&print(1), &facts(1)).unwrap();
    let old = dir.path().join("facts/v0/abc");
    fs::create_dir_all(&old).unwrap();
    let long_ago = SystemTime::now() - std::time::Duration::from_secs(100_000);
    for path in [old.join("entry"), cache.folder(&print(1)).join(".tmp-x")] {
        fs::write(&path, b"12345").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    }
    assert_eq!(cache.evict(), 10);
    assert!(cache.load(&print(1), &print(1)).is_some());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let cache = CacheDir::new(file.join("cache"));
    assert!(cache.store(&print(1), &facts(1)).is_err());
    assert!(cache.load(&print(1), &print(1)).is_none());
    assert_eq!(cache.evict(), 0);
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes: Vec<u8>) {
        prop_assert!(decode::<LayerFacts>(&bytes, &print(1)).is_err());
    }

    /// Behind a right checksum, as a hostile writer could make.
    #[test]
    fn any_content_is_read_or_refused(plain: Vec<u8>, size: u32) {
        let packed = zstd::bulk::compress(&plain, 1).unwrap();
        let mut bytes = Vec::new();
        bytes.extend_from_slice(b"PLIMFCT1");
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(print(1).as_bytes());
        let size = if size.is_multiple_of(2) { plain.len() as u64 } else { u64::from(size) };
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(&packed);
        let sum = Sha256::digest(&bytes[40..]);
        bytes[8..40].copy_from_slice(&sum);
        if let Ok(facts) = decode::<LayerFacts>(&bytes, &print(1)) {
            let _ = facts.paths.is_sound();
        }
    }
}
