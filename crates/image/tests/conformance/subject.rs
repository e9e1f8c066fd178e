//! What the suite asks of a source under test.

use std::any::Any;

use async_trait::async_trait;
use plimsoll_image::OpenOptions;
use plimsoll_testkit::{Blobs, BuiltImage};
use serde_json::Value;

/// What not every source can do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Feature {
    /// It keeps layers as blobs with digests, so that damage shows while they are read.
    BlobDigests,
    /// The suite can damage what it holds.
    Damage,
    /// It can hold an image with a foreign layer.
    Foreign,
    /// It can hold images for several platforms under one name.
    Platforms,
}

/// What happens to the stored bytes of a layer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Damage {
    /// A bit in the middle.
    Flipped,
    /// The last half is gone.
    Truncated,
    /// More bytes follow.
    Extended,
    /// The blob is gone.
    Missing,
}

impl Damage {
    /// The damaged bytes; `None` where they are gone.
    pub(crate) fn apply(self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Self::Flipped => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            }
            Self::Truncated => bytes.truncate(bytes.len() / 2),
            Self::Extended => bytes.extend_from_slice(b"more"),
            Self::Missing => return None,
        }
        Some(bytes)
    }
}

/// What a source is to hold: one image, or the same one for several platforms.
pub(crate) struct Scenario {
    /// One image per platform.
    pub(crate) images: Vec<BuiltImage>,
    /// Whether the index of the platforms is within another index.
    pub(crate) nested: bool,
    /// A layer of the first image, and what happens to it.
    pub(crate) damage: Option<(usize, Damage)>,
}

impl Scenario {
    pub(crate) fn of(images: impl IntoIterator<Item = BuiltImage>) -> Self {
        Self { images: images.into_iter().collect(), nested: false, damage: None }
    }

    pub(crate) fn damaged(mut self, layer: usize, damage: Damage) -> Self {
        self.damage = Some((layer, damage));
        self
    }

    /// All blobs, damage done, and the descriptor of the manifest or index that is the image.
    pub(crate) fn blobs(&self) -> (Blobs, Value) {
        let mut blobs = Blobs::default();
        let mut descriptors: Vec<_> = self.images.iter().map(|i| blobs.add_image(i)).collect();
        if let Some((at, damage)) = self.damage {
            let layer = &self.images[0].layers()[at];
            blobs.remove(&layer.digest);
            if let Some(bytes) = damage.apply(layer.stored.clone()) {
                blobs.replace(layer.digest, bytes);
            }
        }
        let mut root = match descriptors.len() {
            1 => descriptors.remove(0),
            _ => blobs.add_index(&descriptors),
        };
        if self.nested {
            root = blobs.add_index(&[root]);
        }
        (blobs, root)
    }
}

/// A scenario in its place.
pub(crate) struct Held {
    /// What to open.
    pub(crate) reference: String,
    /// `ImageManifest::source` expected.
    pub(crate) source: &'static str,
    /// How to open it.
    pub(crate) options: OpenOptions,
    /// Whether the source knows the image's full name.
    pub(crate) named: bool,
    /// Whether the source rewrites the configuration.
    pub(crate) image_id_changes: bool,
    /// References that must not be found.
    pub(crate) absent: Vec<String>,
    /// Whatever must live as long.
    #[allow(dead_code)]
    pub(crate) keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl Held {
    pub(crate) fn new(reference: String, source: &'static str) -> Self {
        Self {
            reference,
            source,
            options: OpenOptions::default(),
            named: true,
            image_id_changes: false,
            absent: Vec::new(),
            keep: Vec::new(),
        }
    }
}

/// A source under test.
#[async_trait]
pub(crate) trait Subject: Send + Sync {
    /// For messages.
    fn name(&self) -> &'static str;

    /// Why it cannot be tested here.
    fn skip(&self) -> Option<String> {
        None
    }

    /// Whether it can do that.
    fn has(&self, feature: Feature) -> bool;

    /// Puts a scenario into the source.
    async fn hold(&self, scenario: &Scenario) -> Held;
}
