//! An update from a mirror of real feeds, one of which then breaks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, path::Path, sync::Arc};

use jiff::Timestamp;
use plimsoll_feeds::Http;
use plimsoll_model::{NameKind, Namespace};
use plimsoll_updater::{
    DatabaseOutcome, FeedOutcome, Kept, Options, Outcome, Source, Store, plan, update,
};
use plimsoll_vulndb::VulnDb;

async fn run(folder: &Path) -> Outcome {
    let tasks = plan(&Source::Folder(folder.join("mirror")), &[], &[], true).unwrap();
    let options = Options {
        tool: "test".into(),
        parser: "1".into(),
        now: Timestamp::from_second(1_700_000_000).unwrap(),
        force: false,
        keep_prose: true,
    };
    let writer = Store::new(folder.join("db")).writer().unwrap();
    let kept = Kept::new(folder.join("feeds"));
    update(tasks, &kept, &writer, Http::new().unwrap(), options, Arc::new(())).await.unwrap()
}

#[tokio::test]
async fn real_feeds_are_kept_when_one_of_them_is_cut_off() {
    let Some(data) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return;
    };
    let data = Path::new(&data).join("advisories");
    let folder = tempfile::tempdir().unwrap();
    let mirror = folder.path().join("mirror");
    for (feed, files) in [
        ("alpine-secdb", &["alpine-secdb-2020.tar.xz"][..]),
        ("cisa-kev", &["cisa-kev.json.xz"]),
        ("debian-lists", &["debian-DSA-list.xz", "debian-DLA-list.xz"]),
    ] {
        fs::create_dir_all(mirror.join(feed)).unwrap();
        for file in files {
            fs::copy(data.join(file), mirror.join(feed).join(file)).unwrap();
        }
    }
    let first = run(folder.path()).await;
    assert!(first.feeds.iter().all(|f| f.outcome == FeedOutcome::Fresh), "{:?}", first.feeds);
    let DatabaseOutcome::Built(installed, _) = first.database else { panic!("{first:?}") };
    let records: Vec<u64> = first.feeds.iter().map(|f| f.about.as_ref().unwrap().records).collect();
    assert!(records.iter().all(|n| *n > 1000), "{records:?}");

    let second = run(folder.path()).await;
    assert!(matches!(second.database, DatabaseOutcome::Unchanged(d) if d == installed.digest));

    // Cut off in the middle of its compressed stream, and one that changed beside it.
    let cut = mirror.join("alpine-secdb/alpine-secdb-2020.tar.xz");
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(mirror.join("debian-lists/debian-DLA-list.xz")).unwrap();
    let third = run(folder.path()).await;
    assert!(matches!(third.feeds[0].outcome, FeedOutcome::LastGood(_)), "{:?}", third.feeds);
    assert_eq!(third.feeds[0].about.as_ref().unwrap().records, records[0]);
    assert!(third.feeds[2].about.as_ref().unwrap().records < records[2]);
    assert!(matches!(third.database, DatabaseOutcome::Built(..)));
    let db = VulnDb::open(folder.path().join("db/plimsoll.db")).unwrap();
    db.verify().unwrap();
    let musl = db.lookup(&Namespace::new("alpine", "3.9"), NameKind::Source, "musl").unwrap();
    assert!(
        musl.iter().any(|row| row.ranges.iter().any(|r| r.fixed.as_deref() == Some("1.1.20-r5")))
    );
}
