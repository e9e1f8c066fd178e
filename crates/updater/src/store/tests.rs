use jiff::Timestamp;
use plimsoll_model::{Advisory, Affected, FixState, NameKind, Namespace, Range};
use plimsoll_vulndb::{BuildOptions, Builder};
use tempfile::TempDir;

use std::fs;

use super::*;

fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("db"));
    (folder, store)
}

/// A database whose digest depends on `n`.
fn database(path: &Path, n: u32) -> Digest {
    let built = Timestamp::from_second(1_700_000_000 + i64::from(n)).unwrap();
    let mut builder = Builder::new(BuildOptions::new("test", built)).unwrap();
    builder
        .add(Advisory {
            id: format!("CVE-2024-{:04}", 1000 + n),
            feed: "test".into(),
            affected: vec![Affected {
                namespace: Namespace::new("alpine", "3.20"),
                package: "musl".into(),
                name_kind: NameKind::Source,
                arches: Vec::new(),
                module: None,
                channel: None,
                ranges: vec![Range::before("1.2.5-r1")],
                versions: Vec::new(),
                state: FixState::Fixed,
                severity: None,
            }],
            ..Advisory::default()
        })
        .unwrap();
    builder.finish_to_path(path).unwrap().digest.unwrap()
}

/// Installs databases 1 to `n` and answers their digests.
fn installed(store: &Store, n: u32) -> Vec<Digest> {
    let writer = store.writer().unwrap();
    let new = store.incoming().join("new.db");
    (1..=n)
        .map(|n| {
            let digest = database(&new, n);
            assert_eq!(writer.install(&new, Some(&digest), false).unwrap().digest, digest);
            assert!(!new.exists(), "it was moved");
            digest
        })
        .collect()
}

#[test]
fn installing_keeps_the_last_good_ones_and_no_more() {
    let (_folder, store) = store();
    assert_eq!(store.generations().unwrap(), []);
    let digests = installed(&store, 6);
    assert_eq!(store.current_digest(), digests.last().copied());
    let kept = store.generations().unwrap();
    let shown: Vec<_> = kept.iter().map(|g| (g.number, g.digest, g.current)).collect();
    assert_eq!(
        shown,
        [
            (6, digests[5], true),
            (5, digests[4], false),
            (4, digests[3], false),
            (3, digests[2], false)
        ]
    );
    assert_eq!(kept.len(), MAX_GENERATIONS);
    assert!(kept.iter().all(|g| g.built.is_some() && !g.rolled_back && g.size > 0));
    // Installing the same again is no new generation.
    let other = store.folder().join("elsewhere.db");
    database(&other, 6);
    let again = store.writer().unwrap().install(&other, None, false).unwrap();
    assert!(again.unchanged && other.exists(), "a file from elsewhere is copied");
    assert_eq!(store.generations().unwrap(), kept);
}

#[test]
fn rolling_back_goes_back_one_by_one_and_the_same_is_not_installed_again() {
    let (folder, store) = store();
    let digests = installed(&store, 3);
    let writer = store.writer().unwrap();
    for (from, to) in [(2, 1), (1, 0)] {
        let done = writer.rollback(None).unwrap();
        assert_eq!((done.from, done.to.digest), (Some(digests[from]), digests[to]));
        assert_eq!(store.current_digest(), Some(digests[to]));
    }
    assert!(matches!(writer.rollback(None), Err(StoreError::NothingEarlier { .. })));
    assert_eq!(store.rolled_back(), [digests[2], digests[1]]);
    let new = folder.path().join("new.db");
    database(&new, 3);
    let refused = writer.install(&new, None, false);
    assert!(matches!(refused, Err(StoreError::WasRolledBack { digest }) if digest == digests[2]));
    assert_eq!(store.current_digest(), Some(digests[0]));
    // A newer one is; from it the way back passes over what was rolled back from.
    let fourth = database(&new, 4);
    writer.install(&new, None, false).unwrap();
    assert_eq!(writer.rollback(None).unwrap().to.digest, digests[0]);
    // Forced, or named, it may be used again.
    database(&new, 3);
    assert_eq!(writer.install(&new, None, true).unwrap().digest, digests[2]);
    assert_eq!(store.rolled_back(), [digests[1], fourth]);
    let named = writer.rollback(Some(&digests[1].hex()[..20])).unwrap();
    assert_eq!(named.to.digest, digests[1]);
    assert_eq!(store.rolled_back(), [fourth, digests[2]]);
    let unknown = writer.rollback(Some("sha256:0000"));
    assert!(matches!(unknown, Err(StoreError::NoSuchGeneration { matches: 0, .. })));
    let all = writer.rollback(Some(""));
    assert!(matches!(all, Err(StoreError::NoSuchGeneration { .. })));
}

#[test]
fn what_is_damaged_or_another_than_promised_is_never_put_into_use() {
    let (folder, store) = store();
    let digests = installed(&store, 2);
    let before = fs::read(store.current()).unwrap();
    let writer = store.writer().unwrap();
    let new = folder.path().join("new.db");
    database(&new, 3);
    let good = fs::read(&new).unwrap();
    let other = writer.install(&new, Some(&digests[0]), false);
    assert!(matches!(other, Err(StoreError::OtherDigest { .. })));
    for at in [0, 20, good.len() / 2, good.len() - 60, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(&new, bad).unwrap();
        let refused = writer.install(&new, None, true);
        assert!(matches!(refused, Err(StoreError::Refused(_))), "byte {at}: {refused:?}");
    }
    for len in [0, 1, 12, good.len() - 1] {
        fs::write(&new, &good[..len]).unwrap();
        assert!(matches!(writer.install(&new, None, true), Err(StoreError::Refused(_))), "{len}");
    }
    assert!(matches!(writer.install(folder.path(), None, true), Err(StoreError::Io { .. })));
    assert_eq!(fs::read(store.current()).unwrap(), before);
    let left: Vec<_> = fs::read_dir(store.incoming()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_damaged_kept_database_is_passed_over() {
    let (_folder, store) = store();
    let digests = installed(&store, 3);
    let second = store.generations().unwrap().remove(1);
    fs::write(&second.path, b"no database").unwrap();
    let shown = store.generations().unwrap().remove(1);
    assert_eq!((shown.digest, shown.built), (digests[1], None));
    let done = store.writer().unwrap().rollback(None).unwrap();
    assert_eq!((done.to.digest, done.damaged), (digests[0], vec![digests[1]]));
}

#[test]
fn a_current_database_that_is_damaged_can_be_rolled_back_from_and_replaced() {
    let (folder, store) = store();
    let digests = installed(&store, 2);
    // Not through the link, which would damage the kept one as well.
    fs::remove_file(store.current()).unwrap();
    fs::write(store.current(), b"cut off").unwrap();
    let done = store.writer().unwrap().rollback(None).unwrap();
    assert_eq!((done.from, done.to.digest), (None, digests[1]));
    fs::remove_file(store.current()).unwrap();
    fs::write(store.current(), b"cut off").unwrap();
    let new = folder.path().join("new.db");
    let third = database(&new, 3);
    store.writer().unwrap().install(&new, None, false).unwrap();
    assert_eq!(store.current_digest(), Some(third));
}

#[test]
fn a_database_from_before_there_were_generations_is_kept() {
    let (folder, store) = store();
    fs::create_dir_all(store.folder()).unwrap();
    let old = database(&store.current(), 1);
    let new = folder.path().join("new.db");
    database(&new, 2);
    let writer = store.writer().unwrap();
    assert_eq!(writer.install(&new, None, false).unwrap().previous, Some(old));
    assert_eq!(writer.rollback(None).unwrap().to.digest, old);
}

#[test]
fn writers_exclude_each_other_and_readers_do_not_care() {
    let (_folder, store) = store();
    installed(&store, 1);
    let writer = store.writer().unwrap();
    let second = store.writer();
    let pid = std::process::id();
    assert!(
        matches!(&second, Err(StoreError::Busy { pid: Some(p), .. }) if *p == pid),
        "{second:?}"
    );
    VulnDb::open(store.current()).unwrap().verify().unwrap();
    assert_eq!(store.generations().unwrap().len(), 1);
    drop(writer);
    store.writer().unwrap();
}

#[test]
fn an_open_database_stays_what_it_is_while_it_is_replaced() {
    let (_folder, store) = store();
    let first = installed(&store, 1)[0];
    let reader = VulnDb::open(store.current()).unwrap();
    let new = store.incoming().join("new.db");
    let writer = store.writer().unwrap();
    for n in 2..9 {
        database(&new, n);
        writer.install(&new, None, false).unwrap();
    }
    assert_eq!(reader.verify().unwrap().digest, first);
    assert_ne!(store.current_digest(), Some(first));
}

#[test]
fn a_garbled_list_and_leftovers_of_a_killed_writer_do_no_harm() {
    let (_folder, store) = store();
    let digests = installed(&store, 2);
    for garbage in [&b"\xff\xfe\0"[..], b"sha256:zz\n\n", &[b'x'; 100_000]] {
        fs::write(store.folder().join(ROLLED_BACK), garbage).unwrap();
        assert_eq!(store.rolled_back(), []);
    }
    for left in [".current", "incoming/.new-1", "generations/.new-2", ".new-3"] {
        fs::write(store.folder().join(left), b"half").unwrap();
    }
    fs::write(store.folder().join("generations/notes.txt"), b"not ours").unwrap();
    store.writer().unwrap().rollback(None).unwrap();
    assert_eq!(store.rolled_back(), [digests[1]]);
    assert!(!store.folder().join(".current").exists());
    assert!(!store.folder().join("incoming/.new-1").exists());
    assert!(store.folder().join("generations/notes.txt").exists());
}
