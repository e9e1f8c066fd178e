//! Images that want to be misread: nothing outside is touched, nothing grows without bound, and what
//! cannot be believed is said.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::symlink,
};

use plimsoll_image::{AcquireErrorKind, MAX_INDEX_DEPTH, MAX_MANIFEST_BYTES, media};
use plimsoll_model::{Compression, LayerDesc, ProblemKind};
use plimsoll_testkit::{
    Blobs, BuiltImage, Entry, ImageFixture, Layer, Node, TarWriter, compress, image, oci_layout,
};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::{open, path, read, refused};

fn small() -> BuiltImage {
    image("=== layer RUN a\n//- /a\n1\n=== layer RUN b\n//- /b\n2\n")
}

fn layout(blobs: &Blobs, manifests: &[Value]) -> (TempDir, String) {
    let temp = tempdir().unwrap();
    let folder = temp.path().join("layout");
    oci_layout(&folder, blobs, manifests);
    let reference = path(&folder);
    (temp, reference)
}

fn docker(build: impl FnOnce(&mut TarWriter)) -> (TempDir, String) {
    let temp = tempdir().unwrap();
    let file = temp.path().join("image.tar");
    let mut tar = TarWriter::default();
    build(&mut tar);
    fs::write(&file, tar.finish()).unwrap();
    let reference = format!("docker-archive:{}", path(&file));
    (temp, reference)
}

fn is_malformed(error: &plimsoll_image::AcquireError) -> bool {
    matches!(error.kind, AcquireErrorKind::Malformed)
}

#[test]
fn nested_indexes_end() {
    let mut blobs = Blobs::default();
    let mut root = blobs.add_image(&small());
    for _ in 0..=MAX_INDEX_DEPTH {
        root = blobs.add_index(&[root]);
    }
    let (_temp, reference) = layout(&blobs, &[root]);
    let error = refused(&reference);
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error:?}");

    // A pyramid: every index names the one below it many times; each is read once.
    let mut blobs = Blobs::default();
    let mut root = blobs.add_image(&small());
    for _ in 0..MAX_INDEX_DEPTH - 1 {
        root = blobs.add_index(&vec![root; 1000]);
    }
    let (_temp, reference) = layout(&blobs, &[root]);
    open(&reference).unwrap();

    // A wide one of documents that all have to be read.
    let mut blobs = Blobs::default();
    let leaves: Vec<_> = (0..1000)
        .map(|n| {
            let text = format!(r#"{{"manifests":[],"annotations":{{"n":"{n}"}}}}"#);
            blobs.add_document(text.into_bytes(), media::OCI_INDEX)
        })
        .collect();
    let root = blobs.add_index(&leaves);
    let (_temp, reference) = layout(&blobs, &[root]);
    let error = refused(&reference);
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error:?}");
}

#[test]
fn a_digest_is_no_path() {
    for digest in ["sha256:../../../../etc/passwd", "../etc/passwd", "sha512:ab", "", "sha256:"] {
        let descriptor = json!({ "mediaType": media::OCI_MANIFEST, "digest": digest, "size": 1 });
        let (_temp, reference) = layout(&Blobs::default(), &[descriptor]);
        let error = refused(&reference);
        assert!(
            matches!(error.kind, AcquireErrorKind::Unsupported | AcquireErrorKind::Malformed),
            "{digest}: {error:?}"
        );
        let manifest = json!({
            "config": { "digest": small().id().to_string() },
            "layers": [{ "digest": digest }],
        });
        let mut blobs = Blobs::default();
        blobs.add_image(&small());
        let root = blobs.add_document(manifest.to_string().into_bytes(), media::OCI_MANIFEST);
        let (_temp, reference) = layout(&blobs, &[root]);
        assert!(is_malformed(&refused(&reference)), "{digest}");
    }
}

#[test]
fn blobs_that_are_links_are_verified_and_devices_are_not_opened() {
    let built = small();
    let mut blobs = Blobs::default();
    let root = blobs.add_image(&built);
    let digest = built.layers()[0].digest;
    let original = blobs.remove(&digest).unwrap();
    let (temp, reference) = layout(&blobs, &[root]);
    let blob = temp.path().join("layout/blobs/sha256").join(digest.hex());
    // A shared store of blobs is linked to by some tools.
    fs::write(temp.path().join("store"), original).unwrap();
    symlink(temp.path().join("store"), &blob).unwrap();
    let image = open(&reference).unwrap();
    read(&*image, &image.manifest().layers[0]).unwrap();
    fs::remove_file(&blob).unwrap();
    symlink("/dev/zero", &blob).unwrap();
    let error = read(&*image, &image.manifest().layers[0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    fs::remove_file(&blob).unwrap();
    symlink("/etc/passwd", &blob).unwrap();
    let error = read(&*image, &image.manifest().layers[0]).unwrap_err();
    let kind = error.kind();
    assert!(matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof), "{error:?}");
}

#[test]
fn sizes_that_lie_are_refused() {
    let built = small();
    for lie in [0u64, 1, 1 << 40] {
        let mut manifest: Value = serde_json::from_slice(&built.oci_manifest()).unwrap();
        manifest["layers"][0]["size"] = json!(lie);
        let mut blobs = Blobs::default();
        blobs.add_image(&built);
        let root = blobs.add_document(manifest.to_string().into_bytes(), media::OCI_MANIFEST);
        let (_temp, reference) = layout(&blobs, &[root]);
        let image = open(&reference).unwrap();
        let error = read(&*image, &image.manifest().layers[0]).unwrap_err();
        let kind = error.kind();
        assert!(
            matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof),
            "{lie}: {error:?}"
        );
        read(&*image, &image.manifest().layers[1]).unwrap();
    }
}

#[test]
fn documents_beyond_their_limits_are_refused() {
    let temp = tempdir().unwrap();
    let folder = temp.path().join("layout");
    oci_layout(&folder, &Blobs::default(), &[]);
    fs::write(folder.join("index.json"), vec![b' '; MAX_MANIFEST_BYTES as usize + 1]).unwrap();
    let error = refused(path(&folder));
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error:?}");

    let (_temp, reference) = docker(|tar| {
        tar.file("manifest.json", &vec![b' '; MAX_MANIFEST_BYTES as usize + 1]);
    });
    let error = refused(&reference);
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error:?}");

    let config = ImageFixture::parse("=== layer\n//- /a\n")
        .config_json_over(&json!({ "comment": "x".repeat(9 << 20) }).to_string())
        .build();
    let (_temp, reference) = docker(|tar| {
        let name = format!("{}.json", config.id().hex());
        tar.file(&name, config.config());
        let manifest = json!([{ "Config": name, "Layers": [] }]);
        tar.file("manifest.json", manifest.to_string().as_bytes());
    });
    let error = refused(&reference);
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error:?}");
}

#[test]
fn layers_are_only_ever_looked_up_in_the_archive() {
    let built = small();
    let (_temp, reference) = docker(|tar| {
        tar.file("config.json", built.config());
        tar.entry(&Entry::new("absolute", Node::Symlink("/etc/passwd".into())));
        tar.entry(&Entry::new("up", Node::Symlink("../../../../etc/passwd".into())));
        tar.entry(&Entry::new("loop1", Node::Symlink("loop2".into())));
        tar.entry(&Entry::new("loop2", Node::Symlink("loop1".into())));
        tar.entry(&Entry::new("dir/", Node::Dir));
        tar.entry(&Entry::new("hard", Node::Hardlink("dir/real".into())));
        tar.file("dir/real", &built.layers()[0].tar);
        let layers =
            ["absolute", "up", "loop1", "dir", "../../../../etc/passwd", "/etc/passwd", "hard"];
        let manifest = json!([{ "Config": "./config.json", "Layers": layers }]);
        tar.file("manifest.json", manifest.to_string().as_bytes());
    });
    let image = open(&reference).unwrap();
    let layers = &image.manifest().layers;
    assert_eq!(layers.len(), 7);
    for layer in &layers[..6] {
        let error = read(&*image, layer).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{}: {error}", layer.index);
    }
    assert_eq!(read(&*image, &layers[6]).unwrap(), built.layers()[0].tar);
    let problems = image.problems();
    assert!(
        problems.iter().any(|p| p.kind == ProblemKind::UnsafeEntry && p.layer == Some(4)),
        "{problems:?}"
    );
    // The configuration speaks of two layers: none of the seven is given another's diffID.
    assert!(problems.iter().any(|p| p.kind == ProblemKind::Malformed), "{problems:?}");
    assert!(layers.iter().all(|layer| layer.diff_id.is_none()));
}

#[test]
fn the_two_lists_of_a_docker_archive_must_agree() {
    let (shown, hidden) = (small(), image("=== layer\n//- /hidden\n"));
    let good = tempdir().unwrap();
    let file = good.path().join("image.tar");
    fs::write(&file, shown.docker_archive_oci()).unwrap();
    let image = open(path(&file)).unwrap();
    assert!(image.manifest().digest.is_some());
    assert_eq!(image.problems(), []);

    let (_temp, reference) = docker(|tar| {
        let mut blobs = Blobs::default();
        let descriptor = blobs.add_image(&hidden);
        blobs.add_image(&shown);
        for (name, bytes) in blobs.files(&[descriptor]) {
            tar.file(&name, &bytes);
        }
        let layers: Vec<_> =
            shown.layers().iter().map(|l| format!("blobs/sha256/{}", l.digest.hex())).collect();
        let config = format!("blobs/sha256/{}", shown.id().hex());
        let manifest = json!([{ "Config": config, "Layers": layers }]);
        tar.file("manifest.json", manifest.to_string().as_bytes());
    });
    let image = open(&reference).unwrap();
    assert_eq!(image.manifest().config_digest, Some(shown.id()));
    assert_eq!(image.manifest().digest, None);
    let problems = image.problems();
    assert!(problems.iter().any(|p| p.message.contains("different")), "{problems:?}");
}

#[test]
fn a_configuration_that_is_not_the_one_it_is_called_is_refused() {
    let built = small();
    let (_temp, reference) = docker(|tar| {
        let name = format!("{}.json", built.id().hex());
        tar.file(&name, b"{}");
        let manifest = json!([{ "Config": name, "Layers": [] }]);
        tar.file("manifest.json", manifest.to_string().as_bytes());
    });
    let error = refused(&reference);
    assert!(matches!(error.kind, AcquireErrorKind::DigestMismatch), "{error:?}");

    let mut blobs = Blobs::default();
    let root = blobs.add_image(&built);
    blobs.replace(built.id(), b"{}".to_vec());
    let (_temp, reference) = layout(&blobs, &[root]);
    let error = refused(&reference);
    assert!(matches!(error.kind, AcquireErrorKind::DigestMismatch), "{error:?}");
}

#[test]
fn a_bomb_costs_its_reader_only_what_is_read() {
    // 10 GiB of zeros in a stream of streams; made without having them in memory.
    let block = compress(&vec![0; 64 << 20], Compression::Gzip);
    let bomb = block.repeat(160);
    let built = ImageFixture::default().layer(Layer::raw(Vec::new())).build();
    let mut memory = built.memory();
    memory.manifest.layers[0] = LayerDesc {
        blob: Some(plimsoll_image::sha256(&bomb)),
        size: Some(bomb.len() as u64),
        ..memory.manifest.layers[0].clone()
    };
    memory.stored[0] = bomb.into();
    let stream = plimsoll_image::Image::layer(&memory, &memory.manifest.layers[0]).unwrap();
    let copied = io::copy(&mut stream.take(100 << 20), &mut io::sink()).unwrap();
    assert_eq!(copied, 100 << 20);
}

#[test]
fn truncated_archives_say_so() {
    let temp = tempdir().unwrap();
    let built = small();
    let whole = built.docker_archive();
    let file = temp.path().join("image.tar");
    // manifest.json is at the end.
    fs::write(&file, &whole[..3000]).unwrap();
    let error = refused(format!("docker-archive:{}", path(&file)));
    assert!(is_malformed(&error), "{error:?}");
    assert!(error.message.contains("cut short"), "{error}");
    for compression in [Compression::Gzip, Compression::Zstd] {
        let packed = compress(&whole, compression);
        fs::write(&file, &packed[..packed.len() - 10]).unwrap();
        assert!(is_malformed(&refused(format!("docker-archive:{}", path(&file)))));
    }
}

#[test]
fn an_archive_of_too_many_entries_is_refused() {
    let temp = tempdir().unwrap();
    let file = temp.path().join("image.tar");
    let one = {
        let mut tar = TarWriter::default();
        tar.file("manifest.json", b"");
        tar.finish()[..512].to_vec()
    };
    fs::write(&file, one.repeat(plimsoll_image::MAX_ARCHIVE_ENTRIES + 1)).unwrap();
    let error = refused(path(&file));
    assert!(matches!(error.kind, AcquireErrorKind::LimitReached), "{error:?}");
}
