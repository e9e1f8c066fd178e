#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_detect::build::{Options, dockerignore::DockerIgnore, fix, lint};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let dockerignore = Some(DockerIgnore::parse(&text));
    let options = Options { enable: vec!["*".into()], dockerignore, ..Options::default() };
    for found in lint("Dockerfile", &text, &options).findings {
        for edit in &found.edits {
            assert!(edit.start <= edit.end && edit.end <= text.len());
        }
    }
    // What is mended needs no mending.
    let once = fix("Dockerfile", &text, &options, &|_| true).text;
    assert_eq!(fix("Dockerfile", &once, &options, &|_| true).text, once);
});
