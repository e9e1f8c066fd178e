//! The hot paths of the engine: walking a tar, loading cached facts, merging.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use divan::{Bencher, counter::BytesCount};
use plimsoll_model::{Compression, Digest, LayerFacts};
use plimsoll_scan::{
    AnalyzerSet, ScanOptions, cache,
    merge::{Extras, Tree, place_facts},
    scan_image,
    tar::CHUNK_BYTES,
    walk_bytes,
};
use plimsoll_testkit::{Entry, ImageFixture, Layer, MemoryImage};

fn main() {
    divan::main();
}

/// A tar of `files` files of `size` bytes in a hundred folders, with a dpkg list in every fiftieth.
fn tar(files: usize, size: usize) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let body = vec![b'x'; size];
    for i in 0..files {
        let name = if i.is_multiple_of(50) {
            format!("var/lib/dpkg/info/package{i}.list")
        } else {
            format!("usr/share/folder{}/sub/file{i}", i % 100)
        };
        let mut header = tar::Header::new_gnu();
        header.set_size(size as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &body[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn facts(files: usize, first: u8) -> LayerFacts {
    let mut facts = walk_bytes(&tar(files, 10), CHUNK_BYTES, &AnalyzerSet::all());
    facts.diff_id = Digest::from_bytes([first; 32]);
    facts
}

#[divan::bench(args = [1_000, 100_000])]
fn walk(bencher: Bencher<'_, '_>, size: usize) {
    let bytes = tar(64_000_000 / (size + 512), size);
    let analyzers = AnalyzerSet::all();
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| walk_bytes(divan::black_box(&bytes), CHUNK_BYTES, &analyzers));
}

#[divan::bench(args = [10_000, 100_000])]
fn load_cached_facts(bencher: Bencher<'_, '_>, files: usize) {
    let key = Digest::from_bytes([1; 32]);
    let bytes = cache::encode(&facts(files, 1), &key).unwrap();
    bencher.bench(|| {
        let facts: LayerFacts = cache::decode(divan::black_box(&bytes), &key).unwrap();
        assert!(facts.paths.is_sound());
        facts
    });
}

#[divan::bench]
fn merge_100k_paths(bencher: Bencher<'_, '_>) {
    let base = Arc::new(facts(100_000, 1));
    let upper = Arc::new(facts(5_000, 2));
    let layers = [Some(base.clone()), Some(upper), Some(base)];
    bencher.bench(|| {
        let tree = Tree::new(layers.iter().map(Option::as_deref));
        place_facts(&tree, &layers, &Extras::default()).len()
    });
}

#[divan::bench]
fn list_the_finished_tree_100k_paths(bencher: Bencher<'_, '_>) {
    let base = facts(100_000, 1);
    let upper = facts(5_000, 2);
    bencher.bench(|| Tree::new([Some(&base), Some(&upper)]).iter().count());
}

/// An image with a `node_modules` of 1,000 packages of 20 files each, in an uncompressed layer.
fn node_modules() -> MemoryImage {
    let code = "module.exports = function (a, b) { return a + b }\n".repeat(80);
    let entries = (0..1000).flat_map(|package| {
        let folder = format!("app/node_modules/library-{package}");
        let needs: Vec<String> =
            (0..5).map(|n| format!("\"library-{}\": \"^1.0.0\"", (package * 7 + n) % 1000)).collect();
        let json = format!(
            "{{\"name\": \"library-{package}\", \"version\": \"1.{package}.0\", \"license\": \"MIT\", \
             \"dependencies\": {{{}}}}}",
            needs.join(", "),
        );
        let files = (1..20).map({
            let (folder, code) = (folder.clone(), code.clone());
            move |n| Entry::file(format!("{folder}/lib/file{n}.js"), code.clone())
        });
        std::iter::once(Entry::file(format!("{folder}/package.json"), json)).chain(files)
    });
    let os = "=== layer\n//- /etc/os-release\nID=debian\nVERSION_ID=\"12\"\n";
    let fixture = ImageFixture::parse(os).layer(Layer::of(entries)).stored(Compression::None);
    fixture.build().memory()
}

/// The whole scan but for download and decompression.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn scan_node_modules_of_20k_files(bencher: Bencher<'_, '_>) {
    let image = node_modules();
    let (analyzers, options) = (AnalyzerSet::all(), ScanOptions::default());
    bencher.bench(|| {
        let inventory = scan_image(&image, &analyzers, &options).unwrap();
        assert_eq!(inventory.packages.len(), 1000);
    });
}
