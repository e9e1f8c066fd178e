//! Which source a reference means.

use std::fs;

use plimsoll_image::{AcquireErrorKind, PathReference, schemes};
use plimsoll_testkit::{Blobs, docker_archive, image, oci_archive, oci_layout};
use serde_json::json;
use tempfile::tempdir;

use crate::{open, path, refused};

fn named(tag: &str) -> plimsoll_testkit::BuiltImage {
    image(&format!("=== config\ntag: {tag}\n=== layer RUN {tag}\n//- /name\n{tag}\n"))
}

#[test]
fn a_path_is_told_by_what_lies_there() {
    let temp = tempdir().unwrap();
    let built = named("demo:1");
    let layout = temp.path().join("layout");
    built.oci_layout(&layout);
    let root = temp.path().join("root");
    fs::create_dir_all(root.join("etc")).unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let file = temp.path().join(name);
        fs::write(&file, bytes).unwrap();
        file
    };
    let tar = plimsoll_model::Compression::Gzip;
    for (path_, source) in [
        (layout, "oci-layout"),
        (root, "rootfs"),
        (write("docker.tar", built.docker_archive()), "docker-archive"),
        (write("new.tar", built.docker_archive_oci()), "docker-archive"),
        (
            write("docker.tgz", plimsoll_testkit::compress(&built.docker_archive(), tar)),
            "docker-archive",
        ),
        (write("oci.tar", built.oci_archive()), "oci-archive"),
        (write("root.tar", built.rootfs_tar()), "rootfs-archive"),
        (write("empty.tar", vec![0; 1024]), "rootfs-archive"),
    ] {
        let opened = open(path(&path_)).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(opened.manifest().source, source);
        assert_eq!(opened.manifest().reference, path(&path_));
    }
}

#[test]
fn one_of_several_images_is_chosen_by_name() {
    let temp = tempdir().unwrap();
    let (one, two) = (named("team/demo:1"), named("team/demo:2"));
    let docker = temp.path().join("docker.tar");
    fs::write(&docker, docker_archive(&[&one, &two])).unwrap();
    let mut blobs = Blobs::default();
    let manifests: Vec<_> = [&one, &two]
        .map(|image| {
            let mut descriptor = blobs.add_image(image);
            descriptor["annotations"] =
                json!({ "org.opencontainers.image.ref.name": image.tags()[0] });
            descriptor
        })
        .into();
    let layout = temp.path().join("layout");
    oci_layout(&layout, &blobs, &manifests);
    let archive = temp.path().join("oci.tar");
    fs::write(&archive, oci_archive(&blobs, &manifests)).unwrap();

    for place in [&docker, &layout, &archive] {
        let place = path(place);
        let error = refused(&place);
        assert!(matches!(error.kind, AcquireErrorKind::BadReference), "{error:?}");
        let said = error.to_string();
        assert!(said.contains("team/demo:1") && said.contains("team/demo:2"), "{said}");
        for selector in [":2", ":team/demo:2", ":docker.io/team/demo:2"] {
            let chosen = open(format!("{place}{selector}")).unwrap();
            assert_eq!(chosen.manifest().config_digest, Some(two.id()), "{place}{selector}");
            assert_eq!(chosen.manifest().tags, ["team/demo:2"]);
        }
        let error = refused(format!("{place}:3"));
        assert!(error.to_string().contains("team/demo:1"), "{error}");
    }
    // By the digest of the manifest in a layout, of the configuration in an archive.
    let manifest = plimsoll_image::sha256(&one.oci_manifest());
    for reference in
        [format!("oci:{}@{manifest}", path(&layout)), format!("{}@{}", path(&docker), one.id())]
    {
        assert_eq!(open(&reference).unwrap().manifest().config_digest, Some(one.id()));
    }
}

#[test]
fn the_longest_existing_path_is_taken() {
    let temp = tempdir().unwrap();
    let file = temp.path().join("a:b.tar");
    fs::write(&file, "x").unwrap();
    let find = |text: String| PathReference::find(&text);
    let found = find(format!("{}:name:tag", path(&file))).unwrap();
    assert_eq!((found.path, found.selector.as_deref()), (file.clone(), Some("name:tag")));
    assert_eq!(find(path(&file)).unwrap().selector, None);
    assert_eq!(find(format!("{}.gone:x", path(&file))), None);
    assert_eq!(find(":".to_owned()), None);
    assert_eq!(find(String::new()), None);
}

#[test]
fn a_failure_names_what_each_source_said() {
    // Port 1 of the loopback: nobody answers there.
    let error = refused("localhost:1/no/such:image");
    let AcquireErrorKind::NoSource { tried } = &error.kind else { panic!("{error:?}") };
    let asked: Vec<_> = tried.iter().map(|(scheme, _)| *scheme).collect();
    assert_eq!(asked.first(), Some(&"path"));
    assert_eq!(asked.last(), Some(&"registry"));
    let text = error.to_string();
    for scheme in asked {
        assert!(text.contains(&format!("{scheme}: ")), "{text}");
    }
}

#[test]
fn schemes_are_exact() {
    for scheme in ["docker-archive", "oci", "oci-archive", "rootfs", "registry"] {
        assert!(schemes().contains(&scheme), "{scheme}");
    }
    let error = refused("sbom:x.json");
    assert!(matches!(error.kind, AcquireErrorKind::Unsupported), "{error:?}");
    let error = refused("./no/such/path");
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error:?}");
    // Not an archive of the kind asked for.
    let temp = tempdir().unwrap();
    let file = temp.path().join("x.tar");
    fs::write(&file, named("a:1").rootfs_tar()).unwrap();
    for scheme in ["docker-archive", "oci-archive", "oci"] {
        let error = refused(format!("{scheme}:{}", path(&file)));
        assert!(error.advice.is_some(), "{error:?}");
    }
    fs::write(&file, "no archive at all").unwrap();
    let error = refused(format!("docker-archive:{}", path(&file)));
    assert!(matches!(error.kind, AcquireErrorKind::Malformed), "{error:?}");
}
