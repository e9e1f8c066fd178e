//! Archives, layouts and root file systems beyond what the conformance suite asks of every source:
//! what is special to them, what is hostile, and what real tools wrote.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod hostile;
mod legacy;
mod real;
mod reference;
mod rootfs;

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
};

use plimsoll_image::{AcquireError, Image, OpenOptions, PlatformChoice, sha256};
use plimsoll_model::{LayerDesc, normalize_path};

fn open(reference: impl AsRef<str>) -> Result<Box<dyn Image>, AcquireError> {
    open_for(reference, PlatformChoice::Default)
}

fn open_for(
    reference: impl AsRef<str>,
    platform: PlatformChoice,
) -> Result<Box<dyn Image>, AcquireError> {
    let mut options = OpenOptions::default();
    options.platform = platform;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(plimsoll_image::open(reference.as_ref(), &options))
}

fn refused(reference: impl AsRef<str>) -> AcquireError {
    open(reference).err().expect("it opens")
}

fn read(image: &dyn Image, layer: &LayerDesc) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image.layer(layer)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// What an entry of a tar stream is: type, mode, owner, link, and digest of its bytes.
type Seen = (u8, u32, u64, u64, String, Option<String>);

/// Entries by normalised path, directories that hold nothing but others included. Hard links are
/// followed, because which of the names comes first depends on the writer.
fn entries(tar: &[u8]) -> BTreeMap<String, Seen> {
    let mut out: BTreeMap<String, Seen> = BTreeMap::new();
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = normalize_path(&entry.path_bytes()).unwrap();
        if name.is_empty() {
            continue;
        }
        let link = entry.link_name_bytes().unwrap_or_default().into_owned();
        if entry.header().entry_type().is_hard_link() {
            let target = out.get(&normalize_path(&link).unwrap()).expect("link target").clone();
            out.insert(name, target);
            continue;
        }
        let link = String::from_utf8_lossy(&link).into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let header = entry.header();
        let kind = header.entry_type().as_byte();
        let digest = header.entry_type().is_file().then(|| sha256(&bytes).to_string());
        let mode = if kind == b'2' { 0 } else { header.mode().unwrap() & 0o7777 };
        let seen = (kind, mode, header.uid().unwrap(), header.gid().unwrap(), link, digest);
        out.insert(name, seen);
    }
    out
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
