#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use plimsoll_image::TarIndex;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(index) = TarIndex::read(&mut Cursor::new(bytes)) {
        for name in index.names() {
            let _ = index.file(name);
        }
    }
});
