#![no_main]

use std::io::{self, Cursor, Read};

use libfuzzer_sys::fuzz_target;
use plimsoll_image::decompress;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(stream) = decompress(Cursor::new(bytes.to_vec())) {
        let _ = io::copy(&mut stream.take(1 << 20), &mut io::sink());
    }
});
