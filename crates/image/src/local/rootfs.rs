//! A root file system without an image around it: one layer, no configuration.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use plimsoll_model::{ImageConfig, ImageManifest, LayerDesc, Platform, Problem};

use super::{
    archive::open_regular,
    blocking,
    walk::{SourceProblems, TreeReader},
};
use crate::{AcquireError, Image, bare_layer, decompress};

struct RootfsImage {
    manifest: ImageManifest,
    path: PathBuf,
    folder: bool,
    problems: SourceProblems,
}

impl Image for RootfsImage {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, _layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        if self.folder {
            return Ok(Box::new(TreeReader::open(&self.path, self.problems.clone())?));
        }
        decompress(File::open(&self.path)?)
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.list()
    }
}

pub(super) async fn open(path: PathBuf) -> Result<Box<dyn Image>, AcquireError> {
    let image = blocking(&path.clone(), move || {
        let metadata = path.metadata().map_err(|error| AcquireError::io(path.display(), error))?;
        let folder = metadata.is_dir();
        if !folder && !metadata.is_file() {
            open_regular(&path)?;
        }
        let mut layer = bare_layer(0);
        layer.size = (!folder).then_some(metadata.len());
        let source = if folder { "rootfs" } else { "rootfs-archive" };
        let manifest = ImageManifest {
            reference: path.display().to_string(),
            source: source.to_owned(),
            digest: None,
            config_digest: None,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            platform: Platform::default(),
            config: ImageConfig::default(),
            history: Vec::new(),
            layers: vec![layer],
        };
        Ok(RootfsImage { manifest, path, folder, problems: SourceProblems::default() })
    })
    .await?;
    Ok(Box::new(image))
}
