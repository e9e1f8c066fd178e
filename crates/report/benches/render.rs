//! Rendering a report of 2,000 findings.

use divan::{Bencher, black_box};
use plimsoll_report::RenderOptions;

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() {
    divan::main();
}

#[divan::bench(args = plimsoll_report::all().iter().map(|f| f.id()).collect::<Vec<_>>())]
fn two_thousand_findings(bencher: Bencher, id: &str) {
    let report = samples::many(2_000);
    let options = RenderOptions { color: true, ..RenderOptions::new(samples::TODAY) };
    let Some(format) = plimsoll_report::find(id) else { return };
    bencher.bench(|| {
        let mut out = Vec::new();
        format.write(black_box(&report), &options, &mut out).map(|()| out)
    });
}
