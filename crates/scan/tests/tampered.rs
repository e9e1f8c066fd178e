//! Programs that are not as RPM's database has them.

#![cfg(feature = "malware")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use plimsoll_image::sha256;
use plimsoll_model::PlacedDetection;
use plimsoll_scan::{AnalyzerSet, Checks, ScanOptions, Scanner, scan_image};
use plimsoll_testkit::{Entry, ImageFixture, Layer, RpmFormat, RpmPackage, rpm_database};

const OLD: &[u8] = b"\x7fELF the one that the package installed";
const NEW: &[u8] = b"\x7fELF the one of the upgrade";
const BAD: &[u8] = b"\x7fELF somebody else's";

fn database(version: &str, ps: &[u8], sshd: &[u8]) -> Vec<u8> {
    let hex = |bytes: &[u8]| sha256(bytes).to_string().trim_start_matches("sha256:").to_owned();
    let package = RpmPackage {
        name: "tools".into(),
        version: version.into(),
        release: "1.el9".into(),
        arch: "x86_64".into(),
        files: vec!["/usr/bin/ps".into(), "/usr/sbin/sshd".into(), "/usr/bin/none".into()],
        digests: vec![hex(ps), hex(sshd)],
        ..RpmPackage::default()
    };
    rpm_database(RpmFormat::Sqlite, &[package])
}

fn found(layers: Vec<Vec<Entry>>) -> Vec<PlacedDetection> {
    let image = layers
        .into_iter()
        .fold(ImageFixture::default(), |image, entries| image.layer(Layer::of(entries)));
    let analyzers = AnalyzerSet::of(Checks::of([Scanner::Malware]));
    let image = image.build().memory();
    let inventory = scan_image(&image, &analyzers, &ScanOptions::default()).unwrap();
    inventory.detections
}

#[test]
fn a_program_that_a_later_layer_replaced_is_found_and_an_upgrade_is_not() {
    let at = "var/lib/rpm/rpmdb.sqlite";
    let base = || {
        vec![
            Entry::file(at, database("1", OLD, OLD)),
            Entry::file("usr/bin/ps", OLD).mode(0o755),
            Entry::file("usr/sbin/sshd", OLD).mode(0o755),
            Entry::file("usr/bin/none", BAD).mode(0o755),
        ]
    };
    assert_eq!(found(vec![base()]), []);
    let upgrade =
        vec![Entry::file(at, database("2", NEW, OLD)), Entry::file("usr/bin/ps", NEW).mode(0o755)];
    assert_eq!(found(vec![base(), upgrade]), []);
    let trojan = vec![Entry::file("usr/sbin/sshd", BAD).mode(0o755)];
    let all = found(vec![base(), trojan]);
    let [one] = &all[..] else { panic!("{all:#?}") };
    assert_eq!(one.detection.rule, "system-guard-changed");
    assert_eq!((one.path.as_deref(), one.layer), (Some("usr/sbin/sshd"), Some(1)));
    assert_eq!(one.owner.as_deref(), Some("tools"));
    assert!(one.detection.sightings[0].text.starts_with("sha256 "), "{one:#?}");
}
