//! Files of any sort, whole and as a stream, and configurations.
#![no_main]

use plimsoll_detect::secrets::{RuleSet, Secrets, scan_config};
use plimsoll_model::{Analyzer, EntryKind, FileMeta, ImageConfig, LayerFile, PathEntry};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let rules = RuleSet::builtin();
    let secrets = Secrets::new(rules.clone()).with_depth(2);
    // The first line is the path.
    let at = data.iter().position(|&b| b == b'\n').unwrap_or(0);
    let path = String::from_utf8_lossy(&data[..at.min(200)]);
    let bytes = data.get(at + 1..).unwrap_or_default();
    let entry = PathEntry {
        path: &path,
        kind: EntryKind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: bytes.len() as u64,
        target: "",
    };
    let meta = FileMeta { entry };
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    let _ = secrets.wants(&meta, &bytes[..bytes.len().min(512)]);
    let _ = secrets.analyze(&LayerFile { meta, bytes }, &mut facts, &mut problems);
    let _ = secrets.analyze_stream(&meta, &mut &bytes[..], &mut facts, &mut problems);
    let env = String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    let _ = scan_config(&rules, &ImageConfig { env, ..ImageConfig::default() }, &[]);
});
