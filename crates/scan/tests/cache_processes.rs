//! One cache folder under several processes, which write, read and evict at the same time.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::{env, process::Command};

use plimsoll_scan::{AnalyzerSet, CacheDir, ScanOptions, scan_image};
use plimsoll_testkit::{Entry, ImageFixture, Layer};

const FOLDER: &str = "PLIMSOLL_TEST_CACHE_FOLDER";

fn scan_often(folder: &str) {
    // Small enough that every scan pushes out what others wrote.
    let cache = CacheDir::new(folder).with_max_bytes(3000);
    let options = ScanOptions { cache: Some(cache), ..ScanOptions::default() };
    for round in 0..30 {
        let mut fixture = ImageFixture::parse("");
        for layer in 0..3 {
            let n = (round + layer) % 5;
            fixture = fixture.layer(Layer::of([
                Entry::file("etc/os-release", format!("ID=alpine\nVERSION_ID=3.{n}.0\n")),
                Entry::file("lib/apk/db/installed", format!("P:musl\nV:1.1.{n}-r0\n\n")),
            ]));
        }
        let image = fixture.build().memory();
        let found = scan_image(&image, &AnalyzerSet::all(), &options).unwrap();
        assert_eq!(found.problems, []);
        assert_eq!(found.packages[0].package.version, format!("1.1.{}-r0", (round + 2) % 5));
        assert_eq!(found.os.unwrap().version, format!("3.{}.0", (round + 2) % 5));
    }
}

#[test]
fn several_processes_share_one_cache() {
    if let Ok(folder) = env::var(FOLDER) {
        return scan_often(&folder);
    }
    let dir = tempfile::tempdir().unwrap();
    let children: Vec<_> = (0..4)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "several_processes_share_one_cache"])
                .env(FOLDER, dir.path())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}
