//! One suite for all image sources: the same image, put into each, must come out the same.
//!
//! A source joins by implementing [`subject::Subject`] and a line in [`subjects`].
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../remote/daemon.rs"]
#[allow(dead_code)]
mod daemon;
mod local;
#[path = "../remote/podman.rs"]
#[allow(dead_code)]
mod podman;
#[path = "../remote/programs.rs"]
#[allow(dead_code)]
mod programs;
mod remote;
#[path = "../remote/server.rs"]
#[allow(dead_code)]
mod server;
#[path = "../remote/shelf.rs"]
#[allow(dead_code)]
mod shelf;
mod subject;

use std::io::{self, Read};

use plimsoll_image::{AcquireErrorKind, Image, OpenOptions, PlatformChoice, open, sha256};
use plimsoll_model::{LayerKind, Platform};
use plimsoll_testkit::{BuiltImage, image};
use subject::{Damage, Feature, Held, Scenario, Subject};

/// Every source under test.
fn subjects() -> Vec<Box<dyn Subject>> {
    vec![
        Box::new(local::DockerArchiveOld { gzip: false }),
        Box::new(local::DockerArchiveOld { gzip: true }),
        Box::new(local::DockerArchiveNew),
        Box::new(local::OciFolder),
        Box::new(local::OciTar { gzip: false }),
        Box::new(local::OciTar { gzip: true }),
        Box::new(remote::MemoryRegistry),
        Box::new(remote::DockerRegistry),
        Box::new(remote::Engine { scheme: "podman", variable: "CONTAINER_HOST" }),
        Box::new(remote::Engine { scheme: "docker", variable: "DOCKER_HOST" }),
        Box::new(remote::ContainerdFolder),
    ]
}

/// Runs a check against every source that has all of `features`.
async fn each(scenario: Scenario, features: &[Feature], check: impl Fn(&str, &Held, &Scenario)) {
    for subject in subjects() {
        if let Some(reason) = subject.skip() {
            println!("skipped {}: {reason}", subject.name());
            continue;
        }
        if let Some(lacking) = features.iter().find(|f| !subject.has(**f)) {
            println!("{} does not have {lacking:?}", subject.name());
            continue;
        }
        let held = subject.hold(&scenario).await;
        check(subject.name(), &held, &scenario);
    }
}

fn opened(held: &Held) -> Result<Box<dyn Image>, plimsoll_image::AcquireError> {
    opened_for(held, PlatformChoice::Default)
}

fn opened_for(
    held: &Held,
    platform: PlatformChoice,
) -> Result<Box<dyn Image>, plimsoll_image::AcquireError> {
    let mut options: OpenOptions = held.options.clone();
    options.platform = platform;
    let handle = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| handle.block_on(open(&held.reference, &options)))
}

fn layer_bytes(image: &dyn Image, index: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image.layer(&image.manifest().layers[index])?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn rich() -> BuiltImage {
    image(
        r#"
        === config
        tag: example.test/team/demo:1.0
        user: app:app
        env: PATH=/usr/bin
        env: EMPTY=
        cmd: ["serve", "--port", "80"]
        entrypoint: ["/bin/tini"]
        workdir: /srv
        label: org.example.team=core
        expose: 80/tcp
        volume: /data
        healthcheck: ["CMD", "true"]
        stop-signal: SIGINT
        history: ENV PATH=/usr/bin

        === layer ADD rootfs.tar /
        //- /etc/os-release -> ../usr/lib/os-release
        //- /usr/lib/os-release
        ID=alpine
        VERSION_ID=3.10.9
        //- /bin/su mode=4755
        x
        //- /bin/sudo => /bin/su

        === layer compression=none RUN second
        //- /a/
        //- /a/file
        text
        === layer compression=zstd RUN third
        //- /a/.wh.file
        === layer COPY nothing
        === layer compression=none RUN second again
        //- /a/
        //- /a/file
        text
        "#,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_facts_and_the_same_content() {
    each(Scenario::of([rich()]), &[], |name, held, scenario| {
        let built = &scenario.images[0];
        let image = opened(held).unwrap_or_else(|error| panic!("{name}: {error}"));
        let manifest = image.manifest();
        assert_eq!(manifest.reference, held.reference, "{name}");
        assert_eq!(manifest.source, held.source, "{name}");
        assert_eq!(manifest.platform, *built.platform(), "{name}");
        assert!(held.image_id_changes || manifest.config_digest == Some(built.id()), "{name}");
        assert!(
            manifest.tags.iter().any(|tag| tag == "example.test/team/demo:1.0") || !held.named,
            "{name}: {:?}",
            manifest.tags
        );

        let config = &manifest.config;
        assert_eq!(config.user, "app:app", "{name}");
        assert_eq!(config.env, ["PATH=/usr/bin", "EMPTY="], "{name}");
        assert_eq!(config.cmd, ["serve", "--port", "80"], "{name}");
        assert_eq!(config.entrypoint, ["/bin/tini"], "{name}");
        assert_eq!(config.working_dir, "/srv", "{name}");
        assert_eq!(config.labels, [("org.example.team".into(), "core".into())], "{name}");
        assert_eq!(config.exposed_ports, ["80/tcp"], "{name}");
        assert_eq!(config.volumes, ["/data"], "{name}");
        assert_eq!(config.stop_signal.as_deref(), Some("SIGINT"), "{name}");
        assert_eq!(config.healthcheck.as_deref().unwrap(), ["CMD", "true"], "{name}");

        let history: Vec<_> =
            manifest.history.iter().map(|h| (h.created_by.as_str(), h.layer)).collect();
        let expected = [
            ("ENV PATH=/usr/bin", None),
            ("ADD rootfs.tar /", Some(0)),
            ("RUN second", Some(1)),
            ("RUN third", Some(2)),
            ("COPY nothing", Some(3)),
            ("RUN second again", Some(4)),
        ];
        assert_eq!(history, expected, "{name}");

        assert_eq!(manifest.layers.len(), 5, "{name}");
        for (at, (layer, built)) in manifest.layers.iter().zip(built.layers()).enumerate() {
            assert_eq!(layer.index as usize, at, "{name}");
            assert_eq!(layer.diff_id, Some(built.diff_id), "{name}");
            assert_eq!(layer.created_by, built.layer.created_by, "{name}");
            assert_eq!(layer.kind, LayerKind::Present, "{name}");
            let bytes = layer_bytes(&*image, at).unwrap_or_else(|e| panic!("{name} {at}: {e}"));
            assert_eq!(sha256(&bytes), built.diff_id, "{name} {at}");
        }
        assert_eq!(image.problems(), [], "{name}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_are_read_by_several_threads_at_once() {
    each(Scenario::of([rich()]), &[], |name, held, scenario| {
        let image = opened(held).unwrap_or_else(|error| panic!("{name}: {error}"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for (at, built) in scenario.images[0].layers().iter().enumerate() {
                        assert_eq!(layer_bytes(&*image, at).unwrap(), built.tar, "{name}");
                    }
                });
            }
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_noticed() {
    for damage in [Damage::Flipped, Damage::Truncated, Damage::Extended] {
        let scenario = Scenario::of([rich()]).damaged(0, damage);
        each(scenario, &[Feature::BlobDigests], |name, held, _| {
            // A source may refuse to open it at all.
            let Ok(image) = opened(held) else { return };
            let error = layer_bytes(&*image, 0).expect_err(name);
            let expected =
                matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
            assert!(expected, "{name} {damage:?}: {error:?}");
            layer_bytes(&*image, 1).unwrap_or_else(|e| panic!("{name}: other layer: {e}"));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_layer_is_said() {
    let scenario = Scenario::of([rich()]).damaged(2, Damage::Missing);
    each(scenario, &[Feature::Damage], |name, held, _| {
        let Ok(image) = opened(held) else { return };
        let error = layer_bytes(&*image, 2).expect_err(name);
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{name}: {error}");
        assert!(error.to_string().contains("missing"), "{name}: {error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_layer_is_named_and_never_read() {
    let built = image(
        "
        === config
        tag: example.test/foreign:1
        === layer foreign=https://example.test/base.tar.gz
        //- /windows/
        === layer RUN own
        //- /own
        1
        ",
    );
    each(Scenario::of([built]), &[Feature::Foreign], |name, held, scenario| {
        let image = opened(held).unwrap_or_else(|error| panic!("{name}: {error}"));
        let layers = &image.manifest().layers;
        let urls = vec!["https://example.test/base.tar.gz".to_owned()];
        assert_eq!(layers[0].kind, LayerKind::Foreign(urls), "{name}");
        assert_eq!(layers[0].diff_id, Some(scenario.images[0].layers()[0].diff_id), "{name}");
        let error = layer_bytes(&*image, 0).expect_err(name);
        assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{name}");
        assert_eq!(layer_bytes(&*image, 1).unwrap(), scenario.images[0].layers()[1].tar, "{name}");
    })
    .await;
}

fn for_platform(platform: &str) -> BuiltImage {
    image(&format!(
        "
        === config
        tag: example.test/multi:1
        platform: {platform}
        === layer RUN uname
        //- /platform
        {platform}
        "
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_are_chosen() {
    let host = Platform::default().to_string();
    let platforms = ["linux/s390x", "linux/arm/v6", "linux/arm/v7", host.as_str()];
    for nested in [false, true] {
        let mut scenario = Scenario::of(platforms.map(for_platform));
        scenario.nested = nested;
        each(scenario, &[Feature::Platforms], |name, held, _| {
            let chosen = |choice| {
                let image = opened_for(held, choice)?;
                let bytes = layer_bytes(&*image, 0).unwrap();
                let text = image.manifest().platform.to_string();
                let content = String::from_utf8_lossy(&bytes).contains(&text);
                assert!(content, "{name}: the layer is not {text}'s");
                Ok::<_, plimsoll_image::AcquireError>(text)
            };
            let exact = |text: &str| chosen(PlatformChoice::Exact(text.parse().unwrap()));
            assert_eq!(chosen(PlatformChoice::Default).unwrap(), host, "{name}");
            for platform in platforms {
                assert_eq!(exact(platform).unwrap(), platform, "{name}");
            }
            assert_eq!(exact("linux/arm").unwrap(), "linux/arm/v7", "{name}");
            let error = exact("linux/riscv64").expect_err(name);
            let AcquireErrorKind::PlatformMissing { available } = &error.kind else {
                panic!("{name}: {error:?}")
            };
            assert_eq!(available.len(), platforms.len(), "{name}: {error}");
            assert!(error.to_string().contains("linux/s390x"), "{name}: {error}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_for_another_platform_alone_is_taken_unless_one_is_asked_for() {
    let scenario = Scenario::of([for_platform("linux/s390x")]);
    each(scenario, &[], |name, held, _| {
        let image = opened(held).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(image.manifest().platform.to_string(), "linux/s390x", "{name}");
        let choice = PlatformChoice::Exact("linux/amd64".parse().unwrap());
        let error = opened_for(held, choice).err().expect(name);
        assert!(
            matches!(error.kind, AcquireErrorKind::PlatformMissing { .. }),
            "{name}: {error:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    each(Scenario::of([rich()]), &[], |name, held, _| {
        for absent in &held.absent {
            let gone = Held::new(absent.clone(), held.source);
            let gone = Held { options: held.options.clone(), ..gone };
            let error = opened(&gone).err().unwrap_or_else(|| panic!("{name}: {absent} opens"));
            assert!(
                matches!(error.kind, AcquireErrorKind::NotFound),
                "{name}: {absent}: {error:?}"
            );
            assert!(!error.message.is_empty() && !error.place.is_empty(), "{name}");
        }
    })
    .await;
}
