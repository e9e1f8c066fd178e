//! ClamAV's opinion: with a daemon made here, which can be made to fail, and with ClamAV's own where it is installed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use plimsoll_testkit::{Entry, ImageFixture, Layer};
use serde_json::Value;
use support::plimsoll;
use tempfile::TempDir;

/// What the signatures of these tests know.
const SAMPLE: &str = "harmless plimsoll sample";

struct World {
    folder: TempDir,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl World {
    /// An image with the sample twice, one of them deleted, and a file of two mebibytes.
    fn new() -> Self {
        let image = ImageFixture::default()
            .layer(Layer::of([
                Entry::file("etc/os-release", "ID=alpine\nVERSION_ID=3.10.9\n"),
                Entry::file("srv/sample", SAMPLE),
                Entry::file("srv/gone", SAMPLE),
                Entry::file("srv/large", vec![b'x'; 2 << 20]),
            ]))
            .layer(Layer::of([Entry::file("srv/.wh.gone", ""), Entry::file("srv/other", "other")]))
            .build();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("image.tar"), image.docker_archive()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_as("json", args)
    }

    fn run_as(&self, format: &str, args: &[&str]) -> Output {
        let scan = ["scan", "--scanners", "malware", "--format", format, "--jobs", "1"];
        let args = scan.iter().chain(args).chain(&["docker-archive:image.tar"]).copied();
        plimsoll(self.folder.path(), args)
    }

    fn report(&self, clamd: &str) -> Value {
        let out = self.run(&["--clamd", clamd]);
        serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", text(&out.stdout), text(&out.stderr)))
    }
}

/// Paths and rules of what ClamAV found.
fn found(report: &Value) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["id"].as_str().unwrap().starts_with("clamav:"))
        .map(|f| (f["path"].as_str().unwrap().to_owned(), f["id"].as_str().unwrap().to_owned()))
        .collect();
    all.sort();
    all
}

fn problems(report: &Value) -> String {
    report["problems"].to_string()
}

/// Speaks as the daemon does on one connection. Ends it after `files` files.
fn talk(mut stream: impl Read + Write, version: &str, files: u32, counted: &AtomicU32) {
    let mut asked = 0;
    let mut left = files;
    let mut command = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read_exact(&mut byte).is_err() {
            return;
        }
        if byte[0] != 0 {
            command.push(byte[0]);
            continue;
        }
        match command.as_slice() {
            b"zIDSESSION" => {}
            b"zVERSION" => {
                asked += 1;
                stream.write_all(format!("{asked}: {version}\0").as_bytes()).unwrap();
            }
            b"zINSTREAM" => {
                if left == 0 {
                    return;
                }
                left -= 1;
                asked += 1;
                let mut bytes = Vec::new();
                loop {
                    let mut length = [0; 4];
                    stream.read_exact(&mut length).unwrap();
                    let length = u32::from_be_bytes(length) as usize;
                    if length == 0 {
                        break;
                    }
                    let mut chunk = vec![0; length];
                    stream.read_exact(&mut chunk).unwrap();
                    bytes.extend(chunk);
                }
                counted.fetch_add(1, Ordering::Relaxed);
                let is_sample = bytes.windows(SAMPLE.len()).any(|part| part == SAMPLE.as_bytes());
                let said = if is_sample { "Plimsoll.Test FOUND" } else { "OK" };
                stream.write_all(format!("{asked}: stream: {said}\0").as_bytes()).unwrap();
            }
            other => panic!("{}", text(other)),
        }
        command.clear();
    }
}

const VERSION: &str = "ClamAV 1.4.3/27700/Mon Jul 14 08:00:00 2025";

#[test]
fn what_the_daemon_finds_is_found_once_and_kept_for_its_version() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let counted = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&counted);
    thread::spawn(move || {
        for stream in listener.incoming() {
            talk(stream.unwrap(), VERSION, u32::MAX, &counter);
        }
    });
    let report = world.report(&address);
    let rule = "clamav:Plimsoll.Test".to_owned();
    let wanted = [("srv/gone".to_owned(), rule.clone()), ("srv/sample".to_owned(), rule)];
    assert_eq!(found(&report), wanted);
    assert_eq!(report["engines"][0]["name"], "ClamAV");
    assert!(report["engines"][0]["version"].as_str().unwrap().contains("27700"), "{report:#}");
    assert!(!problems(&report).contains("ClamAV"), "{}", problems(&report));
    // os-release, the sample, the large and the other file; the second sample is known.
    assert_eq!(counted.load(Ordering::Relaxed), 4);
    // The layers' facts come from the cache.
    assert_eq!(found(&world.report(&address)), wanted);
    assert_eq!(counted.load(Ordering::Relaxed), 4);
    let shown = text(&world.run_as("table", &["--clamd", &address]).stdout);
    assert!(shown.contains("also asked: ClamAV 1.4.3/27700"), "{shown}");
    // Without the daemon nothing of it is left.
    let out = world.run(&[]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(found(&report).is_empty() && report.get("engines").is_none());
}

#[test]
fn a_daemon_that_dies_makes_the_report_incomplete_and_nothing_is_kept() {
    let world = World::new();
    let socket = world.path("clamd.ctl");
    let dying = |files: u32| {
        let listener = UnixListener::bind(&socket).unwrap();
        let path = socket.clone();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            // Nobody else is let in.
            drop(listener);
            fs::remove_file(path).unwrap();
            talk(stream, VERSION, files, &AtomicU32::new(0));
        })
    };
    let first = dying(2);
    let report = world.report("unix:clamd.ctl");
    first.join().unwrap();
    assert!(problems(&report).contains("no longer answers"), "{}", problems(&report));
    assert_eq!(report["summary"]["complete"], false);
    // A healthy one of the same version is asked for all of it.
    let second = dying(u32::MAX);
    let report = world.report("unix:clamd.ctl");
    second.join().unwrap();
    assert!(!problems(&report).contains("ClamAV"), "{}", problems(&report));
    assert_eq!(found(&report).len(), 2);
}

#[test]
fn a_daemon_that_is_not_there_is_an_error() {
    let world = World::new();
    for address in ["missing.ctl", "tcp://127.0.0.1:1"] {
        let out = world.run(&["--clamd", address]);
        assert_eq!(out.status.code(), Some(2), "{}", text(&out.stderr));
        assert!(text(&out.stderr).contains("ClamAV's daemon at"), "{}", text(&out.stderr));
        assert!(out.stdout.is_empty());
    }
    let out = world.run(&["--clamd", "tcp://192.0.2.1:3310", "--offline"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("--offline"), "{}", text(&out.stderr));
}

/// Debian's clamd with a signature of our own.
struct Clamd(Child);

impl Clamd {
    fn start(folder: &Path) -> Option<Self> {
        let program = ["/usr/sbin/clamd", "/usr/bin/clamd", "/usr/local/sbin/clamd"]
            .iter()
            .find(|path| Path::new(path).exists())?;
        let signatures = folder.join("signatures");
        fs::create_dir(&signatures).unwrap();
        let hex: String = SAMPLE.bytes().map(|byte| format!("{byte:02x}")).collect();
        fs::write(signatures.join("ours.ndb"), format!("Plimsoll.Test.Sample:0:*:{hex}\n"))
            .unwrap();
        let settings = format!(
            "LocalSocket {0}/real.ctl\nDatabaseDirectory {0}/signatures\nTemporaryDirectory {0}\n\
             LogFile {0}/clamd.log\nForeground yes\nStreamMaxLength 1M\n",
            folder.display()
        );
        fs::write(folder.join("clamd.conf"), settings).unwrap();
        let child = Command::new(program)
            .arg("--config-file")
            .arg(folder.join("clamd.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let clamd = Self(child);
        let begin = Instant::now();
        while !folder.join("real.ctl").exists() {
            let log = fs::read_to_string(folder.join("clamd.log")).unwrap_or_default();
            assert!(begin.elapsed() < Duration::from_secs(60), "clamd does not start: {log}");
            thread::sleep(Duration::from_millis(50));
        }
        Some(clamd)
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_real_daemon_is_understood() {
    let world = World::new();
    let Some(_clamd) = Clamd::start(world.folder.path()) else {
        eprintln!("skipped: clamd is not installed");
        return;
    };
    let report = world.report("real.ctl");
    let rule = "clamav:Plimsoll.Test.Sample.UNOFFICIAL".to_owned();
    assert_eq!(
        found(&report),
        [("srv/gone".to_owned(), rule.clone()), ("srv/sample".to_owned(), rule)]
    );
    let problems = report["problems"].as_array().unwrap();
    let large: Vec<_> = problems.iter().filter(|p| p["path"] == "srv/large").collect();
    assert_eq!(large.len(), 1, "{problems:#?}");
    assert!(large[0]["message"].as_str().unwrap().contains("size limit exceeded"), "{large:#?}");
    assert_eq!(report["summary"]["complete"], false);
    assert_eq!(report["engines"][0]["name"], "ClamAV");
}
