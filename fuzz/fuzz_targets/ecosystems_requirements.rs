//! A requirement and, behind the first line end, a version: it is in the set of versions or in its complement.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_ecosystems::requirement::Grammar;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (requirement, version) = text.split_once('\n').unwrap_or((text, "1.0.0"));
    for grammar in Grammar::ALL {
        let Ok(set) = grammar.parse(requirement) else { continue };
        if grammar.scheme().check(version).is_ok() {
            assert_ne!(set.holds(version), set.complement().holds(version), "{grammar:?}");
        }
        let _ = set.ranges(None);
    }
});
