//! How fast the parsers are that see the most bytes: a tracker file, an OSV record, a VEX
//! document, a security database.

use divan::{Bencher, black_box, counter::BytesCount};
use plimsoll_feeds::{Collector, osv, redhat_csaf_vex, secdb, ubuntu_cve_tracker};
use plimsoll_model::Advisory;

/// Packages of the security database that is measured.
const PACKAGES: usize = 1000;

fn main() {
    divan::main();
}

fn run(bench: Bencher<'_, '_>, text: &[u8], parse: impl Fn(&[u8], &mut Collector<'_>)) {
    bench.counter(BytesCount::new(text.len())).bench_local(|| {
        let mut out = |advisory: Advisory| drop(black_box(advisory));
        parse(black_box(text), &mut Collector::new("bench", &mut out));
    });
}

#[divan::bench]
fn ubuntu_cve_tracker_file(bench: Bencher<'_, '_>) {
    let text = include_bytes!("../src/ubuntu_cve_tracker/testdata/active/CVE-2019-14697");
    run(bench, text, |text, into| ubuntu_cve_tracker::read("CVE", text, into));
}

#[divan::bench]
fn csaf_vex_document(bench: Bencher<'_, '_>) {
    let text = include_bytes!("../src/redhat_csaf_vex/testdata/2023/cve-2023-38545.json");
    run(bench, text, |mut text, into| redhat_csaf_vex::read("cve", &mut text, into));
}

#[divan::bench]
fn osv_record_json(bench: Bencher<'_, '_>) {
    let text = include_bytes!("../src/almalinux_osv/testdata/ALSA-2021-0711.json");
    run(bench, text, |text, into| osv::read("record", text, &|_| None, into));
}

#[divan::bench]
fn osv_record_yaml(bench: Bencher<'_, '_>) {
    let text = include_bytes!("../src/osv/testdata/PYSEC-2021-19.yaml");
    run(bench, text, |text, into| osv::read("record", text, &|_| None, into));
}

fn database(json: bool) -> String {
    let package = |n: usize| match json {
        true => format!(
            r#"{{"pkg":{{"name":"p{n}","secfixes":{{"1.{n}-r0":["CVE-2020-{n:04}","CVE-2021-{n:04} TALOS-{n}"]}}}}}}"#
        ),
        false => format!(
            "  - pkg:\n      name: p{n}\n      secfixes:\n        1.{n}-r0:\n          - CVE-2020-{n:04}\n          - CVE-2021-{n:04} TALOS-{n}\n"
        ),
    };
    let packages: Vec<String> = (0..PACKAGES).map(package).collect();
    match json {
        true => format!(r#"{{"distroversion":"v3.9","packages":[{}]}}"#, packages.join(",")),
        false => format!("distroversion: v3.9\npackages:\n{}", packages.concat()),
    }
}

#[divan::bench(args = [true, false])]
fn secdb_of_1000_packages(bench: Bencher<'_, '_>, json: bool) {
    let text = database(json);
    run(bench, text.as_bytes(), |text, into| drop(secdb::read("alpine", "main", text, into)));
}
