#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_image::{Document, Resolved, layers, parse_config, parse_document};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Document::Image(image)) = parse_document(bytes, None) {
        if let Ok(layers) = layers(&image.layers) {
            let _ = Resolved::new(Default::default(), layers);
        }
    }
    if let Ok(config) = parse_config(bytes) {
        let _ = Resolved::new(config, Vec::new());
    }
});
