//! Where images come from.

use std::io::{self, Read};

use plimsoll_model::{ImageManifest, LayerDesc};

/// An opened image: its manifest is known and checked, its layers can be read.
///
/// Layers are read by several threads at once, each with its own stream.
pub trait Image: Send + Sync {
    /// Configuration, history, layers.
    fn manifest(&self) -> &ImageManifest;

    /// The **uncompressed** tar stream of a layer. The digest of the stored bytes is verified while they
    /// are read: a mismatch, a truncated or over-long blob is an error of the last read, of kind
    /// [`io::ErrorKind::InvalidData`] or [`io::ErrorKind::UnexpectedEof`]. The diffID is for the caller to
    /// verify, who hashes the stream anyway. Blocking; must not be called on an async executor's thread.
    ///
    /// # Errors
    /// Where the layer cannot be opened at all.
    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>>;
}
