//! Any two texts, split at the first line end, are compared or refused in every order; the other way round
//! gives the opposite.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_ecosystems::version::Scheme;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (a, b) = text.split_once('\n').unwrap_or((text, text));
    for scheme in Scheme::ALL {
        if let (Ok(forth), Ok(back)) = (scheme.compare(a, b), scheme.compare(b, a)) {
            assert_eq!(forth, back.reverse(), "{scheme}: {a:?} {b:?}");
        }
    }
});
