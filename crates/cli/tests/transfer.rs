//! A database on its way from the machine that builds it to those that use it: through the real `docker-registry`,
//! through a file, and past the real `minisign`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

fn have(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).exists()));
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

struct Registry {
    child: Child,
    host: String,
    _folder: TempDir,
}

impl Registry {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem:\n    rootdirectory: {}/storage\n\
             http:\n  addr: {host}\n  secret: none\n",
            folder.path().display()
        );
        fs::write(&config, text).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..600 {
            if TcpStream::connect(&host).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, host, _folder: folder }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Databases of three days and a pair of keys.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let mut records: Vec<Value> = (0..3000u32).map(record).collect();
        for day in 1..=3u32 {
            for more in 0..5 {
                records.push(record(10_000 + day * 10 + more));
            }
            let file = world.path("records.json");
            fs::write(&file, serde_json::to_vec(&records).unwrap()).unwrap();
            let folder = world.path("records");
            fs::create_dir_all(&folder).unwrap();
            for (n, record) in records.iter().enumerate().skip(if day == 1 { 0 } else { 2990 }) {
                fs::write(folder.join(format!("{n}.json")), record.to_string()).unwrap();
            }
            // Built where the day before was built: what did not change stays the same bytes.
            world.good("builder", "db build --feed osv=records --output new.db", 0);
            fs::copy(world.path("new.db"), world.path(&format!("day{day}.db"))).unwrap();
            // Build times have whole seconds.
            std::thread::sleep(Duration::from_millis(1100));
        }
        world.good("builder", "db keygen ours", 0);
        world.good("builder", "db keygen theirs", 0);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program as it is on a machine of this name.
    fn run(&self, machine: &str, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path(machine))
            .env("PATH", "")
            .output()
            .unwrap()
    }

    /// What it prints, on both streams.
    fn good(&self, machine: &str, line: &str, code: i32) -> String {
        let out = self.run(machine, line);
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert_eq!(out.status.code(), Some(code), "{machine}: {line}: {said}");
        said
    }

    fn digest(&self, machine: &str, db: &str) -> String {
        let said = self.run(machine, &format!("db status --json {db}"));
        let value: Value = serde_json::from_slice(&said.stdout).unwrap();
        value["digest"].as_str().unwrap().to_owned()
    }

    fn of_day(&self, day: u32) -> String {
        self.digest("builder", &format!("--db day{day}.db"))
    }
}

fn record(n: u32) -> Value {
    json!({
        "id": format!("CVE-{}-{n:04}", 2000 + n % 20),
        "modified": "2026-01-01T00:00:00Z",
        "affected": [{
            "package": {"ecosystem": "Debian:12", "name": format!("package-{}", n.wrapping_mul(2_654_435_761) % 700)},
            "ranges": [{"type": "ECOSYSTEM", "events": [
                {"introduced": "0"}, {"fixed": format!("{}.{}-{}", n % 7, n % 1013, n % 3)},
            ]}],
        }],
    })
}

#[test]
fn through_a_registry_day_by_day() {
    if !have("docker-registry") {
        return;
    }
    let world = World::new();
    let registry = Registry::start();
    let to = format!("{}/advisories:v1", registry.host);
    let update = format!("db update --from oci://{to} --key ours.pub");

    let said = world.good("builder", &format!("db push {to} --db day1.db --sign-key ours.key"), 0);
    assert!(said.contains(&format!("{}/advisories@sha256:", registry.host)), "{said}");
    let said = world.good("client", &update, 0);
    assert!(said.contains("MB fetched, signature verified"), "{said}");
    assert_eq!(world.digest("client", ""), world.of_day(1));
    let said = world.good("client", &update, 0);
    assert!(said.contains("unchanged"), "{said}");

    let said = world.good("builder", &format!("db push {to} --db day2.db --sign-key ours.key"), 0);
    assert!(said.contains(&format!("delta from {}", world.of_day(1))), "{said}");
    let said = world.good("client", &update, 0);
    assert!(said.contains("in 1 delta instead of"), "{said}");
    assert_eq!(world.digest("client", ""), world.of_day(2));
    // A client that slept for a day takes two steps.
    world.good("late", "db import day1.db --allow-unsigned", 0);
    world.good("builder", &format!("db push {to} --db day3.db --sign-key ours.key"), 0);
    let said = world.good("late", &update, 0);
    assert!(said.contains("in 2 deltas instead of"), "{said}");
    assert_eq!(world.digest("late", ""), world.of_day(3));
    world.good("late", "db status --verify", 0);

    // Older ones are neither published nor taken by accident.
    let again = format!("db push {to} --db day1.db --sign-key ours.key");
    let said = world.good("builder", &again, 3);
    assert!(said.contains("--allow-older"), "{said}");
    world.good("builder", &format!("{again} --allow-older"), 0);
    let said = world.good("late", &update, 3);
    assert!(said.contains("refused"), "{said}");
    assert_eq!(world.digest("late", ""), world.of_day(3));
    world.good("late", &format!("{update} --allow-older"), 0);
    assert_eq!(world.digest("late", ""), world.of_day(1));

    // Without a key, with another one, with both.
    let from = format!("db update --from oci://{to}");
    let said = world.good("new", &from, 2);
    assert!(said.contains("--key") && said.contains("--allow-unsigned"), "{said}");
    let said = world.good("new", &format!("{from} --key theirs.pub"), 3);
    assert!(said.contains("none of the 1 trusted keys"), "{said}");
    world.good("new", &format!("{from} --key theirs.pub,ours.pub"), 0);
    world.good("other", &format!("{from} --allow-unsigned"), 0);
    // A key in the user's configuration.
    let folder = world.path("configured/.config/plimsoll");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(world.path("ours.pub"), folder.join("db.pub")).unwrap();
    let said = world.good("configured", &from, 0);
    assert!(said.contains("signature verified"), "{said}");

    // Not signed: published with a warning, refused by default.
    let said = world.good("builder", &format!("db push {}/plain:1 --db day1.db", registry.host), 0);
    assert!(said.contains("not signed"), "{said}");
    let plain = format!("db update --from oci://{}/plain:1 --key ours.pub", registry.host);
    let said = world.good("fresh", &plain, 3);
    assert!(said.contains("not signed"), "{said}");
    world.good("fresh", &format!("{plain} --allow-unsigned"), 0);
    // A delta from a file that was never published.
    let given = format!(
        "db push {}/given:1 --db day3.db --sign-key ours.key --delta-from day1.db",
        registry.host
    );
    let said = world.good("builder", &given, 0);
    assert!(said.contains(&format!("delta from {}", world.of_day(1))), "{said}");
    // Nobody there.
    drop(registry);
    let said = world.good("late", &update, 3);
    assert!(said.contains("cannot connect"), "{said}");
    assert_eq!(world.digest("late", ""), world.of_day(1));
}

#[test]
fn through_a_file_to_a_machine_without_a_network() {
    let world = World::new();
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/fixtures/alpine-3.9.0.image");
    let image = plimsoll_testkit::image(&fs::read_to_string(fixture).unwrap());
    fs::write(world.path("image.tar"), image.docker_archive()).unwrap();
    world.good("builder", "db export carried.tar --db day2.db --sign-key ours.key", 0);
    let said = world.good("island", "--offline db import carried.tar --key ours.pub", 0);
    assert!(said.contains("signature verified"), "{said}");
    assert_eq!(world.digest("island", ""), world.of_day(2));
    // Carried on, with the signature that came along.
    world.good("island", "db export on.tar", 0);
    world.good("next", "--offline db import on.tar --key ours.pub", 0);
    let said = world.good("next", "--offline db import on.tar --key ours.pub", 0);
    assert!(said.contains("unchanged"), "{said}");
    let said = world.good("island", "--offline scan image.tar --format json", 0);
    assert!(said.contains(&world.of_day(2)), "the scan used another database");
    // Another key, a changed byte, an older day.
    world.good("island", "db import carried.tar --key theirs.pub", 0);
    let said = world.good("stranger", "db import carried.tar --key theirs.pub", 3);
    assert!(said.contains("trusted keys"), "{said}");
    let mut bytes = fs::read(world.path("carried.tar")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(world.path("changed.tar"), bytes).unwrap();
    world.good("stranger", "db import changed.tar --key ours.pub", 3);
    assert!(!world.path("stranger/.cache/plimsoll/db/plimsoll.db").exists());
    world.good("builder", "db export old.tar --db day1.db --sign-key ours.key", 0);
    let said = world.good("island", "db import old.tar --key ours.pub", 3);
    assert!(said.contains("--allow-older"), "{said}");
    assert_eq!(world.digest("island", ""), world.of_day(2));
    // Keys are never written over.
    world.good("builder", "db keygen ours", 2);
}

#[test]
fn minisign_and_we_believe_each_other() {
    if !have("minisign") {
        return;
    }
    let world = World::new();
    let minisign = |args: &str| {
        let out = Command::new("minisign")
            .args(args.split_whitespace())
            .current_dir(world.folder.path())
            .env("HOME", world.path("minisign"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(out.status.success(), "{args}: {said}");
        said
    };
    // Ours, verified by minisign. The import keeps the signature where it can be read.
    world.good("builder", "db export carried.tar --db day1.db --sign-key ours.key", 0);
    world.good("island", "db import carried.tar --key ours.pub", 0);
    let kept = fs::read_dir(world.path("island/.cache/plimsoll/signatures")).unwrap();
    let kept = kept.map(|entry| entry.unwrap().path()).next().unwrap();
    let said = minisign(&format!("-V -p ours.pub -m day1.db -x {}", kept.display()));
    assert!(said.contains("plimsoll-db schema="), "{said}");
    assert!(said.contains(&world.of_day(1)), "{said}");

    // minisign's, verified by us: keys and signature.
    minisign("-G -W -p real.pub -s real.key");
    minisign("-S -s real.key -m day2.db");
    let said = world.good("next", "db import day2.db --key real.pub", 0);
    assert!(said.contains("signature verified"), "{said}");
    fs::write(world.path("day3.db.minisig"), fs::read(world.path("day2.db.minisig")).unwrap())
        .unwrap();
    let said = world.good("next", "db import day3.db --key real.pub", 3);
    assert!(said.contains("signature is not for this database"), "{said}");
    // We sign with minisign's key, minisign with ours.
    world.good("builder", "db export by-real.tar --db day3.db --sign-key real.key", 0);
    world.good("next", "db import by-real.tar --key real.pub", 0);
    minisign("-S -s ours.key -m day1.db");
    minisign("-V -p ours.pub -m day1.db");
}
