#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_detect::build::{Options, evaluate_history};
use plimsoll_model::{HistoryEntry, ImageConfig};

// Each line is an entry; a tab parts it from its comment.
fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let history: Vec<HistoryEntry> = text
        .lines()
        .map(|line| {
            let (created_by, comment) = line.split_once('\t').unwrap_or((line, ""));
            HistoryEntry {
                created_by: created_by.to_owned(),
                comment: Some(comment.to_owned()),
                created: comment.get(..20).map(str::to_owned),
                ..HistoryEntry::default()
            }
        })
        .collect();
    for found in evaluate_history(&ImageConfig::default(), &history, &Options::default()).findings {
        assert!(found.edits.is_empty());
    }
});
