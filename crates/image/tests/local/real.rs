//! What real tools wrote. The data is found through `PLIMSOLL_TEST_DATA`; the tools are used where they
//! are installed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use plimsoll_image::sha256;
use plimsoll_model::Digest;
use plimsoll_testkit::{BuiltImage, image};
use tempfile::tempdir;

use crate::{entries, open, path, read};

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("PLIMSOLL_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
    }
    folder.map(|folder| folder.join("images"))
}

fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        println!("skipped: no {program}");
    }
    found
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Opens, reads every layer, compares each with its diffID, and gives the diffIDs.
fn verified(reference: &str) -> Vec<Digest> {
    let image = open(reference).unwrap_or_else(|error| panic!("{reference}: {error}"));
    let layers = &image.manifest().layers;
    assert!(!layers.is_empty(), "{reference}");
    assert_eq!(image.problems(), [], "{reference}");
    let of = |layer| {
        let bytes = read(&*image, layer).unwrap_or_else(|e| panic!("{reference}: {e}"));
        let digest = sha256(&bytes);
        assert_eq!(layer.diff_id, Some(digest), "{reference}");
        digest
    };
    layers.iter().map(of).collect()
}

#[test]
fn docker_save_archives_are_read() {
    let Some(data) = data() else { return };
    for (file, tag, layers) in [
        ("busybox.docker-archive.tar", "busybox:latest", 1),
        ("alpine-3.10.docker-archive.tar.gz", "alpine:3.10", 1),
    ] {
        let place = path(&data.join(file));
        assert_eq!(verified(&place).len(), layers);
        let short = tag.split(':').next_back().unwrap();
        let image = open(format!("docker-archive:{place}:{short}")).unwrap();
        let manifest = image.manifest();
        assert_eq!(manifest.tags, [tag]);
        assert_eq!(manifest.platform.to_string(), "linux/amd64");
        assert!(manifest.config_digest.is_some());
        assert!(manifest.layers[0].created_by.contains("ADD file:"), "{manifest:?}");
        assert!(!manifest.config.cmd.is_empty());
    }
}

#[test]
fn alpine_roots_are_the_same_from_archive_and_folder() {
    let Some(data) = data() else { return };
    if !crate::is_root() {
        println!("skipped: unpacking with owners needs root");
        return;
    }
    let mut seen = 0;
    for entry in fs::read_dir(data).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !name.contains("rootfs") {
            continue;
        }
        seen += 1;
        let archive = open(path(&file)).unwrap();
        assert_eq!(archive.manifest().source, "rootfs-archive", "{name}");
        let from_archive = entries(&read(&*archive, &archive.manifest().layers[0]).unwrap());
        let temp = tempdir().unwrap();
        run(Command::new("tar").arg("-xpf").arg(&file).arg("-C").arg(temp.path()));
        let folder = open(path(temp.path())).unwrap();
        assert_eq!(folder.manifest().source, "rootfs", "{name}");
        let from_folder = entries(&read(&*folder, &folder.manifest().layers[0]).unwrap());
        assert_eq!(folder.problems(), [], "{name}");
        let names = |of: &std::collections::BTreeMap<_, _>| {
            of.keys().cloned().collect::<BTreeSet<String>>()
        };
        assert_eq!(names(&from_archive), names(&from_folder), "{name}");
        for (path, seen) in &from_archive {
            assert_eq!(Some(seen), from_folder.get(path), "{name}: {path}");
        }
        assert!(from_archive.contains_key("etc/alpine-release"), "{name}");
    }
    assert!(seen >= 10, "{seen} root file systems");
}

fn several_layers() -> BuiltImage {
    image(
        r#"
        === config
        tag: example.test/team/demo:1
        env: A=b
        cmd: ["sh"]
        === layer ADD base
        //- /etc/
        //- /etc/os-release
        ID=alpine
        === layer RUN same
        //- /x
        1
        === layer RUN other
        //- /.wh.x
        === layer RUN same again
        //- /x
        1
        "#,
    )
}

fn skopeo(from: &str, to: &str) {
    run(Command::new("skopeo").args(["--insecure-policy", "copy", "-q"]).arg(from).arg(to));
}

#[test]
fn what_skopeo_copies_stays_the_same() {
    if !has("skopeo") {
        return;
    }
    let temp = tempdir().unwrap();
    let at = |name: &str| path(&temp.path().join(name));
    let built = several_layers();
    fs::write(at("ours.tar"), built.docker_archive()).unwrap();
    fs::write(at("ours-new.tar"), built.docker_archive_oci()).unwrap();
    let diff_ids: Vec<_> = built.layers().iter().map(|layer| layer.diff_id).collect();

    for source in ["ours.tar", "ours-new.tar"] {
        let from = format!("docker-archive:{}", at(source));
        skopeo(&from, &format!("oci:{}:one", at("layout")));
        skopeo(&from, &format!("oci:{}:two", at("layout")));
        skopeo(&from, &format!("oci-archive:{}:demo:1", at("oci.tar")));
        skopeo(&from, &format!("docker-archive:{}:demo:1", at("theirs.tar")));
        for reference in [
            at(source),
            at("layout"),
            format!("oci:{}:two", at("layout")),
            at("oci.tar"),
            at("theirs.tar"),
            format!("{}:demo:1", at("theirs.tar")),
        ] {
            assert_eq!(verified(&reference), diff_ids, "{reference}");
        }
        for name in ["layout", "oci.tar", "theirs.tar"] {
            let place = temp.path().join(name);
            if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) }
                .unwrap();
        }
    }
    // What we write as a layout is one for others, too.
    built.oci_layout(&temp.path().join("ours"));
    let args = ["inspect", "--raw"];
    run(Command::new("skopeo").args(args).arg(format!("oci:{}:1", at("ours"))));

    let zstd =
        ["--insecure-policy", "copy", "-q", "--dest-compress-format", "zstd", "--dest-compress"];
    let (from, to) = (format!("docker-archive:{}", at("ours.tar")), format!("oci:{}", at("zstd")));
    run(Command::new("skopeo").args(zstd).arg(from).arg(to));
    assert_eq!(verified(&at("zstd")), diff_ids);
}

#[test]
fn what_podman_saves_is_read() {
    if !has("podman") || !crate::is_root() {
        println!("skipped: podman as root is needed");
        return;
    }
    let temp = tempdir().unwrap();
    let at = |name: &str| path(&temp.path().join(name));
    let built = several_layers();
    fs::write(at("ours.tar"), built.docker_archive()).unwrap();
    let podman = |args: &[&str]| {
        let mut command = Command::new("podman");
        command.args(["--storage-driver", "vfs", "--root", &at("root")]);
        command.args(["--runroot", &at("run")]).args(args);
        command.output().unwrap()
    };
    let loaded = podman(&["load", "-q", "-i", &at("ours.tar")]);
    if !loaded.status.success() {
        println!("skipped: podman load: {}", String::from_utf8_lossy(&loaded.stderr));
        return;
    }
    let diff_ids: Vec<_> = built.layers().iter().map(|layer| layer.diff_id).collect();
    for (format, name) in
        [("docker-archive", "saved.tar"), ("oci-archive", "saved-oci.tar"), ("oci-dir", "saved")]
    {
        let tag = "example.test/team/demo:1";
        let saved = podman(&["save", "-q", "--format", format, "-o", &at(name), tag]);
        let said = String::from_utf8_lossy(&saved.stderr);
        assert!(saved.status.success(), "{format}: {said}");
        assert_eq!(verified(&at(name)), diff_ids, "{format}");
        assert_eq!(open(at(name)).unwrap().manifest().config.env[..1], ["A=b"], "{format}");
    }
    assert!(Path::new(&at("saved/oci-layout")).exists());
}
