//! How long whole package databases take to read, and the question that is asked for every file.
//!
//! Real databases are taken from `PLIMSOLL_TEST_DATA` and `PLIMSOLL_TEST_ROOTS`; without them only the
//! database of the system that runs this is read.

use std::path::PathBuf;
use std::process::Command;

use divan::{Bencher, counter::BytesCount};
use plimsoll_ecosystems::pkgdb;
use plimsoll_model::{EntryKind, FileMeta, PathEntry};

fn main() {
    divan::main();
}

fn rpmdb(name: &str) -> Option<Vec<u8>> {
    let folder = PathBuf::from(std::env::var_os("PLIMSOLL_TEST_DATA")?);
    let output =
        Command::new("xz").arg("-dc").arg(folder.join("rpmdb").join(format!("{name}.xz"))).output();
    output.ok().map(|output| output.stdout).filter(|bytes| !bytes.is_empty())
}

#[divan::bench(args = [
    "amazonlinux-2023.rpmdb.sqlite",
    "fedora-26-modular.bdb.Packages",
    "sle15-bci.ndb.Packages.db",
])]
fn rpm(bencher: Bencher<'_, '_>, name: &str) {
    let Some(bytes) = rpmdb(name) else { return };
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| pkgdb::rpm::parse_database(divan::black_box(&bytes), b""));
}

#[divan::bench]
fn dpkg_status(bencher: Bencher<'_, '_>) {
    let root =
        std::env::var_os("PLIMSOLL_TEST_ROOTS").map(|root| PathBuf::from(root).join("bench"));
    let path = root.unwrap_or_else(|| PathBuf::from("/")).join("var/lib/dpkg/status");
    let Ok(bytes) = std::fs::read(path) else { return };
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| pkgdb::dpkg::parse_status(divan::black_box(&bytes)));
}

/// All analysers, one thousand files.
#[divan::bench]
fn wants(bencher: Bencher<'_, '_>) {
    let paths: Vec<String> =
        (0..1000).map(|n| format!("usr/share/doc/package-{}/examples/file-{n}", n % 37)).collect();
    let analyzers = pkgdb::all();
    bencher.bench(|| {
        for path in &paths {
            let entry = PathEntry {
                path,
                kind: EntryKind::File,
                mode: 0o644,
                uid: 0,
                gid: 0,
                size: 100,
                target: "",
            };
            for analyzer in &analyzers {
                divan::black_box(analyzer.wants(&FileMeta { entry }, b""));
            }
        }
    });
}
