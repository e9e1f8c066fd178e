use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use async_trait::async_trait;
use plimsoll_feeds::{
    Cursor, Feed, FeedMeta, Fetched, Origin, Stats, Validator, cisa_kev::CisaKev,
};
use plimsoll_model::{Advisory, Affected, FixState, NameKind, Namespace, Range};
use tempfile::TempDir;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::*;
use crate::Store;

const KEV: &str =
    include_str!("../../../feeds/src/cisa_kev/testdata/known_exploited_vulnerabilities.json");

/// What a made-up feed does next.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Gives so many advisories.
    Good(u32),
    /// Gives some and then finds that the rest is broken.
    BreaksMidway,
    /// Is wrongly written.
    Panics,
    /// Cannot be reached.
    Unreachable,
}

struct Fake {
    meta: &'static FeedMeta,
    does: Arc<Mutex<Does>>,
}

#[async_trait]
impl Feed for Fake {
    fn meta(&self) -> &'static FeedMeta {
        self.meta
    }

    async fn fetch(
        &self,
        _: &Http,
        _: &Origin,
        _: Option<&Cursor>,
        dir: &Path,
    ) -> Result<Fetched, FeedError> {
        let does = *self.does.lock().unwrap();
        if let Does::Unreachable = does {
            return Err(FeedError::Http {
                url: "https://fake/".into(),
                message: "no route".into(),
            });
        }
        let fingerprint = format!("{does:?}");
        let validator = Validator { fingerprint, ..Validator::default() };
        let cursor = Cursor([("https://fake/".to_owned(), validator)].into());
        Ok(Fetched { path: dir.join(self.meta.id), changed: true, cursor })
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let does = *self.does.lock().unwrap();
        let count = if let Does::Good(count) = does { count } else { 3 };
        (0..count).for_each(|n| out(advisory(self.meta.id, n)));
        match does {
            Does::Good(_) => Ok(Stats { records: count.into(), ..Stats::default() }),
            Does::Panics => panic!("a mistake of ours"),
            _ => Err(FeedError::malformed(input.display().to_string(), "it ends in the middle")),
        }
    }
}

fn advisory(feed: &str, n: u32) -> Advisory {
    Advisory {
        id: format!("CVE-2024-{:04}", 1000 + n),
        feed: feed.into(),
        affected: vec![Affected {
            namespace: Namespace::new(feed, "1"),
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
    }
}

struct World {
    folder: TempDir,
    store: Store,
    kept: Kept,
    fakes: BTreeMap<&'static str, (&'static FeedMeta, Arc<Mutex<Does>>)>,
    seconds: i64,
}

impl World {
    fn new(fakes: &[&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("db"));
        let kept = Kept::new(folder.path().join("feeds"));
        let fakes = fakes.iter().map(|&id| {
            let meta: &'static FeedMeta = Box::leak(Box::new(FeedMeta {
                id,
                title: id,
                homepage: "https://fake/",
                licence: "none",
                upstream: &[],
            }));
            (id, (meta, Arc::new(Mutex::new(Does::Good(5)))))
        });
        let fakes = fakes.collect();
        Self { folder, store, kept, fakes, seconds: 1_700_000_000 }
    }

    fn does(&self, id: &str, does: Does) {
        *self.fakes[id].1.lock().unwrap() = does;
    }

    fn tasks(&self) -> Vec<Task> {
        let task = |(meta, does): &(&'static FeedMeta, Arc<Mutex<Does>>)| Task {
            feed: Arc::new(Fake { meta, does: does.clone() }),
            origin: Origin::Upstream,
            may_be_absent: true,
        };
        self.fakes.values().map(task).collect()
    }

    async fn run(&mut self) -> Outcome {
        self.with(self.tasks(), false).await
    }

    async fn with(&mut self, tasks: Vec<Task>, force: bool) -> Outcome {
        self.seconds += 60;
        let options = Options {
            tool: "test".into(),
            parser: "1".into(),
            now: Timestamp::from_second(self.seconds).unwrap(),
            force,
            keep_prose: true,
        };
        let http = Http::new().unwrap().with_first_pause(Duration::from_millis(1));
        let writer = self.store.writer().unwrap();
        update(tasks, &self.kept, &writer, http, options, Arc::new(())).await.unwrap()
    }

    fn rows(&self, feed: &str) -> usize {
        let db = VulnDb::open(self.store.current()).unwrap();
        db.verify().unwrap();
        db.lookup(&Namespace::new(feed, "1"), NameKind::Source, "musl").unwrap().len()
    }

    fn state(&self, feed: &str) -> FeedState {
        self.kept.state().0.feeds[feed].clone()
    }
}

fn outcomes(outcome: &Outcome) -> Vec<(&str, FeedOutcome)> {
    outcome.feeds.iter().map(|f| (f.id.as_str(), f.outcome.clone())).collect()
}

#[tokio::test]
async fn nothing_is_built_where_nothing_changed() {
    let mut world = World::new(&["a", "b"]);
    let first = world.run().await;
    assert_eq!(outcomes(&first), [("a", FeedOutcome::Fresh), ("b", FeedOutcome::Fresh)]);
    let DatabaseOutcome::Built(installed, stats) = first.database else { panic!("{first:?}") };
    assert_eq!((stats.rows, world.rows("a"), world.rows("b")), (10, 5, 5));
    let second = world.run().await;
    assert_eq!(outcomes(&second)[0], ("a", FeedOutcome::Unchanged));
    assert!(matches!(second.database, DatabaseOutcome::Unchanged(d) if d == installed.digest));
    // Parsed anew with the same result is no change either.
    fs::remove_file(world.kept.records("a")).unwrap();
    let third = world.run().await;
    assert_eq!(outcomes(&third)[0], ("a", FeedOutcome::Fresh));
    assert!(matches!(third.database, DatabaseOutcome::Unchanged(_)));
    assert_eq!(world.store.generations().unwrap().len(), 1);
    // Another set is.
    let one = world.tasks().into_iter().take(1).collect();
    assert!(matches!(world.with(one, false).await.database, DatabaseOutcome::Built(..)));
    assert_eq!((world.rows("a"), world.rows("b")), (5, 0));
    world.does("a", Does::Good(7));
    assert!(matches!(world.run().await.database, DatabaseOutcome::Built(..)));
    assert_eq!((world.rows("a"), world.rows("b")), (7, 5));
}

#[tokio::test]
async fn a_feed_that_breaks_in_any_way_keeps_what_it_said_last() {
    let mut world = World::new(&["a", "b"]);
    world.run().await;
    let mut since = None;
    for does in [Does::BreaksMidway, Does::Panics, Does::Unreachable] {
        world.does("a", does);
        world.does("b", if world.rows("b") == 5 { Does::Good(6) } else { Does::Good(5) });
        let outcome = world.run().await;
        let FeedOutcome::LastGood(error) = &outcome.feeds[0].outcome else { panic!("{outcome:?}") };
        assert!(!error.is_empty());
        assert_eq!(outcome.feeds[0].about.as_ref().unwrap().records, 5);
        assert!(matches!(outcome.database, DatabaseOutcome::Built(..)), "b changed");
        assert_eq!(world.rows("a"), 5, "neither lost nor the three of {does:?}");
        let state = world.state("a");
        assert_eq!(state.last_error.as_ref(), Some(error));
        assert_eq!(*since.get_or_insert(state.failed_since), state.failed_since);
        assert!(state.last_success < state.failed_since);
        assert_eq!(outcome.failed().count(), 1);
    }
    world.does("a", Does::Good(8));
    assert_eq!(world.run().await.feeds[0].outcome, FeedOutcome::Fresh);
    assert_eq!(world.rows("a"), 8);
    assert_eq!(world.state("a").failed_since, None);
    let left = fs::read_dir(world.folder.path().join("feeds/records")).unwrap();
    assert_eq!(left.count(), 2, "no half-written records are left");
}

#[tokio::test]
async fn a_feed_that_never_succeeded_is_told_and_not_in_the_database() {
    let mut world = World::new(&["a", "b"]);
    world.does("a", Does::BreaksMidway);
    let outcome = world.run().await;
    assert!(matches!(outcome.feeds[0].outcome, FeedOutcome::Failed(_)), "{outcome:?}");
    assert!(matches!(outcome.database, DatabaseOutcome::Built(..)));
    let db = VulnDb::open(world.store.current()).unwrap();
    assert_eq!(db.meta().feeds.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(db.coverage(&Namespace::new("a", "1")).is_none(), "not covered, and not clean");
    world.does("b", Does::Unreachable);
    fs::remove_dir_all(world.folder.path().join("feeds")).unwrap();
    let outcome = world.run().await;
    assert!(matches!(outcome.database, DatabaseOutcome::Nothing), "{outcome:?}");
    assert_eq!(world.rows("b"), 5, "the current database stays");
}

#[tokio::test]
async fn a_database_that_has_more_is_not_replaced_by_one_that_lacks_a_failed_feed() {
    let mut world = World::new(&["a", "b"]);
    world.run().await;
    // As if it had been imported: the machine has none of its feeds.
    fs::remove_dir_all(world.folder.path().join("feeds")).unwrap();
    world.does("a", Does::Unreachable);
    let outcome = world.run().await;
    let DatabaseOutcome::WouldLose(lost) = &outcome.database else { panic!("{outcome:?}") };
    assert_eq!(lost, &["a"]);
    assert_eq!(world.rows("a"), 5);
    let forced = world.with(world.tasks(), true).await;
    assert!(matches!(forced.database, DatabaseOutcome::Built(..)));
    assert_eq!((world.rows("a"), world.rows("b")), (0, 5));
}

#[tokio::test]
async fn what_was_rolled_back_from_does_not_come_back_by_itself() {
    let mut world = World::new(&["a"]);
    world.run().await;
    world.does("a", Does::Good(9));
    world.run().await;
    assert_eq!(world.rows("a"), 9);
    world.store.writer().unwrap().rollback(None).unwrap();
    assert_eq!(world.rows("a"), 5);
    let outcome = world.run().await;
    assert!(matches!(outcome.database, DatabaseOutcome::RolledBack(_)), "{outcome:?}");
    assert_eq!(world.rows("a"), 5);
    // News are taken, and force is force.
    world.does("a", Does::Good(10));
    world.run().await;
    assert_eq!(world.rows("a"), 10);
    world.store.writer().unwrap().rollback(None).unwrap();
    let forced = world.with(world.tasks(), true).await;
    assert!(matches!(forced.database, DatabaseOutcome::Built(..)), "{forced:?}");
    assert_eq!(world.rows("a"), 10);
}

#[tokio::test]
async fn garbage_in_what_is_kept_costs_work_and_nothing_else() {
    let mut world = World::new(&["a"]);
    world.run().await;
    for garbage in [&b""[..], b"{", b"\xff\xff\xff", b"[1]"] {
        fs::write(world.kept.state_path(), garbage).unwrap();
        fs::write(world.kept.records("a"), garbage).unwrap();
        fs::write(world.folder.path().join("db/inputs"), garbage).unwrap();
        let outcome = world.run().await;
        assert_eq!(outcome.feeds[0].outcome, FeedOutcome::Fresh);
        assert_eq!(outcome.warnings.len(), 1, "{:?}", outcome.warnings);
        assert_eq!(world.rows("a"), 5);
        assert_eq!(world.run().await.warnings, Vec::<String>::new());
    }
}

#[tokio::test]
async fn two_updates_at_once_do_not_mix() {
    let mut world = World::new(&["a"]);
    world.run().await;
    let _other = lock::acquire(world.kept.folder()).unwrap();
    let writer = world.store.writer().unwrap();
    let options = Options {
        tool: "test".into(),
        parser: "1".into(),
        now: Timestamp::UNIX_EPOCH,
        force: false,
        keep_prose: true,
    };
    let http = Http::new().unwrap();
    let done = update(world.tasks(), &world.kept, &writer, http, options, Arc::new(())).await;
    let pid = Some(std::process::id());
    assert!(matches!(done, Err(UpdateError::Busy { pid: p, .. }) if p == pid));
}

fn kev(origin: Origin) -> Vec<Task> {
    vec![Task { feed: Arc::new(CisaKev), origin, may_be_absent: true }]
}

#[tokio::test]
async fn a_page_in_place_of_a_feed_is_not_believed_and_the_real_one_is_taken_later() {
    let server = MockServer::start().await;
    let file = || Mock::given(path("/cisa-kev/known_exploited_vulnerabilities.json"));
    let answer = |text: &str, tag: &str| {
        ResponseTemplate::new(200).set_body_string(text).insert_header("etag", tag)
    };
    file().respond_with(answer(KEV, "\"1\"")).up_to_n_times(1).mount(&server).await;
    let html = "<!doctype html><title>We will be back soon</title>";
    file().respond_with(answer(html, "\"2\"")).up_to_n_times(1).mount(&server).await;
    file().respond_with(ResponseTemplate::new(404)).up_to_n_times(1).mount(&server).await;
    file().respond_with(answer(KEV, "\"1\"")).mount(&server).await;
    let mut world = World::new(&[]);
    let url = server.uri().replace("http://", "http://user:secret@");
    let tasks = || kev(Origin::Mirror(format!("{url}/cisa-kev/")));
    let first = world.with(tasks(), false).await;
    assert_eq!(first.feeds[0].outcome, FeedOutcome::Fresh);
    for status in ["a page", "404"] {
        let outcome = world.with(tasks(), false).await;
        assert!(matches!(outcome.feeds[0].outcome, FeedOutcome::LastGood(_)), "{status}");
        assert!(matches!(outcome.database, DatabaseOutcome::Unchanged(_)), "{status}");
    }
    let last = world.with(tasks(), false).await;
    assert!(last.feeds[0].error().is_none(), "{last:?}");
    for file in ["feeds/records/cisa-kev.records", "feeds/state.json", "db/plimsoll.db"] {
        let bytes = fs::read(world.folder.path().join(file)).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"secret"), "{file} holds a password");
    }
}

#[tokio::test]
async fn a_server_that_wants_silence_is_not_asked_by_the_next_update() {
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "600");
    Mock::given(path("/cisa-kev/known_exploited_vulnerabilities.json"))
        .respond_with(limited)
        .mount(&server)
        .await;
    let mut world = World::new(&[]);
    world.seconds = Timestamp::now().as_second();
    let tasks = || kev(Origin::Mirror(format!("{}/cisa-kev/", server.uri())));
    for _ in 0..2 {
        let outcome = world.with(tasks(), false).await;
        assert!(outcome.feeds[0].error().unwrap().contains("asked again after"), "{outcome:?}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    world.seconds += 700;
    world.with(tasks(), false).await;
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_mirror_need_not_carry_every_feed() {
    let server = MockServer::start().await;
    let mut world = World::new(&["a"]);
    let mut tasks = kev(Origin::Mirror(format!("{}/cisa-kev/", server.uri())));
    tasks.extend(world.tasks());
    let outcome = world.with(tasks.clone(), false).await;
    assert_eq!(outcome.feeds[1].outcome, FeedOutcome::Absent);
    assert_eq!(outcome.failed().count(), 0);
    assert!(!world.kept.state().0.feeds.contains_key("cisa-kev"));
    // Unless it was asked for by name.
    tasks[0].may_be_absent = false;
    let outcome = world.with(tasks, false).await;
    assert!(matches!(outcome.feeds[1].outcome, FeedOutcome::Failed(_)));
}

#[tokio::test]
async fn a_broken_file_in_a_mirror_folder_keeps_the_last_good_one_too() {
    let mut world = World::new(&[]);
    let folder: PathBuf = world.folder.path().join("mirror/cisa-kev");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("kev.json");
    fs::write(&file, KEV).unwrap();
    let tasks = || kev(Origin::Local(folder.clone()));
    assert_eq!(world.with(tasks(), false).await.feeds[0].outcome, FeedOutcome::Fresh);
    assert_eq!(world.with(tasks(), false).await.feeds[0].outcome, FeedOutcome::Unchanged);
    fs::write(&file, &KEV[..KEV.len() / 2]).unwrap();
    let outcome = world.with(tasks(), false).await;
    assert!(matches!(outcome.feeds[0].outcome, FeedOutcome::LastGood(_)), "{outcome:?}");
    assert_eq!(outcome.feeds[0].about.as_ref().unwrap().records, 2);
}
