//! Pushing to the real `docker-registry`, read back by ourselves and by `skopeo`; and to servers that refuse, lie
//! and break off.

use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use plimsoll_image::{
    AcquireError, AcquireErrorKind, Artifact, Descriptor, OpenOptions, media, open_artifact,
    registry::{
        BlobBody, Credentials, Environment, PushBlob, Pushed, Pusher, Reference, RegistryOptions,
    },
    sha256,
};
use plimsoll_testkit::Blobs;
use serde_json::json;

use super::{
    fixture::{assert_same, image, options},
    programs::{Registry, have, run},
    server::{Asked, Reply, Server, forward},
};

fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

async fn pusher(host: &str, options: &OpenOptions) -> Pusher {
    let reference: Reference = format!("{host}/demo:1").parse().unwrap();
    Pusher::new(&reference, &options.registry).await.unwrap()
}

/// Pushes an artifact of one blob and the empty configuration under the tag `1`.
async fn push_artifact(pusher: &Pusher, blob: &PushBlob) -> Result<Pushed, AcquireError> {
    let pushed = pusher.blob(blob).await?;
    let config = PushBlob::bytes(&b"{}"[..]);
    pusher.blob(&config).await?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media::OCI_MANIFEST,
        "artifactType": "application/vnd.example.thing",
        "config": {"mediaType": media::OCI_EMPTY, "digest": config.digest.to_string(), "size": 2},
        "layers": [{"mediaType": "application/octet-stream", "digest": blob.digest.to_string(), "size": blob.size}],
        "annotations": {"org.example.a": "b"},
    });
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let digest = pusher.manifest(media::OCI_MANIFEST, bytes.clone(), Some("1")).await?;
    assert_eq!(digest, sha256(&bytes));
    Ok(pushed)
}

async fn read(artifact: Artifact, part: Descriptor, from: u64) -> Vec<u8> {
    tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut artifact.blob(&part, from).unwrap(), &mut out).unwrap();
        out
    })
    .await
    .unwrap()
}

async fn assert_stored(host: &str, options: &OpenOptions, bytes: &[u8]) {
    for from in [0, 1, bytes.len() / 2, bytes.len()] {
        let artifact = open_artifact(&format!("oci://{host}/demo:1"), options).await.unwrap();
        assert_eq!(artifact.manifest.artifact_type, "application/vnd.example.thing");
        assert_eq!(artifact.manifest.annotations["org.example.a"], "b");
        let part = artifact.manifest.layers[0].clone();
        assert!(read(artifact, part, from as u64).await == bytes[from..], "from {from}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_pushed_is_the_image_pulled() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let registry = Registry::start(true, None);
    let built = image();
    let mut blobs = Blobs::default();
    let root = blobs.add_image(&built);
    let mut options = options();
    let manifest = built.oci_manifest();
    let to = pusher(&registry.host, &options).await;
    let refused = to.blob(&PushBlob::bytes(manifest.clone())).await.unwrap_err();
    assert!(matches!(refused.kind, AcquireErrorKind::Unauthorized), "{refused}");
    options.registry.credentials =
        Some(Credentials { username: "plim".into(), password: "so:ll".into() });
    let to = pusher(&registry.host, &options).await;
    let digest = root["digest"].as_str().unwrap();
    for round in [Pushed::Uploaded, Pushed::AlreadyThere] {
        for (name, bytes) in blobs.files(&[]) {
            let hex = name.strip_prefix("blobs/sha256/");
            if hex.is_some_and(|hex| !digest.ends_with(hex)) {
                assert_eq!(to.blob(&PushBlob::bytes(bytes.clone())).await.unwrap(), round);
            }
        }
    }
    // A manifest before its blobs is refused, one after them is not.
    let kind = root["mediaType"].as_str().unwrap();
    let pushed = to.manifest(kind, manifest.clone(), None).await.unwrap();
    assert_eq!(pushed, sha256(&manifest));
    to.manifest(kind, manifest, Some("1")).await.unwrap();
    assert_same(&registry.reference(), &options, &built).await;
    let skopeo = run(Command::new("skopeo")
        .args(["inspect", "--raw", "--tls-verify=false", "--creds", "plim:so:ll"])
        .arg(format!("docker://{}", registry.reference())));
    assert_eq!(sha256(skopeo.as_bytes()), pushed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whole_and_in_chunks() {
    if !have(&["docker-registry"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blob");
    for (chunk, size) in
        [(None, 3_000_001), (Some(1_000_000), 3_000_001), (Some(700), 700), (Some(1), 1)]
    {
        let registry = Registry::start(false, None);
        let bytes = noise(size);
        fs::write(&file, &bytes).unwrap();
        let blob = PushBlob {
            digest: sha256(&bytes),
            size: size as u64,
            body: BlobBody::File(file.clone()),
        };
        let mut to = pusher(&registry.host, &options()).await;
        if let Some(chunk) = chunk {
            to = to.in_chunks(chunk);
        }
        assert_eq!(push_artifact(&to, &blob).await.unwrap(), Pushed::Uploaded);
        assert_eq!(push_artifact(&to, &blob).await.unwrap(), Pushed::AlreadyThere);
        assert_stored(&registry.host, &options(), &bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_the_digests_are_refused() {
    if !have(&["docker-registry"]) {
        return;
    }
    let registry = Registry::start(false, None);
    let to = pusher(&registry.host, &options()).await;
    let mut blob = PushBlob::bytes(noise(100));
    blob.digest = sha256(b"other");
    assert!(to.blob(&blob).await.is_err());
    assert!(!to.has_blob(&blob.digest).await.unwrap());
    // A manifest whose blobs are not there.
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media::OCI_MANIFEST,
        "config": {"mediaType": media::OCI_EMPTY, "digest": blob.digest.to_string(), "size": 2},
        "layers": [],
    });
    let bytes = serde_json::to_vec(&manifest).unwrap();
    assert!(to.manifest(media::OCI_MANIFEST, bytes, Some("1")).await.is_err());
}

/// A real registry behind a network that `spoil`s answers: `None` lets the request through.
fn spoiled(
    registry: &Registry,
    spoil: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static,
) -> Server {
    let upstream = registry.host.clone();
    let count = AtomicUsize::new(0);
    Server::start(move |asked| {
        let nth = count.fetch_add(1, Ordering::SeqCst);
        spoil(asked, nth).unwrap_or_else(|| forward(asked, &upstream))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_for_a_proxy_goes_in_chunks() {
    if !have(&["docker-registry"]) {
        return;
    }
    let registry = Registry::start(false, None);
    let limit = 9 << 20;
    let network = spoiled(&registry, move |asked, _| {
        (asked.body.len() > limit).then(|| Reply::new(413, "request entity too large"))
    });
    let bytes = noise(20 << 20);
    let to = pusher(&network.host(), &options()).await;
    push_artifact(&to, &PushBlob::bytes(bytes.clone())).await.unwrap();
    let patches = network.asked().iter().filter(|asked| asked.method == "PATCH").count();
    assert_eq!(patches, 3);
    assert_stored(&registry.host, &options(), &bytes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_broke() {
    if !have(&["docker-registry"]) {
        return;
    }
    let registry = Registry::start(false, None);
    let upstream = registry.host.clone();
    let count = AtomicUsize::new(0);
    // Every third chunk fails on the way; once, it arrives and only the answer is lost. docker-registry cannot be
    // asked then how far it is (its upload addresses carry the place), so that the upload begins anew.
    let network = Server::start(move |asked| {
        if asked.method != "PATCH" {
            return forward(asked, &upstream);
        }
        match count.fetch_add(1, Ordering::SeqCst) {
            4 => {
                forward(asked, &upstream);
                Reply::new(504, "gateway timeout")
            }
            nth if nth % 3 == 0 => Reply::new(502, "bad gateway"),
            _ => forward(asked, &upstream),
        }
    });
    let bytes = noise(1_000_000);
    let to = pusher(&network.host(), &options()).await.in_chunks(150_000);
    push_artifact(&to, &PushBlob::bytes(bytes.clone())).await.unwrap();
    assert_stored(&registry.host, &options(), &bytes).await;
    let begun = network.asked().iter().filter(|asked| asked.method == "POST").count();
    assert_eq!(begun, 3, "two uploads for the blob and one for the configuration");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_no_lost_blob() {
    if !have(&["docker-registry"]) {
        return;
    }
    let registry = Registry::start(false, None);
    let upstream = registry.host.clone();
    let lost = AtomicUsize::new(0);
    let network = Server::start(move |asked| {
        let reply = forward(asked, &upstream);
        if asked.method == "PUT" && lost.fetch_add(1, Ordering::SeqCst) == 0 {
            return Reply::new(503, "later");
        }
        reply
    });
    let to = pusher(&network.host(), &options()).await;
    assert_eq!(to.blob(&PushBlob::bytes(noise(5000))).await.unwrap(), Pushed::Uploaded);
    assert_eq!(network.asked().iter().filter(|asked| asked.method == "PUT").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_gone_or_refuses_is_an_error_that_says_so() {
    let options = options();
    let to = pusher("127.0.0.1:1", &options).await;
    let error = to.blob(&PushBlob::bytes(&b"x"[..])).await.unwrap_err();
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");

    let denied = Server::start(|asked| match asked.method.as_str() {
        "HEAD" => Reply::new(404, ""),
        _ => Reply::new(403, r#"{"errors":[{"code":"DENIED","message":"read only"}]}"#),
    });
    let error =
        pusher(&denied.host(), &options).await.blob(&PushBlob::bytes(&b"x"[..])).await.unwrap_err();
    assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
    assert!(error.to_string().contains("read only"), "{error}");

    // Always "later".
    let busy = Server::start(|asked| match asked.method.as_str() {
        "HEAD" => Reply::new(404, ""),
        "POST" => Reply::new(202, "").header("Location", "/v2/demo/blobs/uploads/1"),
        _ => Reply::new(503, "busy"),
    });
    let error =
        pusher(&busy.host(), &options).await.blob(&PushBlob::bytes(&b"x"[..])).await.unwrap_err();
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    let puts = busy.asked().iter().filter(|asked| asked.method == "PUT").count();
    assert_eq!(puts, options.registry.retry.attempts as usize);

    // A registry that stores something else.
    let liar = Server::start(|_| {
        Reply::new(201, "").header("Docker-Content-Digest", format!("sha256:{}", "0".repeat(64)))
    });
    let error = pusher(&liar.host(), &options)
        .await
        .manifest(media::OCI_MANIFEST, &b"{}"[..], None)
        .await
        .unwrap_err();
    assert!(matches!(error.kind, AcquireErrorKind::DigestMismatch), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_the_right_to_push_and_keeps_the_token_at_home() {
    let storage = Server::start(|_| Reply::new(201, ""));
    let elsewhere = storage.host();
    let tokens = Server::start(|asked| {
        let pushes = asked.path.contains("pull%2Cpush");
        Reply::new(200, format!(r#"{{"token":"{}"}}"#, if pushes { "pushing" } else { "pulling" }))
    });
    let realm = tokens.host();
    let registry = Server::start(move |asked| {
        if asked.header("authorization") != Some("Bearer pushing") {
            let challenge = format!(
                "Bearer realm=\"http://{realm}/token\",service=\"r\",scope=\"repository:demo:pull\""
            );
            return Reply::new(401, "").header("WWW-Authenticate", challenge);
        }
        match asked.method.as_str() {
            "HEAD" => Reply::new(404, ""),
            _ => Reply::new(202, "").header("Location", format!("http://{elsewhere}/upload?a=b")),
        }
    });
    let mut options = options();
    options.registry = RegistryOptions {
        environment: Environment::fixed([("HOME", "/nonexistent")]),
        credentials: Some(Credentials { username: "u".into(), password: "p".into() }),
        ..options.registry
    };
    let to = pusher(&registry.host(), &options).await;
    let blob = PushBlob::bytes(&b"abc"[..]);
    assert_eq!(to.blob(&blob).await.unwrap(), Pushed::Uploaded);
    let stored = storage.asked();
    let [put] = stored.as_slice() else { panic!("{stored:?}") };
    assert_eq!(put.header("authorization"), None);
    assert_eq!(put.body, b"abc");
    assert!(put.path.starts_with("/upload?a=b&digest=sha256"), "{}", put.path);
}
