//! Programs whose names are known, with any content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::{EntryKind, FileMeta, LayerFile, PathEntry, Want};

const PATHS: &[&str] = &["bin/openssl", "bin/redis-server", "bin/exim4", "wp-includes/version.php", "bin/haproxy"];

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let path = PATHS[usize::from(*choice) % PATHS.len()];
    let size = bytes.len() as u64;
    let kind = EntryKind::File;
    let entry = PathEntry { path, kind, mode: 0o755, uid: 0, gid: 0, size, target: "" };
    let file = LayerFile { meta: FileMeta { entry }, bytes };
    let analyzer = plimsoll_ecosystems::classifiers::analyzer();
    if analyzer.wants(&file.meta, bytes.get(..512).unwrap_or(bytes)) != Want::Skip {
        let _ = analyzer.analyze(&file, &mut Vec::new(), &mut Vec::new());
    }
});
