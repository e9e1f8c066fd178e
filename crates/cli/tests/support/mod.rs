//! What the tests of the program share.

use std::{
    path::Path,
    process::{Command, Output},
};

/// Runs the program in a folder, which also has its home, with nothing else from the environment.
pub(crate) fn plimsoll<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder.join("home"))
        .env("PATH", "")
        .output()
        .unwrap()
}
