#![no_main]
use libfuzzer_sys::fuzz_target;
use plimsoll_image::registry::Reference;

fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<Reference>() {
        let printed = reference.to_string();
        assert_eq!(printed.parse::<Reference>().map(|again| again.to_string()), Ok(printed));
        let path = reference.repository();
        assert!(!path.contains("..") && !path.contains(['?', '#', '%', '\\', ' ']));
    }
});
