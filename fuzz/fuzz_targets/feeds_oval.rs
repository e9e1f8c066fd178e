//! OVAL in the dialects of all distributions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::Collector;
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    run(|into| {
        drop(plimsoll_feeds::redhat_oval::read("rhel-9.oval.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::suse_oval::read("suse.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::oracle_oval::read("elsa.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::azurelinux_oval::read("azurelinux-3.0.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::photon_oval::read("photon.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::anolis_oval::read("anolis-8.oval.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::alinux_oval::read("alinux-3.oval.xml", &mut &*bytes, into));
        drop(plimsoll_feeds::ubuntu_oval::read("x.cve.oval.xml", &mut &*bytes, into));
    });
});

fn run(parse: impl FnOnce(&mut Collector<'_>)) {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    parse(&mut Collector::new("fuzz", &mut out));
}
