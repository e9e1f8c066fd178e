//! Any text, taken for each of the files that identify a system.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_ecosystems::distros::{SystemFile, WELL_KNOWN, detect, namespaces};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for path in WELL_KNOWN {
        let file = SystemFile { path, text: &text, deleted: false };
        if let Some(os) = detect(&[file]) {
            assert!(!namespaces(&os).is_empty());
            assert!(!os.id.contains(char::is_control));
        }
    }
});
