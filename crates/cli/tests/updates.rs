//! The database's life on a machine, through the program: updates from mirrors that behave and mirrors that do
//! not, roll-back, being killed at any moment.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

const KEV: &str =
    include_str!("../../feeds/src/cisa_kev/testdata/known_exploited_vulnerabilities.json");

/// Alpine's advisories with so many packages; nearly nothing of a version compresses away.
fn secdb(packages: u32) -> String {
    let mut text = String::from("distroversion: v3.9\nreponame: main\npackages:\n");
    for n in 0..packages {
        let odd = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        text.push_str(&format!(
            "  - pkg:\n      name: p{odd:x}\n      secfixes:\n        1.{odd}-r5:\n          - CVE-2019-{}\n",
            10_000 + n
        ));
    }
    text
}

struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.mirror("alpine-secdb", "main.yaml", &secdb(3));
        world.mirror("cisa-kev", "kev.json", KEV);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mirror(&self, feed: &str, file: &str, text: &str) {
        let folder = self.path("mirror").join(feed);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PLIMSOLL_CACHE_DIR", self.path("cache"));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn update(&self, more: &[&str]) -> (i32, String) {
        let out = self.run(&[&["db", "update", "--from", "mirror"], more].concat());
        assert!(out.stdout.is_empty());
        (out.status.code().unwrap(), text(&out.stderr))
    }

    fn status(&self) -> Value {
        let out = self.run(&["db", "status", "--verify", "--json"]);
        serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&out.stderr)))
    }

    fn digest(&self) -> String {
        self.status()["digest"].as_str().unwrap().to_owned()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn feed<'s>(status: &'s Value, list: &str, id: &str) -> &'s Value {
    status[list].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap()
}

#[test]
fn an_update_without_news_builds_nothing() {
    let world = World::new();
    let (code, said) = world.update(&[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("2 feeds (2 changed)"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains("fetching"), "progress in a pipe: {said}");
    let first = world.digest();
    let (code, said) = world.update(&["--offline"]);
    assert_eq!(code, 0);
    assert!(said.contains("nothing changed"), "{said}");
    assert_eq!(world.digest(), first);
    world.mirror("alpine-secdb", "main.yaml", &secdb(4));
    let (code, said) = world.update(&[]);
    assert!(code == 0 && said.contains("2 feeds (1 changed)"), "{said}");
    let status = world.status();
    assert_ne!(status["digest"], first.as_str());
    assert_eq!(feed(&status, "feeds", "alpine-secdb")["records"], 4);
    assert!(feed(&status, "feeds", "alpine-secdb")["last_checked"].is_string());
    assert!(feed(&status, "missing", "epss")["last_checked"].is_null());
    assert_eq!(status["kept"].as_array().unwrap().len(), 2);
    let (code, said) = world.update(&["--quiet", "--without", "cisa-kev"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(world.status()["missing"].as_array().unwrap().iter().any(|f| f["id"] == "cisa-kev"));
}

#[test]
fn a_broken_feed_keeps_its_last_good_records_and_is_told() {
    let world = World::new();
    world.update(&[]);
    world.mirror("cisa-kev", "kev.json", "<!doctype html><title>Maintenance</title>");
    world.mirror("alpine-secdb", "main.yaml", &secdb(5));
    let (code, said) = world.update(&[]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("warning: cisa-kev") && said.contains("last good records"), "{said}");
    let status = world.status();
    let kev = feed(&status, "feeds", "cisa-kev");
    assert_eq!(kev["records"], 2);
    assert!(kev["last_error"].is_string() && kev["failed_since"].is_string(), "{kev}");
    assert_eq!(feed(&status, "feeds", "alpine-secdb")["records"], 5);
    let shown = text(&world.run(&["db", "status"]).stdout);
    assert!(shown.contains("! fails since"), "{shown}");
    // A state that somebody wrote over is forgotten, and what it says is not printed raw.
    let state = world.path("cache/feeds/state.json");
    let forged = fs::read_to_string(&state).unwrap().replace("cisa-kev", "evil\\u001b[2J");
    fs::write(&state, forged).unwrap();
    assert!(!text(&world.run(&["db", "status"]).stdout).contains('\u{1b}'));
    fs::write(&state, b"\xff{{{").unwrap();
    let (code, said) = world.update(&[]);
    assert!(code == 4 && said.contains("state of the feeds is forgotten"), "{said}");
    world.mirror("cisa-kev", "kev.json", KEV);
    assert_eq!(world.update(&[]).0, 0);
    assert!(feed(&world.status(), "feeds", "cisa-kev")["last_error"].is_null());
}

#[test]
fn where_no_feed_can_be_had_the_database_stays() {
    let world = World::new();
    world.update(&[]);
    let before = world.digest();
    world.mirror("cisa-kev", "kev.json", "[");
    world.mirror("alpine-secdb", "main.yaml", "packages: [");
    assert_eq!(world.update(&[]).0, 3);
    assert_eq!(world.digest(), before);
    // Even without what was kept of the feeds.
    fs::remove_dir_all(world.path("cache/feeds")).unwrap();
    let (code, said) = world.update(&[]);
    assert!(code == 3 && said.contains("nothing was changed"), "{said}");
    world.mirror("cisa-kev", "kev.json", KEV);
    let (code, said) = world.update(&[]);
    assert!(code == 4 && said.contains("would lack alpine-secdb"), "{said}");
    assert_eq!(world.digest(), before);
    assert_eq!(world.update(&["--without", "alpine-secdb"]).0, 0);
    assert_ne!(world.digest(), before);
}

#[test]
fn wrong_wishes_are_refused_before_anything_is_done() {
    let world = World::new();
    for args in [
        &["db", "update", "--from", "missing"][..],
        &["db", "update", "--from", "mirror", "--feed", "nonsense"],
        &["db", "update", "--from", "mirror", "--without", "nonsense"],
        &["db", "update", "--from", "mirror", "--feed", "epss", "--without", "epss"],
        &["db", "update", "--offline"],
        &["db", "update", "--offline", "--from", "http://127.0.0.1:1/"],
        &["db", "rollback"],
        &["db", "rollback", "--to", "ab", "--list"],
    ] {
        let out = world.run(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", text(&out.stderr));
    }
    assert!(!world.path("cache/db/plimsoll.db").exists());
}

#[test]
fn rolling_back_holds_until_there_are_news() {
    let world = World::new();
    world.update(&[]);
    let first = world.digest();
    world.mirror("alpine-secdb", "main.yaml", &secdb(6));
    world.update(&[]);
    let second = world.digest();
    let out = world.run(&["db", "rollback"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(text(&out.stdout).contains(&first));
    assert_eq!(world.digest(), first);
    let list = text(&world.run(&["db", "rollback", "--list"]).stdout);
    assert!(list.contains(&format!("* {first}")), "{list}");
    assert!(list.lines().any(|l| l.contains(&second) && l.ends_with("rolled back from")), "{list}");
    let (code, said) = world.update(&[]);
    assert!(code == 0 && said.contains("rolled back from"), "{said}");
    assert_eq!(world.digest(), first);
    assert_eq!(world.update(&["--force"]).0, 0);
    assert_eq!(feed(&world.status(), "feeds", "alpine-secdb")["records"], 6);
    let named = world.run(&["db", "rollback", "--to", &first[..20]]);
    assert!(named.status.success());
    world.mirror("alpine-secdb", "main.yaml", &secdb(7));
    assert_eq!(world.update(&[]).0, 0);
    assert_eq!(feed(&world.status(), "feeds", "alpine-secdb")["records"], 7);
}

#[test]
fn a_second_update_says_who_is_at_work_and_scans_do_not_wait() {
    let world = World::new();
    world.update(&[]);
    let lock = File::options().write(true).open(world.path("cache/db/lock")).unwrap();
    lock.lock().unwrap();
    fs::write(world.path("cache/db/lock"), "4242").unwrap();
    for args in [&["db", "update", "--from", "mirror"][..], &["db", "rollback"]] {
        let out = world.run(args);
        assert_eq!(out.status.code(), Some(6));
        assert!(text(&out.stderr).contains("4242"), "{}", text(&out.stderr));
    }
    assert!(world.status()["digest"].is_string());
    let out = world.run(&["scan", "--scanners", "vuln", "--format", "json", "rootfs:mirror"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    drop(lock);
    assert_eq!(world.update(&[]).0, 0);
}

#[test]
fn an_expired_database_is_told_and_ends_with_4() {
    let world = World::new();
    world.update(&[]);
    assert_eq!(world.run(&["db", "status"]).status.code(), Some(0));
    // Facts only: it bears the date of its data, which is of 2025 or before.
    let args =
        ["db", "build", "--facts-only", "--feed", "cisa-kev=mirror/cisa-kev", "--output", "f.db"];
    assert!(world.run(&args).status.success());
    let out = world.run(&["db", "status", "--db", "f.db"]);
    assert_eq!(out.status.code(), Some(4));
    assert!(text(&out.stdout).contains("expired"), "{}", text(&out.stdout));
    let out = world.run(&["db", "status", "--db", "f.db", "--max-age", "36500"]);
    assert_eq!(out.status.code(), Some(0));
}

#[test]
fn killed_at_any_moment_the_current_database_is_whole() {
    let world = World::new();
    world.mirror("alpine-secdb", "main.yaml", &secdb(2_000));
    world.update(&[]);
    let mut killed = 0;
    let mut finished = 0;
    let mut pause = Duration::from_millis(2);
    for round in 0..40 {
        world.mirror("alpine-secdb", "main.yaml", &secdb(2_001 + round));
        let mut child = world.command(&["db", "update", "--from", "mirror", "-q"]).spawn().unwrap();
        thread::sleep(pause);
        // SIGKILL; fails where it was faster.
        let _ = child.kill();
        if child.wait().unwrap().success() {
            finished += 1
        } else {
            killed += 1
        }
        pause += Duration::from_millis(9);
        let status = world.status();
        assert_eq!(status["verified"], true, "round {round}");
        let records = feed(&status, "feeds", "alpine-secdb")["records"].as_u64().unwrap();
        assert!((2_000..=2_001 + u64::from(round)).contains(&records), "round {round}: {records}");
        if finished == 2 {
            break;
        }
    }
    assert!(killed > 0, "no round was fast enough to kill it");
    let (code, said) = world.update(&[]);
    assert_eq!(code, 0, "{said}");
    let left = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(world.path(folder)).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with('.')).collect()
    };
    for folder in ["cache/db", "cache/db/incoming", "cache/db/generations", "cache/feeds/records"] {
        assert_eq!(left(folder), Vec::<String>::new(), "left in {folder}");
    }
}

#[test]
fn a_full_disk_changes_nothing() {
    let world = World::new();
    world.update(&[]);
    let before = world.digest();
    world.mirror("alpine-secdb", "main.yaml", &secdb(20_000));
    // No file may grow beyond 16 or 32 KiB: writing gives an error as on a full disk.
    let out = Command::new("/bin/sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" db update --from mirror"])
        .arg(env!("CARGO_BIN_EXE_plimsoll"))
        .current_dir(world.folder.path())
        .env_clear()
        .env("PLIMSOLL_CACHE_DIR", world.path("cache"))
        .output()
        .unwrap();
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(4), "{said}");
    assert!(said.contains("alpine-secdb") && said.contains("too large"), "{said}");
    assert_eq!(world.digest(), before);
    assert_eq!(world.update(&[]).0, 0);
    assert_ne!(world.digest(), before);
}

/// What a server does at a path, one after the other; the last is repeated.
#[derive(Clone)]
enum Does {
    /// Sends it, with the tag, and follows ranges and conditions.
    Serve(String, &'static str),
    /// Announces all of it and hangs up after so many bytes.
    Drop(String, &'static str, usize),
    /// Answers so, with these headers.
    Say(&'static str, &'static str),
}

/// A mirror that misbehaves as it is told.
struct Mirror {
    address: String,
    does: Arc<Mutex<HashMap<String, Vec<Does>>>>,
    /// Heads of the requests.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let does: Arc<Mutex<HashMap<String, Vec<Does>>>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (plan, heads) = (does.clone(), asked.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (plan, heads) = (plan.clone(), heads.clone());
                // A client that hangs up is none of our business.
                thread::spawn(move || answer(&stream.unwrap(), &plan, &heads));
            }
        });
        Self { address, does, asked }
    }

    fn at(&self, path: &str, does: Vec<Does>) {
        self.does.lock().unwrap().insert(path.to_owned(), does);
    }

    fn heads(&self, path: &str) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap();
        let all = std::mem::take(&mut *asked);
        all.into_iter().filter(|head| head.contains(path)).collect()
    }
}

fn answer(
    mut stream: &TcpStream,
    plan: &Mutex<HashMap<String, Vec<Does>>>,
    heads: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut head = String::new();
    let mut lines = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let path = head.split(' ').nth(1)?.to_owned();
    let head = head.to_ascii_lowercase();
    heads.lock().unwrap().push(head.clone());
    let does = {
        let mut plan = plan.lock().unwrap();
        match plan.get_mut(&path) {
            Some(list) if list.len() > 1 => list.remove(0),
            Some(list) => list[0].clone(),
            None => Does::Say("404 Not Found", ""),
        }
    };
    let end = "connection: close\r\n\r\n";
    let has = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::to_owned)
    };
    let sent = match does {
        Does::Say(status, headers) => {
            format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{headers}{end}")
        }
        Does::Drop(body, tag, after) => format!(
            "HTTP/1.1 200 OK\r\netag: \"{tag}\"\r\ncontent-length: {}\r\n{end}{}",
            body.len(),
            &body[..after]
        ),
        Does::Serve(body, tag) => {
            let tag = format!("\"{tag}\"");
            let from =
                has("range").and_then(|r| r["bytes=".len()..].trim_end_matches('-').parse().ok());
            let from: Option<usize> = from.filter(|_| has("if-range").as_ref() == Some(&tag));
            if has("if-none-match").as_ref() == Some(&tag) {
                format!("HTTP/1.1 304 Not Modified\r\netag: {tag}\r\n{end}")
            } else if let Some(from) = from {
                format!(
                    "HTTP/1.1 206 Partial Content\r\netag: {tag}\r\ncontent-range: bytes {from}-{}/{}\r\n\
                     content-length: {}\r\n{end}{}",
                    body.len() - 1,
                    body.len(),
                    body.len() - from,
                    &body[from..]
                )
            } else {
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {length}\r\n{end}{body}")
            }
        }
    };
    stream.write_all(sent.as_bytes()).ok()
}

#[test]
fn a_mirror_that_misbehaves_costs_at_most_its_news() {
    let world = World::new();
    let mirror = Mirror::start();
    let kev = "/cisa-kev/known_exploited_vulnerabilities.json";
    let run = || {
        let out = world.run(&["db", "update", "--from", &mirror.address]);
        (out.status.code().unwrap(), text(&out.stderr))
    };
    // It hangs up in the middle, and says once that it is busy.
    let busy = Does::Say("429 Too Many Requests", "retry-after: 0\r\n");
    let half = Does::Drop(KEV.into(), "1", KEV.len() / 2);
    mirror.at(kev, vec![half, busy, Does::Serve(KEV.into(), "1")]);
    let (code, said) = run();
    assert_eq!(code, 0, "{said}");
    let heads = mirror.heads(kev);
    assert_eq!(heads.len(), 3);
    assert!(heads[2].contains(&format!("range: bytes={}-", KEV.len() / 2)), "{}", heads[2]);
    let before = world.digest();
    // Nothing changed.
    let (code, said) = run();
    assert!(code == 0 && said.contains("nothing changed"), "{said}");
    assert!(mirror.heads(kev)[0].contains("if-none-match: \"1\""));
    // A page in place of the feed, a part of it, a refusal.
    let html = "<html><body>Sign in to the hotel's network</body></html>";
    for broken in [
        Does::Serve(html.into(), "2"),
        Does::Serve(KEV[..KEV.len() / 2].into(), "3"),
        Does::Serve(String::new(), "4"),
        Does::Say("403 Forbidden", ""),
        Does::Say("404 Not Found", ""),
    ] {
        mirror.at(kev, vec![broken]);
        let (code, said) = run();
        assert_eq!(code, 3, "the only feed failed: {said}");
        assert!(said.contains("last good records"), "{said}");
        assert_eq!(world.digest(), before);
    }
    // It wants an hour of silence: the next update does not ask it.
    mirror.at(kev, vec![Does::Say("429 Too Many Requests", "retry-after: 3600\r\n")]);
    assert!(run().1.contains("asked again after"));
    mirror.heads(kev);
    assert!(run().1.contains("asked again after"));
    assert_eq!(mirror.heads(kev), Vec::<String>::new());
    mirror.at(kev, vec![Does::Serve(KEV.into(), "5")]);
    let out = world.run(&["db", "update", "--force", "--from", &mirror.address]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
}
