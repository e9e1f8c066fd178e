//! The lists of flaws in packages of Rust, Ruby, PHP and npm, and the requirements in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{Collector, nodejs_security_wg, php_friends, rubysec, rustsec};
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.affected.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    let mut into = Collector::new("fuzz", &mut out);
    rustsec::read("RUSTSEC-2020-0001.md", bytes, &mut into);
    rubysec::read("x.yml", bytes, &mut into);
    php_friends::read("x.yaml", bytes, &mut into);
    nodejs_security_wg::read("npm/1.json", bytes, &mut into);
});
