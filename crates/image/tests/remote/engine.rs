//! Engines: a real Podman behind both sources, since it speaks Docker's API; and what an engine may
//! answer otherwise, served on a socket by the test.

use std::{
    io::{Read, Write},
    os::unix::net::UnixListener,
    path::Path,
    sync::Arc,
    thread,
};

use plimsoll_image::{
    AcquireErrorKind, Image, ImageSource, OpenOptions, PlatformChoice,
    engine::{Engine, EngineSource},
    registry::Environment,
};
use plimsoll_testkit::{BuiltImage, ImageFixture};

use super::{
    fixture::{assert_image, options},
    podman::Podman,
    programs::run,
};

fn with_socket(variable: &str, socket: &Path) -> OpenOptions {
    with_address(variable, format!("unix://{}", socket.display()))
}

fn with_address(variable: &str, address: String) -> OpenOptions {
    let mut options = options();
    options.registry.environment = Environment::fixed([(variable, address)]);
    options
}

fn small() -> BuiltImage {
    let text = "=== config\ntag: docker.io/library/plimsoll-demo:1\nuser: app\n\n\
                === layer ADD rootfs\n//- /etc/os-release\nID=alpine\n\n\
                === layer compression=none RUN rm\n//- /etc/.wh.os-release\n";
    ImageFixture::parse(text).build()
}

async fn open(
    engine: Engine,
    name: &str,
    options: &OpenOptions,
) -> Result<Arc<dyn Image>, plimsoll_image::AcquireError> {
    EngineSource(engine).open(name, options).await.map(Into::into)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_podman_through_both_sources() {
    let built = small();
    let Some(podman) = Podman::start(&built.docker_archive()) else { return };
    for (engine, variable, source) in
        [(Engine::Podman, "CONTAINER_HOST", "podman"), (Engine::Docker, "DOCKER_HOST", "docker")]
    {
        let mut options = with_address(variable, podman.address());
        for name in
            ["plimsoll-demo:1", "docker.io/library/plimsoll-demo:1", &built.id().hex()[..12]]
        {
            let image = open(engine, name, &options).await.unwrap();
            assert_image(&image, &built).await;
            let manifest = image.manifest();
            assert_eq!(manifest.source, source);
            assert_eq!(manifest.tags, ["docker.io/library/plimsoll-demo:1"]);
            assert_eq!(manifest.config.user, "app");
        }
        let error = open(engine, "plimsoll-other:1", &options).await.err().unwrap();
        assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
        options.platform = PlatformChoice::Exact("linux/s390x".parse().unwrap());
        let error = open(engine, "plimsoll-demo:1", &options).await.err().unwrap();
        assert!(matches!(error.kind, AcquireErrorKind::PlatformMissing { .. }), "{error}");
    }
    let folder = podman.folder.path().to_owned();
    let listed = run(Podman::command(&folder).args(["images", "-q"]));
    assert_eq!(listed.lines().count(), 1, "the engine was changed");
}

/// Serves the same answer to whatever is asked, on a socket.
fn engine_that_says(socket: &Path, inspect: String, export: Vec<u8>) {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0u8; 1];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                head.push(byte[0]);
            }
            let text = String::from_utf8_lossy(&head).into_owned();
            let body: &[u8] = if text.contains("/get HTTP") { &export } else { inspect.as_bytes() };
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body);
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_exports_another_image_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let built = small();
    for (name, id, problems) in
        [("good", built.id().to_string(), 0), ("bad", format!("sha256:{}", "00".repeat(32)), 1)]
    {
        let socket = folder.path().join(name);
        let inspect = format!(
            r#"{{"Id":"{id}","RepoTags":["x:1"],"RepoDigests":null,"Os":"linux","Architecture":"amd64"}}"#
        );
        engine_that_says(&socket, inspect, built.docker_archive());
        let image =
            open(Engine::Docker, "x:1", &with_socket("DOCKER_HOST", &socket)).await.unwrap();
        assert_eq!(image.problems().len(), problems, "{:?}", image.problems());
        assert_eq!(image.manifest().tags, ["x:1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_that_talk_nonsense_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("nonsense");
    engine_that_says(&socket, "[]".into(), Vec::new());
    let error =
        open(Engine::Docker, "x", &with_socket("DOCKER_HOST", &socket)).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::Malformed), "{error}");

    let socket = folder.path().join("junk");
    let inspect = r#"{"Id":"x","Os":"linux","Architecture":"amd64"}"#;
    engine_that_says(&socket, inspect.into(), b"no archive".to_vec());
    let error =
        open(Engine::Docker, "x", &with_socket("DOCKER_HOST", &socket)).await.err().unwrap();
    assert!(error.to_string().contains("export of `x`"), "{error}");

    let missing = folder.path().join("missing");
    let error =
        open(Engine::Podman, "x", &with_socket("CONTAINER_HOST", &missing)).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    assert!(error.to_string().contains("missing"), "{error}");
    let error = open(Engine::Docker, "../x", &options()).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::BadReference), "{error}");
}
