//! What verifying costs on top of plain decompression: the goal is that reading a layer costs barely
//! more than `flate2` alone.
#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Read, Write};

use divan::{Bencher, counter::BytesCount};
use plimsoll_image::{bare_layer, layer_stream, sha256};
use plimsoll_model::LayerDesc;

/// Size of the uncompressed stream.
const SIZE: usize = 64 << 20;

/// Reads of the size that the scan engine uses.
const CHUNK: usize = 256 << 10;

fn main() {
    divan::main();
}

/// Bytes that compress about as well as a layer does (to a third).
fn content() -> Vec<u8> {
    let mut state = 1u32;
    let mut out = Vec::with_capacity(SIZE);
    while out.len() < SIZE {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = (state >> 20).to_le_bytes();
        out.extend_from_slice(b"usr/lib/");
        out.extend_from_slice(&word[..2]);
        out.push((state >> 8) as u8);
        out.push(b'\n');
    }
    out
}

fn gzip() -> Vec<u8> {
    let level = flate2::Compression::new(6);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(&content()).unwrap();
    encoder.finish().unwrap()
}

fn drain(mut stream: impl Read) -> u64 {
    let mut buffer = vec![0; CHUNK];
    let mut total = 0;
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return total,
            got => total += got as u64,
        }
    }
}

#[divan::bench(sample_count = 10)]
fn plain_flate2(bencher: Bencher<'_, '_>) {
    let stored = gzip();
    bencher
        .counter(BytesCount::new(SIZE))
        .bench_local(|| drain(flate2::bufread::MultiGzDecoder::new(stored.as_slice())));
}

fn verified(bencher: Bencher<'_, '_>, stored: Vec<u8>) {
    let layer =
        LayerDesc { blob: Some(sha256(&stored)), size: Some(stored.len() as u64), ..bare_layer(0) };
    let stored: std::sync::Arc<[u8]> = stored.into();
    bencher.counter(BytesCount::new(SIZE)).bench_local(|| {
        drain(layer_stream(Cursor::new(std::sync::Arc::clone(&stored)), &layer).unwrap())
    });
}

#[divan::bench(sample_count = 10)]
fn gzip_layer(bencher: Bencher<'_, '_>) {
    verified(bencher, gzip());
}

#[divan::bench(sample_count = 10)]
fn zstd_layer(bencher: Bencher<'_, '_>) {
    verified(bencher, zstd::encode_all(content().as_slice(), 3).unwrap());
}

#[divan::bench(sample_count = 10)]
fn uncompressed_layer(bencher: Bencher<'_, '_>) {
    verified(bencher, content());
}
