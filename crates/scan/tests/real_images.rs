//! Real root filesystems as layers. Needs the data folder.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::{
    fs::{self, File},
    io::Read,
    path::PathBuf,
};

use plimsoll_model::{Compression, OwnedPackage, PackageKind, SetAside};
use plimsoll_scan::{AnalyzerSet, ScanOptions, scan_image};
use plimsoll_testkit::{ImageFixture, Layer};

fn layers() -> Option<Vec<PathBuf>> {
    let Some(data) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return None;
    };
    let folder = PathBuf::from(data).join("images");
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.contains("rootfs") && name.ends_with(".tar.gz")
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    Some(found)
}

#[test]
fn every_alpine_root_is_recognised_with_all_its_packages() {
    for path in layers().unwrap_or_default() {
        let mut tar = Vec::new();
        flate2::read::MultiGzDecoder::new(File::open(&path).unwrap())
            .read_to_end(&mut tar)
            .unwrap();
        let (mut installed, mut entries) = (String::new(), 0);
        for entry in tar::Archive::new(&tar[..]).entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_string_lossy().into_owned();
            entries += u64::from(name != "./" && name != ".");
            if name.ends_with("lib/apk/db/installed") {
                entry.read_to_string(&mut installed).unwrap();
            }
        }
        let mut layer = Layer::raw(tar);
        layer.compression = Compression::None;
        let image = ImageFixture::parse("").layer(layer).build().memory();
        let found = scan_image(&image, &AnalyzerSet::all(), &ScanOptions::default()).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let os = found.os.unwrap();
        assert_eq!(os.id, "alpine", "{name}");
        assert!(name.contains(&format!("-{}-", os.version)), "{name}: {}", os.version);
        let expected = installed.lines().filter(|line| line.starts_with("P:")).count();
        let system = found.packages.iter().filter(|p| p.package.kind == PackageKind::Apk).count();
        assert_eq!(system, expected, "{name}");
        // What is recognised by its content belongs to a package here, and is judged as that.
        let others = found.packages.iter().filter(|p| p.package.kind != PackageKind::Apk);
        let owned = |p: &OwnedPackage| matches!(p.set_aside, Some(SetAside::OwnedBySystem(_)));
        let strange: Vec<_> =
            others.filter(|p| !owned(p)).map(|p| (&p.package.name, &p.path)).collect();
        assert!(strange.is_empty(), "{name}: {strange:?}");
        assert_eq!(found.problems, [], "{name}");
        assert_eq!(found.layers[0].entries, entries, "{name}");
    }
}
