//! A registry and a network at their worst.

use std::{
    io::Read as _,
    sync::Arc,
    time::{Duration, Instant},
};

use plimsoll_image::{AcquireErrorKind, media, registry::STREAM_BUFFER_BYTES, sha256};
use plimsoll_testkit::BuiltImage;

use super::{
    fixture::{assert_same, image, open, options, read_layers, refused},
    server::{Asked, Reply, Server},
    shelf::Shelf,
};

/// A server of the image whose answers pass through `spoil`, with the number of earlier requests for
/// the same path.
fn spoiled(
    built: &BuiltImage,
    spoil: impl Fn(&Asked, usize, Reply) -> Reply + Send + Sync + 'static,
) -> Server {
    let shelf = Shelf::new(built);
    let seen = std::sync::Mutex::new(std::collections::BTreeMap::<String, usize>::new());
    Server::start(move |asked| {
        let earlier = {
            let mut seen = seen.lock().unwrap();
            let count = seen.entry(asked.path.clone()).or_default();
            *count += 1;
            *count - 1
        };
        spoil(asked, earlier, shelf.answer(asked))
    })
}

fn reference(server: &Server) -> String {
    format!("{}/demo:1", server.host())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_registry() {
    let built = image();
    let server = spoiled(&built, |_, _, reply| reply);
    assert_same(&reference(&server), &options(), &built).await;
    let digest = sha256(&built.oci_manifest());
    assert_same(&format!("{}/demo@{digest}", server.host()), &options(), &built).await;
    assert_same(&format!("{}/demo:whatever@{digest}", server.host()), &options(), &built).await;
    let image = open(&reference(&server), &options()).await.unwrap();
    let manifest = image.manifest();
    assert_eq!(manifest.source, "registry");
    assert_eq!(manifest.digest, Some(digest));
    assert_eq!(manifest.tags, [reference(&server)]);
    assert_eq!(manifest.repo_digests, [format!("{}/demo@{digest}", server.host())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn later_is_not_never() {
    let built = image();
    let server = spoiled(&built, |asked, earlier, reply| match earlier {
        0 if asked.path.contains("manifests") => Reply::new(429, "{}").header("Retry-After", "1"),
        0 => Reply::new(503, "busy"),
        1 => Reply::new(500, ""),
        2 => Reply { cut: Some(0), no_length: true, ..Reply::new(502, "") },
        _ => reply,
    });
    let before = Instant::now();
    assert_same(&reference(&server), &options(), &built).await;
    assert!(before.elapsed() >= Duration::from_secs(1), "Retry-After was not honoured");
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_has_an_end() {
    let built = image();
    let server = spoiled(&built, |_, _, _| Reply::new(503, "{}"));
    let error = refused(&reference(&server), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(server.count("manifests"), 4);

    let server = spoiled(&built, |_, _, _| Reply::new(429, "{}").header("Retry-After", "3600"));
    let error = refused(&reference(&server), &options()).await;
    assert!(error.to_string().contains("3600 s"), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_transfer_is_taken_up_where_it_broke() {
    let built = image();
    let server = spoiled(&built, |asked, earlier, reply| match earlier {
        0 if asked.path.contains("blobs") => Reply { cut: Some(reply.body.len() / 2), ..reply },
        1 if asked.path.contains("blobs") => Reply { cut: Some(3), ..reply },
        _ => reply,
    });
    assert_same(&reference(&server), &options(), &built).await;
    let resumed = server.asked().iter().filter(|asked| asked.header("range").is_some()).count();
    assert!(resumed >= 3, "{resumed} resumed");
}

#[tokio::test(flavor = "multi_thread")]
async fn also_without_a_length_and_without_ranges() {
    let built = image();
    let shelf = Arc::new(Shelf::new(&built));
    let server = spoiled(&built, move |asked, earlier, _| {
        // Knows no ranges: sends all again.
        let mut plain = asked.clone();
        plain.headers.remove("range");
        let reply = shelf.answer(&plain);
        match earlier {
            0 if asked.path.contains("blobs") => {
                Reply { cut: Some(reply.body.len() - 1), no_length: true, ..reply }
            }
            _ => reply,
        }
    });
    assert_same(&reference(&server), &options(), &built).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_breaks_for_ever_is_given_up() {
    let built = image();
    let server = spoiled(&built, |asked, _, reply| {
        let is_layer = asked.path.contains("blobs") && reply.body.len() > 100_000;
        if is_layer { Reply { cut: Some(100), ..reply } } else { reply }
    });
    let image = open(&reference(&server), &options()).await.unwrap();
    let read = read_layers(&image).await;
    assert!(read[0].is_ok() && read[2].is_ok());
    let error = read[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionAborted, "{error}");
    assert!(error.to_string().contains("7 times"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_left_and_asked_again() {
    let built = image();
    let server = spoiled(&built, |asked, earlier, reply| {
        let is_layer = asked.path.contains("blobs") && reply.body.len() > 100_000;
        // Slow is fine, silent is not.
        let pause = Duration::from_millis(if earlier == 0 { 3000 } else { 1 });
        if is_layer { Reply { pause: Some(pause), ..reply } } else { reply }
    });
    let mut options = options();
    options.registry.retry.silence = Duration::from_millis(500);
    assert_same(&reference(&server), &options, &built).await;
    assert_eq!(server.count(&built.layers()[1].digest.to_string()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_are_never_believed() {
    let built = image();
    let spoil = |reply: Reply| {
        let mut body = reply.body.clone();
        if let Some(last) = body.last_mut() {
            *last ^= 1;
        }
        Reply { body, ..reply }
    };
    // Layers.
    let big = built.layers()[1].digest.to_string();
    let server = spoiled(
        &built,
        move |asked, _, reply| {
            if asked.path.contains(&big) { spoil(reply) } else { reply }
        },
    );
    let opened = open(&reference(&server), &options()).await.unwrap();
    let error = read_layers(&opened).await.remove(1).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
    // The configuration.
    let id = built.id().to_string();
    let server = spoiled(
        &built,
        move |asked, _, reply| {
            if asked.path.contains(&id) { spoil(reply) } else { reply }
        },
    );
    let error = refused(&reference(&server), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::DigestMismatch), "{error}");
    // The manifest, by tag (against what the registry says) and by digest (against what was asked).
    let server =
        spoiled(
            &built,
            move |asked, _, reply| {
                if asked.path.contains("manifests") { spoil(reply) } else { reply }
            },
        );
    let digest = sha256(&built.oci_manifest());
    for text in [reference(&server), format!("{}/demo@{digest}", server.host())] {
        let error = refused(&text, &options()).await;
        assert!(matches!(error.kind, AcquireErrorKind::DigestMismatch), "{error}");
    }
    // Right bytes, but a header that claims others.
    let server = spoiled(&built, move |_, _, mut reply| {
        for (name, value) in &mut reply.headers {
            if name == "Docker-Content-Digest" {
                *value = sha256(b"").to_string();
            }
        }
        reply
    });
    let error = refused(&reference(&server), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::DigestMismatch), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_blob_is_refused() {
    let built = image();
    let server = spoiled(&built, |asked, _, mut reply| {
        if asked.path.contains("blobs") && reply.body.len() > 100_000 {
            reply.body.extend(vec![0; 1 << 20]);
        }
        reply
    });
    let opened = open(&reference(&server), &options()).await.unwrap();
    let error = read_layers(&opened).await.remove(1).unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_on_what_is_read_into_memory() {
    let built = image();
    let server = spoiled(&built, |asked, _, reply| {
        if asked.path.contains("manifests") { Reply::new(200, vec![b' '; 5 << 20]) } else { reply }
    });
    let error = refused(&reference(&server), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_1_is_refused_by_name() {
    let built = image();
    let document = r#"{"schemaVersion":1,"name":"demo","tag":"1","fsLayers":[],"history":[]}"#;
    for media_type in
        [media::DOCKER_SCHEMA1[0], media::DOCKER_SCHEMA1[1], "application/json; charset=utf-8"]
    {
        let server = spoiled(&built, move |asked, _, reply| {
            if asked.path.contains("manifests") {
                // The digest of a signed manifest is that of its payload.
                let digest = sha256(b"payload").to_string();
                let reply = Reply::new(200, document).header("Content-Type", media_type);
                if media_type.contains("v1") {
                    return reply.header("Docker-Content-Digest", digest);
                }
                return reply;
            }
            reply
        });
        let error = refused(&reference(&server), &options()).await;
        assert!(matches!(error.kind, AcquireErrorKind::Unsupported), "{error}");
        assert!(error.to_string().contains("schema 1"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_who_is_not_there() {
    let built = image();
    let server = spoiled(&built, |_, _, reply| reply);
    let error = refused(&format!("{}/demo:2", server.host()), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    assert!(error.to_string().contains("no such thing"), "{error}");
    let gone = server.host();
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = refused(&format!("{gone}/demo:1"), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    let error = refused("does-not-exist.invalid/demo:1", &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    let error = refused("Bad Name", &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::BadReference), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_holds_little_and_ends_when_nobody_reads() {
    const SIZE: usize = 64 << 20;
    let built = image();
    let big = built.layers()[1].digest;
    // As if that blob had 64 MiB.
    let server = spoiled(&built, move |asked, _, reply| {
        if asked.path.contains(&big.to_string()) { Reply::new(200, vec![7; SIZE]) } else { reply }
    });
    let image = open(&reference(&server), &options()).await.unwrap();
    let mut layer = image.manifest().layers[1].clone();
    layer.size = Some(SIZE as u64);
    let reader = tokio::task::spawn_blocking(move || {
        let mut reader = image.layer(&layer).unwrap();
        let mut buffer = [0u8; 1000];
        reader.read_exact(&mut buffer).unwrap();
        assert_eq!(buffer, [7; 1000]);
        reader
    })
    .await
    .unwrap();
    // Long enough to send all, if all were taken.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let sent = server.sent();
    assert!(sent > STREAM_BUFFER_BYTES, "{sent} bytes: the transfer does not run ahead");
    // The rest is in the sockets of both sides.
    assert!(sent < SIZE / 2, "{sent} bytes were taken");
    drop(reader);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.count(&big.to_string()), 1, "taken up again after it was dropped");
    assert!(server.sent() < SIZE, "read to its end after it was dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_never_carry_a_login_to_another_host() {
    let built = image();
    let shelf = Shelf::new(&built);
    let elsewhere = Server::start(move |asked| shelf.answer(asked));
    let there = elsewhere.host();
    let shelf = Shelf::new(&built);
    let server = Server::start(move |asked| {
        if asked.header("authorization").is_none() {
            return Reply::new(401, "{}").header("WWW-Authenticate", "Basic realm=\"x\"");
        }
        if asked.path.contains("blobs") {
            return Reply::new(307, "").header("Location", format!("http://{there}{}", asked.path));
        }
        shelf.answer(asked)
    });
    let mut with_login = options();
    with_login.registry.credentials = Some(plimsoll_image::registry::Credentials {
        username: "plim".into(),
        password: "so:ll".into(),
    });
    assert_same(&reference(&server), &with_login, &built).await;
    assert!(elsewhere.count("blobs") >= 4);
    for asked in elsewhere.asked() {
        assert_eq!(asked.header("authorization"), None, "leaked to {}", asked.path);
        assert_eq!(asked.header("referer"), None);
    }
    assert!(
        server.asked().iter().any(|a| a.header("authorization") == Some("Basic cGxpbTpzbzpsbA=="))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_have_an_end_and_stay_on_the_web() {
    let built = image();
    for (target, said) in [
        ("/v2/demo/manifests/1", "redirects"),
        ("file:///etc/passwd", "no web address"),
        ("http://example.invalid/", "without encryption"),
    ] {
        let server = spoiled(&built, move |asked, _, reply| {
            if asked.path.contains("manifests") {
                return Reply::new(302, "").header("Location", target);
            }
            reply
        });
        let error = refused(&reference(&server), &options()).await;
        assert!(error.to_string().contains(said), "{error}");
        assert!(server.count("manifests") <= 11);
    }
}
