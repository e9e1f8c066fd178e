//! The real `docker-registry`, filled by the real `skopeo`: plain, with a password file, behind TLS, and
//! with a faulty network in between.

use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use plimsoll_image::{AcquireErrorKind, registry::Credentials, sha256};
use plimsoll_testkit::{Blobs, ImageFixture, oci_layout};

use super::{
    fixture::{assert_same, image, open, options, refused},
    programs::{Registry, have, run},
    server::{Reply, Server, forward},
};

#[tokio::test(flavor = "multi_thread")]
async fn plain_and_with_a_password() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let built = image();
    let registry = Registry::with(&built, false, None);
    assert_same(&registry.reference(), &options(), &built).await;
    let error = refused(&format!("{}/demo:2", registry.host), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    let error = refused(&format!("{}/other:1", registry.host), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");

    let registry = Registry::with(&built, true, None);
    let mut options = options();
    let error = refused(&registry.reference(), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
    for (password, good) in [("so:ll", true), ("wrong", false)] {
        options.registry.credentials =
            Some(Credentials { username: "plim".into(), password: password.into() });
        if good {
            assert_same(&registry.reference(), &options, &built).await;
        } else {
            let error = refused(&registry.reference(), &options).await;
            assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_schema_2() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    // Docker's form has no zstd.
    let text = "=== config\ntag: demo:1\n\n=== layer compression=gzip A\n//- /a\na\n\n=== layer compression=gzip B\n//- /b\nb\n";
    let built = ImageFixture::parse(text).build();
    let registry = Registry::start(false, None);
    let layout = tempfile::tempdir().unwrap();
    built.oci_layout(layout.path());
    run(Command::new("skopeo")
        .args(["copy", "--insecure-policy", "-q", "--dest-tls-verify=false", "--format", "v2s2"])
        .arg(format!("oci:{}", layout.path().display()))
        .arg(format!("docker://{}", registry.reference())));
    assert_same(&registry.reference(), &options(), &built).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_by_platform() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let make = |platform: &str| {
        let text = format!("=== config\nplatform: {platform}\n\n=== layer A\n//- /{platform}\nx\n");
        ImageFixture::parse(&text).build()
    };
    let (amd, arm) = (make("linux/amd64"), make("linux/arm64/v8"));
    let mut blobs = Blobs::default();
    let descriptors = [blobs.add_image(&amd), blobs.add_image(&arm)];
    let index = blobs.add_index(&descriptors);
    let layout = tempfile::tempdir().unwrap();
    oci_layout(layout.path(), &blobs, &[index]);
    let registry = Registry::start(false, None);
    registry.fill(layout.path(), "1", None);
    let mut options = options();
    for (platform, built) in [("linux/amd64", &amd), ("linux/arm64", &arm)] {
        options.platform = plimsoll_image::PlatformChoice::Exact(platform.parse().unwrap());
        assert_same(&registry.reference(), &options, built).await;
    }
    options.platform = plimsoll_image::PlatformChoice::Exact("linux/s390x".parse().unwrap());
    let error = refused(&registry.reference(), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::PlatformMissing { .. }), "{error}");
    options.platform = plimsoll_image::PlatformChoice::Exact("linux/arm64".parse().unwrap());
    let opened = open(&registry.reference(), &options).await.unwrap();
    assert_eq!(opened.manifest().digest, Some(sha256(&arm.oci_manifest())));
    assert_ne!(
        opened.manifest().repo_digests,
        [format!("{}/demo@{}", registry.host, sha256(&arm.oci_manifest()))],
        "the repository's digest is that of the index"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_behind_a_faulty_network() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let built = image();
    let registry = Registry::with(&built, true, None);
    let upstream = registry.host.clone();
    let count = AtomicUsize::new(0);
    let network = Server::start(move |asked| {
        let reply = forward(asked, &upstream);
        // The first request fails in one way, the second in the next, and every third goes through.
        match count.fetch_add(1, Ordering::SeqCst) % 3 {
            0 => Reply::new(502, "bad gateway"),
            1 if reply.status < 300 => Reply { cut: Some(reply.body.len() * 2 / 3), ..reply },
            _ => reply,
        }
    });
    let mut options = options();
    options.registry.retry.attempts = 8;
    options.registry.retry.restarts = 20;
    options.registry.credentials =
        Some(Credentials { username: "plim".into(), password: "so:ll".into() });
    assert_same(&format!("{}/demo:1", network.host()), &options, &built).await;
    let resumed: Vec<_> =
        network.asked().iter().filter_map(|a| a.header("range").map(str::to_owned)).collect();
    assert!(!resumed.is_empty(), "nothing was taken up by range");
}
