//! The same image gives the same report from every source, on real root filesystems; and on Alpine that
//! report says what Alpine's secdb says.
//!
//! Needs `PLIMSOLL_TEST_DATA`; `PLIMSOLL_TEST_ROOTS` may name a folder with further root filesystems, one folder
//! each. A registry is asked where `docker-registry` and `skopeo` are installed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use plimsoll_model::Compression;
use plimsoll_testkit::{BuiltImage, ImageFixture, Layer};
use serde_json::Value;

fn data() -> Option<PathBuf> {
    let data = env::var_os("PLIMSOLL_TEST_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
    }
    data
}

fn has(program: &str) -> bool {
    let found = env::var_os("PATH")
        .is_some_and(|paths| env::split_paths(&paths).any(|dir| dir.join(program).is_file()));
    if !found {
        println!("skipped in part: {program} is not installed");
    }
    found
}

fn run(command: &mut Command) -> String {
    let out = command.stderr(Stdio::piped()).output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn scan(cache: &Path, image: &str) -> Value {
    let text = run(Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        // A root filesystem has no history: build instructions are the images' alone.
        .args(["scan", "--scanners", "vuln,secret,malware,baseline"])
        .args(["--quiet", "--format", "json", "--cache-dir"])
        .arg(cache)
        .arg(image));
    serde_json::from_str(&text).unwrap()
}

/// What must not depend on the source: everything but names, digests and instructions of image and layers.
fn essence(report: &Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for key in ["digest", "diff_id", "created_by"] {
                    map.remove(key);
                }
                map.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut report = report.clone();
    for key in ["created", "image", "database"] {
        report.as_object_mut().unwrap().remove(key);
    }
    strip(&mut report);
    report
}

/// A real registry on loopback, ended with the test.
struct Registry {
    process: Child,
    port: u16,
}

impl Registry {
    fn start(folder: &Path) -> Option<Self> {
        if !has("docker-registry") || !has("skopeo") {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.join("registry.yml");
        let root = folder.join("registry");
        fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: '{}'}}}}\n\
                 http: {{addr: '127.0.0.1:{port}'}}\n",
                root.display()
            ),
        )
        .unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Held from here on, so that the process ends however the test does.
        let registry = Self { process, port };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(registry);
            }
            sleep(Duration::from_millis(50));
        }
        panic!("docker-registry does not listen");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Every root filesystem, unpacked, with its name.
fn roots(data: &Path, work: &Path) -> Vec<(String, PathBuf)> {
    let mut roots = Vec::new();
    for entry in fs::read_dir(data.join("images")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("alpine-") || !name.contains("rootfs") {
            continue;
        }
        let folder = work.join(&name);
        fs::create_dir(&folder).unwrap();
        run(Command::new("tar").arg("-xf").arg(&path).arg("-C").arg(&folder));
        roots.push((name, folder));
    }
    if let Some(more) = env::var_os("PLIMSOLL_TEST_ROOTS") {
        for entry in fs::read_dir(more).unwrap() {
            let path = entry.unwrap().path();
            if path.join("etc").is_dir() {
                roots.push((path.file_name().unwrap().to_string_lossy().into_owned(), path));
            }
        }
    }
    roots.sort();
    roots
}

fn pack(root: &Path) -> BuiltImage {
    let mut tar = tar::Builder::new(Vec::new());
    tar.follow_symlinks(false);
    tar.append_dir_all(".", root).unwrap();
    ImageFixture::parse("=== config\ntag: test:latest\n")
        .layer(Layer::raw(tar.into_inner().unwrap()))
        .stored(Compression::Gzip)
        .build()
}

#[test]
fn every_source_gives_the_same_report() {
    let Some(data) = data() else { return };
    let work = tempfile::tempdir().unwrap();
    let work = work.path();
    let registry = Registry::start(work);
    let secdb = work.join("secdb");
    fs::create_dir(&secdb).unwrap();
    run(Command::new("tar")
        .arg("-xf")
        .arg(data.join("advisories/alpine-secdb-2020.tar.xz"))
        .arg("-C")
        .arg(&secdb));

    for (number, (name, root)) in roots(&data, work).into_iter().enumerate() {
        let place = work.join(format!("image-{number}"));
        fs::create_dir(&place).unwrap();
        let image = pack(&root);
        let file = |name: &str, bytes: Vec<u8>| {
            let path = place.join(name);
            fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        let layout = place.join("layout");
        image.oci_layout(&layout);
        let mut sources = vec![
            file("old.tar", image.docker_archive()),
            file("new.tar", image.docker_archive_oci()),
            file("oci.tar", image.oci_archive()),
            layout.display().to_string(),
            format!("rootfs:{}", root.display()),
            format!("rootfs:{}", file("rootfs.tar", image.layers()[0].tar.clone())),
        ];
        if let Some(registry) = &registry {
            let target = format!("127.0.0.1:{}/test/image-{number}:latest", registry.port);
            run(Command::new("skopeo")
                .args(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"])
                .arg(format!("oci:{}", layout.display()))
                .arg(format!("docker://{target}")));
            sources.push(format!("registry:{target}"));
        }
        // A cache of its own for each source: none may profit from what another has read.
        let reports: Vec<Value> = sources
            .iter()
            .enumerate()
            .map(|(i, source)| scan(&place.join(format!("cache-{i}")), source))
            .collect();
        for (source, report) in sources.iter().zip(&reports).skip(1) {
            assert_eq!(
                essence(&reports[0]),
                essence(report),
                "{name}: {} and {source}",
                sources[0]
            );
        }
        let findings = reports[0]["findings"].as_array().unwrap().len();
        println!("{name}: {findings} findings, the same from {} sources", sources.len());
        if name.starts_with("alpine-") {
            let report = file("report.json", reports[0].to_string().into_bytes());
            check_secdb(&data.join("images").join(&name), &secdb, &report);
        }
        fs::remove_dir_all(&place).unwrap();
    }
}

fn check_secdb(rootfs: &Path, secdb: &Path, report: &str) {
    if !has("python3") {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/secdb_check.py");
    let out =
        Command::new("python3").arg(script).arg(rootfs).arg(secdb).arg(report).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    print!("  {text}");
    // 3: the release has no secdb and the report says so.
    assert!(
        matches!(out.status.code(), Some(0 | 3)),
        "{}: {text}{}",
        rootfs.display(),
        String::from_utf8_lossy(&out.stderr)
    );
}
