//! What fetching a layer costs beside decompressing it: the same layer from memory and from a registry
//! on loopback. They should differ little, since the transfer runs beside the decompression.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    io::{BufRead, BufReader, Cursor, Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};

use divan::{Bencher, counter::BytesCount};
use plimsoll_image::{
    Image, ImageSource, OpenOptions, layer_stream, media,
    registry::{Environment, RegistrySource},
    sha256,
};
use plimsoll_testkit::{BuiltImage, ImageFixture};

fn main() {
    divan::main();
}

/// One gzipped layer of about 40 MB that compresses like text.
fn built() -> BuiltImage {
    let mut text = String::from("=== config\ntag: demo:1\n\n=== layer A\n//- /big\n");
    let mut state = 1u64;
    while text.len() < 40 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.push_str(&format!("line of some words and a number {:x}\n", state >> 40));
    }
    ImageFixture::parse(&text).build()
}

/// Serves the image as `demo:1`; one request a connection.
fn serve(built: &BuiltImage) -> String {
    let mut files = vec![("/v2/demo/manifests/1".to_owned(), built.oci_manifest())];
    files.extend(built.blobs().map(|(d, b)| (format!("/v2/demo/blobs/{d}"), b.to_vec())));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let files = Arc::new(files);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, files) = (stream.unwrap(), files.clone());
            thread::spawn(move || {
                let mut lines = BufReader::new(&stream).lines();
                let Some(Ok(first)) = lines.next() else { return };
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let path = first.split(' ').nth(1).unwrap_or_default();
                let found = files.iter().find(|(name, _)| name == path);
                let body = found.map(|(_, body)| body.as_slice()).unwrap_or_default();
                let status = if found.is_some() || path == "/v2/" { 200 } else { 404 };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                    media::OCI_MANIFEST,
                    body.len()
                );
                let _ = stream.write_all(body);
            });
        }
    });
    host
}

fn drain(mut reader: impl Read) -> u64 {
    let mut buffer = vec![0u8; 256 << 10];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer).unwrap() {
            0 => return total,
            got => total += got as u64,
        }
    }
}

#[divan::bench(sample_count = 10)]
fn from_memory(bencher: Bencher<'_, '_>) {
    let built = built();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let image = open(&runtime, &serve(&built));
    let layer = &image.manifest().layers[0];
    let stored: Arc<[u8]> = built.layers()[0].stored.clone().into();
    assert_eq!(Some(sha256(&stored)), layer.blob);
    bencher
        .counter(BytesCount::new(built.layers()[0].tar.len()))
        .bench(|| drain(layer_stream(Cursor::new(stored.clone()), layer).unwrap()));
}

#[divan::bench(sample_count = 10)]
fn from_a_registry(bencher: Bencher<'_, '_>) {
    let built = built();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let image = open(&runtime, &serve(&built));
    bencher
        .counter(BytesCount::new(built.layers()[0].tar.len()))
        .bench(|| drain(image.layer(&image.manifest().layers[0]).unwrap()));
}

fn open(runtime: &tokio::runtime::Runtime, host: &str) -> Box<dyn Image> {
    let mut options = OpenOptions::default();
    options.registry.environment = Environment::fixed([("HOME", "/nonexistent")]);
    runtime.block_on(RegistrySource.open(&format!("{host}/demo:1"), &options)).unwrap()
}
