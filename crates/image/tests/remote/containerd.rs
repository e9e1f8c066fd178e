//! A real containerd, filled with `ctr images import`, whose folder is read while it runs.

use std::{path::Path, sync::Arc};

use plimsoll_image::{
    AcquireError, AcquireErrorKind, Image, ImageSource, OpenOptions, containerd::Containerd, sha256,
};
use plimsoll_testkit::{BuiltImage, ImageFixture};

use super::{
    daemon::Daemon,
    fixture::{assert_image, image, options},
    programs::run,
};

fn options_for(daemon: &Daemon) -> OpenOptions {
    let mut options = options();
    options.containerd_root = Some(daemon.root());
    options
}

async fn open(name: &str, options: &OpenOptions) -> Result<Arc<dyn Image>, AcquireError> {
    Containerd.open(name, options).await.map(Into::into)
}

fn named(tag: &str) -> BuiltImage {
    let text = format!("=== config\ntag: {tag}\n\n=== layer A\n//- /{tag}\nx\n");
    ImageFixture::parse(&text).build()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_containerd() {
    let Some(daemon) = Daemon::start() else { return };
    let built = named("docker.io/library/plimsoll:1");
    daemon.import("default", &built.oci_archive());
    let cluster = named("registry.example/plimsoll:1");
    daemon.import("k8s.io", &cluster.oci_archive());
    // Enough names for the tree to have branches.
    let target = "docker.io/library/plimsoll:1";
    for at in 0..150 {
        run(&mut daemon.ctr(&[
            "images",
            "tag",
            target,
            &format!("docker.io/copies/plimsoll:{at:0>60}"),
        ]));
    }
    let mut options = options_for(&daemon);
    for name in
        ["plimsoll:1", "docker.io/library/plimsoll:1", &format!("copies/plimsoll:{:0>60}", 77)]
    {
        let opened = open(name, &options).await.unwrap();
        assert_image(&opened, &built).await;
        assert_eq!(opened.manifest().source, "containerd");
    }
    assert_image(&open("registry.example/plimsoll:1", &options).await.unwrap(), &cluster).await;
    let digest = sha256(&built.oci_manifest()).to_string();
    let root = daemon.root();
    let by_path = format!("{}@{digest}", root.display());
    assert_image(&open(&by_path, &options).await.unwrap(), &built).await;

    let error = open("plimsoll:2", &options).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    options.registry.environment =
        plimsoll_image::registry::Environment::fixed([("CONTAINERD_NAMESPACE", "k8s.io")]);
    let error = open("plimsoll:1", &options).await.err().unwrap();
    assert!(error.to_string().contains("k8s.io"), "{error}");

    // A layer that containerd has thrown away.
    let layer = built.layers()[0].digest.hex();
    let blob = root.join("io.containerd.content.v1.content/blobs/sha256").join(layer);
    std::fs::remove_file(blob).unwrap();
    let error = open("plimsoll:1", &options_for(&daemon)).await.err().unwrap();
    assert!(error.to_string().contains("discard_unpacked_layers"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_store_without_containerd() {
    let built = image();
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("io.containerd.content.v1.content/blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    for (digest, bytes) in built.blobs() {
        std::fs::write(blobs.join(digest.hex()), bytes).unwrap();
    }
    let manifest = built.oci_manifest();
    let digest = sha256(&manifest);
    std::fs::write(blobs.join(digest.hex()), &manifest).unwrap();
    for path in [folder.path(), blobs.parent().unwrap(), blobs.parent().unwrap().parent().unwrap()]
    {
        let opened = open(&format!("{}@{digest}", path.display()), &options()).await.unwrap();
        assert_image(&opened, &built).await;
    }
    // Damage is found.
    let layer = blobs.join(built.layers()[0].digest.hex());
    let mut bytes = std::fs::read(&layer).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&layer, bytes).unwrap();
    let opened = open(&format!("{}@{digest}", folder.path().display()), &options()).await.unwrap();
    assert!(super::fixture::read_layers(&opened).await[0].is_err());
    for bad in ["/", "/x@sha256:1", "/nowhere@sha256:00"] {
        assert!(open(bad, &options()).await.is_err(), "{bad}");
    }
    let mut options = options();
    options.containerd_root = Some(Path::new("/nowhere").into());
    let error = open("x", &options).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
}
