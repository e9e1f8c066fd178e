#![no_main]
use libfuzzer_sys::fuzz_target;
use plimsoll_image::containerd::{Bolt, named_images};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bolt) = Bolt::new(bytes) {
        let _ = named_images(&bolt);
    }
});
