//! An image that is in memory, behind the same interface as every other.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use plimsoll_image::{
    Document, Image, Resolved, layer_stream, layers, parse_config, parse_document,
};
use plimsoll_model::{ImageManifest, LayerDesc, LayerKind, Problem};

use crate::BuiltImage;

/// A [`BuiltImage`] as the scan engine sees it.
#[derive(Clone, Debug)]
pub struct MemoryImage {
    /// What it says of itself. A test may change it to make the image lie.
    pub manifest: ImageManifest,
    /// Stored bytes of the layers. A test may change them to damage the image.
    pub stored: Vec<Arc<[u8]>>,
    problems: Vec<Problem>,
}

impl MemoryImage {
    pub(crate) fn new(image: &BuiltImage) -> Self {
        let bytes = image.oci_manifest();
        let Ok(Document::Image(document)) = parse_document(&bytes, None) else {
            panic!("the fixture's manifest cannot be read back")
        };
        let config = parse_config(image.config()).expect("the fixture's configuration");
        let layers = layers(&document.layers).expect("the fixture's layers");
        let mut resolved = Resolved::new(config, layers);
        resolved.manifest_digest = Some(plimsoll_image::sha256(&bytes));
        resolved.config_digest = Some(image.id());
        let reference = image.tags().first().map_or("memory", String::as_str);
        let (mut manifest, problems) = resolved.into_manifest(reference, "memory");
        manifest.tags = image.tags().to_vec();
        let stored = image.layers().iter().map(|layer| layer.stored.clone().into()).collect();
        Self { manifest, stored, problems }
    }
}

impl Image for MemoryImage {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        if layer.kind != LayerKind::Present {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "a foreign layer"));
        }
        let stored = self.stored.get(layer.index as usize).ok_or(io::ErrorKind::NotFound)?;
        layer_stream(Cursor::new(Arc::clone(stored)), layer)
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }
}
