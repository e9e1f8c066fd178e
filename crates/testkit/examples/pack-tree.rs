//! `pack-tree FOLDER ARCHIVE`: packs a folder as an OCI archive with one gzip layer. Used by
//! `cargo xtask bench`.

use std::{env, fs, io, path::Path, process::ExitCode};

use plimsoll_model::Compression;
use plimsoll_testkit::{ImageFixture, Layer};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [folder, archive] = args.as_slice() else {
        eprintln!("usage: pack-tree FOLDER ARCHIVE");
        return ExitCode::from(2);
    };
    match pack(Path::new(folder), Path::new(archive)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pack-tree: {folder} -> {archive}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pack(folder: &Path, archive: &Path) -> io::Result<()> {
    let mut tar = tar::Builder::new(Vec::new());
    tar.follow_symlinks(false);
    tar.append_dir_all(".", folder)?;
    let image = ImageFixture::parse("=== config\ntag: bench:latest\n")
        .layer(Layer::raw(tar.into_inner()?))
        .stored(Compression::Gzip)
        .build();
    fs::write(archive, image.oci_archive())
}
