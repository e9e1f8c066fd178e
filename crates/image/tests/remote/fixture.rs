//! An image to fetch, and the reading of what was opened.

use std::{
    io::{self, Read},
    sync::Arc,
    time::Duration,
};

use plimsoll_image::{
    AcquireError, Image, ImageSource, OpenOptions,
    registry::{Environment, RegistryOptions, RegistrySource, RetryPolicy},
    sha256,
};
use plimsoll_testkit::{BuiltImage, ImageFixture};

/// Three layers of different compression; the second is too large for one packet or buffer.
pub(crate) fn image() -> BuiltImage {
    let mut noise = String::new();
    let mut state = 1u64;
    for _ in 0..60_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.push_str(&format!("{:x}", state >> 33));
    }
    ImageFixture::parse(&format!(
        "=== config\ntag: demo:1\ncmd: sh\n\n=== layer ADD rootfs\n//- /etc/os-release\nID=alpine\n\
         \n=== layer compression=gzip RUN big\n//- /big\n{noise}\n\n\
         === layer compression=zstd RUN last\n//- /last\nx\n"
    ))
    .build()
}

/// Options for a test: no environment, little patience.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::default();
    options.registry = RegistryOptions {
        environment: Environment::fixed([("PATH", std::env::var("PATH").unwrap())]),
        retry: RetryPolicy {
            attempts: 4,
            base: Duration::from_millis(5),
            longest: Duration::from_millis(20),
            longest_asked: Duration::from_secs(5),
            restarts: 6,
            silence: Duration::from_secs(20),
            connect: Duration::from_secs(5),
        },
        ..RegistryOptions::default()
    };
    options
}

pub(crate) async fn open(
    reference: &str,
    options: &OpenOptions,
) -> Result<Arc<dyn Image>, AcquireError> {
    RegistrySource.open(reference, options).await.map(Into::into)
}

/// The error of an opening that must fail.
pub(crate) async fn refused(reference: &str, options: &OpenOptions) -> AcquireError {
    match open(reference, options).await {
        Ok(_) => panic!("{reference} was opened"),
        Err(error) => error,
    }
}

/// Reads all layers, each in a thread of its own.
pub(crate) async fn read_layers(image: &Arc<dyn Image>) -> Vec<io::Result<Vec<u8>>> {
    let readers: Vec<_> = (0..image.manifest().layers.len())
        .map(|at| {
            let image = image.clone();
            tokio::task::spawn_blocking(move || {
                let mut out = Vec::new();
                image.layer(&image.manifest().layers[at])?.read_to_end(&mut out)?;
                Ok(out)
            })
        })
        .collect();
    let mut out = Vec::new();
    for reader in readers {
        out.push(reader.await.unwrap());
    }
    out
}

/// Opens, reads, and compares everything with what was built.
pub(crate) async fn assert_same(reference: &str, options: &OpenOptions, built: &BuiltImage) {
    let image = open(reference, options).await.unwrap();
    assert_image(&image, built).await;
}

pub(crate) async fn assert_image(image: &Arc<dyn Image>, built: &BuiltImage) {
    let manifest = image.manifest();
    assert_eq!(manifest.config_digest, Some(built.id()));
    assert_eq!(manifest.platform, *built.platform());
    let diff_ids: Vec<_> = manifest.layers.iter().map(|layer| layer.diff_id.unwrap()).collect();
    assert_eq!(diff_ids, built.layers().iter().map(|layer| layer.diff_id).collect::<Vec<_>>());
    for (read, layer) in read_layers(image).await.into_iter().zip(built.layers()) {
        assert_eq!(sha256(&read.unwrap()), layer.diff_id);
    }
    assert_eq!(image.problems(), []);
}
