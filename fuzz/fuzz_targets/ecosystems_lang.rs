//! Files of languages: the first byte chooses the name under which the rest is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::{EntryKind, FileMeta, LayerFile, PathEntry, Want};

const PATHS: &[&str] = &[
    "a.dist-info/METADATA",
    "a.dist-info/direct_url.json",
    "conda-meta/a.json",
    "app/Pipfile.lock",
    "app/uv.lock",
    "app/requirements.txt",
    "node_modules/a/package.json",
    "app/package-lock.json",
    "app/yarn.lock",
    "app/pnpm-lock.yaml",
    "app/bun.lock",
    "specifications/a-1.gemspec",
    "app/Gemfile.lock",
    "composer/installed.json",
    "app/composer.lock",
    ".registry/a.reg",
    "app/a.deps.json",
    "app/packages.lock.json",
    "app/packages.config",
    "lib/a-1/ebin/a.app",
    "app/mix.lock",
    "app/rebar.lock",
    "app/pubspec.lock",
    "app/Package.resolved",
    "app/conan.lock",
    "app/Manifest.toml",
    "usr/lib/R/library/a/DESCRIPTION",
    "app/renv.lock",
    "lib/luarocks/rocks-5.1/a/1-1/a-1-1.rockspec",
    "perl5/.meta/A-1/install.json",
    "app/cpanfile.snapshot",
    "app/stack.yaml.lock",
    "app/cabal.project.freeze",
    "Cellar/a/1/INSTALL_RECEIPT.json",
    "wp-content/plugins/a/a.php",
    "app/bom.cdx.json",
];

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let path = PATHS[usize::from(*choice) % PATHS.len()];
    let size = bytes.len() as u64;
    let kind = EntryKind::File;
    let entry = PathEntry { path, kind, mode: 0o644, uid: 0, gid: 0, size, target: "" };
    let file = LayerFile { meta: FileMeta { entry }, bytes };
    for language in plimsoll_ecosystems::lang::all() {
        if language.wants(&file.meta, bytes.get(..512).unwrap_or(bytes)) != Want::Skip {
            let _ = language.analyze(&file, &mut Vec::new(), &mut Vec::new());
        }
    }
});
