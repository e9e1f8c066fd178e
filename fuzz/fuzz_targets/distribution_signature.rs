#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_distribution::{Claim, SigningKey, TrustedKeys, split_signatures};

fuzz_target!(|text: &str| {
    let _ = TrustedKeys::parse(text);
    let _ = SigningKey::parse(text, None);
    let _ = split_signatures(text);
    if let Some(claim) = Claim::from_comment(text) {
        assert_eq!(Claim::from_comment(&claim.to_comment()), Some(claim));
    }
});
