#![no_main]
use libfuzzer_sys::fuzz_target;
use plimsoll_image::registry::parse_challenges;

fuzz_target!(|text: &str| {
    let _ = parse_challenges(text);
});
