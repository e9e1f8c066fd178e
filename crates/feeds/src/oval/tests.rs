use proptest::prelude::*;

use super::*;
use crate::{oracle_oval, redhat_oval, sample::collect, suse_oval, ubuntu_oval};

fn fault(text: &str) -> String {
    document::read("x", &mut text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_is_no_oval_is_refused() {
    assert!(fault("").contains("no `oval_definitions`"));
    assert!(fault("<html></html>").contains("no `oval_definitions`"));
    assert!(fault("<oval_definitions><definitions>").contains("ends in the middle"));
    assert!(fault("<oval_definitions></definitions>").contains("byte"));
    assert!(fault("<oval_definitions>&bomb;</oval_definitions>").contains("entity"));
    let deep = format!("<oval_definitions>{}", "<criteria>".repeat(MAX_DEPTH + 1));
    assert!(fault(&deep).contains("inside each other"));
}

#[test]
fn a_text_without_end_is_refused_before_it_fills_the_memory() {
    let mut input = b"<oval_definitions><!--".as_slice().chain(std::io::repeat(b'x'));
    let error = document::read("x", &mut input).unwrap_err().to_string();
    assert!(error.contains("more than 4 MiB"), "{error}");
}

/// Twenty lists of ten packages that must all be there would be ten to the power of twenty clauses.
#[test]
fn criteria_that_multiply_are_a_bad_record() {
    let list = "<criterion comment=\"a is earlier than 1\"/>".repeat(10);
    let lists = format!("<criteria operator=\"OR\">{list}</criteria>").repeat(20);
    let text = format!(
        "<oval_definitions><definition id=\"oval:com.oracle.elsa:def:1\"><criteria>{lists}</criteria>\
         </definition></oval_definitions>"
    );
    let mut out = |_| ();
    let mut into = Collector::new("test", &mut out);
    oracle_oval::read("x", &mut text.as_bytes(), &mut into).unwrap();
    let error = into.finish(std::path::Path::new("x")).unwrap_err().to_string();
    assert!(error.contains("too many combinations"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        picks in proptest::collection::vec(0usize..12, 0..40),
    ) {
        let words = [
            "<definition id=\"oval:com.oracle.elsa:def:1\">", "</definition>", "<criteria operator=\"OR\">",
            "<criteria negate=\"true\">", "</criteria>", "<criterion test_ref=\"t\" comment=\"b is earlier than 1\"/>",
            "<rpminfo_test id=\"t\">", "</rpminfo_test>", "<object object_ref=\"o\"/>",
            "<rpminfo_object id=\"o\"><name>b</name></rpminfo_object>", "<evr operation=\"less than\">1</evr>",
            "<cve cvss3=\"1/\" public=\"2\u{e9}9\">CVE-</cve>",
        ];
        let made: String = picks.iter().filter_map(|p| words.get(*p).copied()).collect();
        let made = format!("<oval_definitions>{made}</oval_definitions>");
        for text in [bytes.as_slice(), &[b"<oval_definitions>", bytes.as_slice()].concat(), made.as_bytes()] {
            collect(|into| {
                drop(oracle_oval::read("x", &mut &*text, into));
                drop(redhat_oval::read("rhel-9.oval.xml", &mut &*text, into));
                drop(suse_oval::read("x", &mut &*text, into));
                drop(ubuntu_oval::read("x", &mut &*text, into));
            });
        }
    }
}
