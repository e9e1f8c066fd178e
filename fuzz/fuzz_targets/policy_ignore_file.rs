//! Ignore files in both formats.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = plimsoll_policy::parse_ignore_yaml("fuzz", &text);
    let _ = plimsoll_policy::parse_ignore_lines("fuzz", &text);
});
