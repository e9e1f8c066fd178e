//! Where files of ours are, and what a user's own files say.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use plimsoll_updater::{Kept, Store};

use crate::args::Global;

/// The folder for everything that can be made anew: `--cache-dir`, else `plimsoll` in the user's cache folder.
/// `None` where there is no home folder: then nothing is cached.
pub(crate) fn cache_dir(global: &Global) -> Option<PathBuf> {
    global.cache_dir.clone().or_else(|| {
        etcetera::choose_base_strategy().ok().map(|places| places.cache_dir().join("plimsoll"))
    })
}

/// The database that a scan uses when the user names none, where it exists.
pub(crate) fn default_db(global: &Global) -> Option<PathBuf> {
    cache_dir(global).map(|dir| store(&dir).current()).filter(|path| path.is_file())
}

/// What is kept of the feeds in the cache folder.
pub(crate) fn kept(cache: &Path) -> Kept {
    Kept::new(cache.join("feeds"))
}

/// The databases in the cache folder.
pub(crate) fn store(cache: &Path) -> Store {
    Store::new(cache.join("db"))
}

/// Signatures of databases that came from elsewhere.
pub(crate) fn signatures(cache: &Path) -> PathBuf {
    cache.join("signatures")
}

/// Reads a small text file of the user's: the one named, which must exist, or the usual one, which need not.
/// Returns its name for messages and its text.
pub(crate) fn text_file(
    named: Option<&Path>,
    usual: &str,
    limit: usize,
) -> Result<Option<(String, String)>> {
    let path = named.unwrap_or(Path::new(usual));
    let shown = path.display().to_string();
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
    };
    let bytes = plimsoll_model::read_capped(file, limit as u64)
        .with_context(|| format!("cannot read {shown}"))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{shown} is no UTF-8 text"))?;
    Ok(Some((shown, text)))
}
