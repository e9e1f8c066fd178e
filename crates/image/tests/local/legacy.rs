//! `docker save` of Docker 1.9 and older.

use std::fs;

use plimsoll_image::{AcquireErrorKind, sha256};
use plimsoll_testkit::{Entry, Layer, TarWriter};
use serde_json::json;
use tempfile::tempdir;

use crate::{open, path, read, refused};

/// As long as real ones, which is how an archive is told.
fn id(name: &str) -> String {
    sha256(name.as_bytes()).hex()
}

fn archive(parent_of_base: Option<&str>) -> Vec<u8> {
    let mut tar = TarWriter::default();
    for (name, parent, cmd) in
        [("base", parent_of_base, "ADD rootfs"), ("top", Some("base"), "RUN touch /x")]
    {
        let id = id(name);
        let mut json = json!({
            "id": id, "created": "2015-01-01T00:00:00Z", "os": "linux", "architecture": "amd64",
            "config": { "User": "app", "Env": ["A=b"] },
            "container_config": { "Cmd": ["/bin/sh", "-c", cmd] },
        });
        if let Some(parent) = parent {
            json["parent"] = json!(self::id(parent));
        }
        tar.file(&format!("{id}/VERSION"), b"1.0");
        tar.file(&format!("{id}/json"), json.to_string().as_bytes());
        tar.file(&format!("{id}/layer.tar"), &layer(name));
    }
    let repositories = json!({ "old/image": { "1": id("top") }, "base": { "latest": id("base") } });
    tar.file("repositories", repositories.to_string().as_bytes());
    tar.finish()
}

fn layer(name: &str) -> Vec<u8> {
    Layer::of([Entry::file("x", name)]).tar()
}

#[test]
fn layers_are_found_through_their_parents() {
    let temp = tempdir().unwrap();
    let file = temp.path().join("old.tar");
    fs::write(&file, archive(None)).unwrap();
    let image = open(format!("docker-archive:{}:old/image:1", path(&file))).unwrap();
    let manifest = image.manifest();
    assert_eq!(manifest.tags, ["old/image:1"]);
    assert_eq!((manifest.config.user.as_str(), manifest.config.env.len()), ("app", 1));
    let made: Vec<_> = manifest.layers.iter().map(|layer| layer.created_by.as_str()).collect();
    assert_eq!(made, ["/bin/sh -c ADD rootfs", "/bin/sh -c RUN touch /x"]);
    for (at, id) in ["base", "top"].iter().enumerate() {
        let bytes = read(&*image, &manifest.layers[at]).unwrap();
        assert_eq!(sha256(&bytes), sha256(&layer(id)));
    }
    assert_eq!(image.problems(), []);

    let error = refused(path(&file));
    assert!(matches!(error.kind, AcquireErrorKind::BadReference), "{error:?}");
    assert!(error.to_string().contains("old/image:1"), "{error}");
}

#[test]
fn a_chain_in_a_circle_is_refused() {
    let temp = tempdir().unwrap();
    let file = temp.path().join("old.tar");
    fs::write(&file, archive(Some("top"))).unwrap();
    let error = refused(format!("docker-archive:{}:old/image:1", path(&file)));
    assert!(matches!(error.kind, AcquireErrorKind::Malformed), "{error:?}");
}
