//! Files of rules, in our format and in gitleaks', and texts that are searched with them.
#![no_main]

use plimsoll_detect::secrets::{RuleSet, examples, test_text};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = examples::expand(&text, "fuzz");
    let (own, _) = RuleSet::with_own("fuzz", &text);
    let _ = test_text(&own, "fuzz", data);
});
