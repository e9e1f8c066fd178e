//! The text form means what its documentation says.
#![allow(clippy::unwrap_used)]

use std::io::Read;

use plimsoll_image::Image;
use plimsoll_model::{Compression, LayerKind};
use plimsoll_testkit::{ImageFixture, Layer, Node, image};

const TEXT: &str = r#"
    === config
    tag: demo:1
    platform: linux/arm64/v8
    user: app
    env: PATH=/bin
    env: A=b
    cmd: ["sh", "-l"]
    entrypoint: exec run
    history: ENV A=b

    === layer ADD rootfs
    //- /usr/lib/os-release
    ID=alpine

     indented
    //- /etc/os-release -> ../usr/lib/os-release
    //- /bin/su mode=4755 uid=3 gid=4
    //- /bin/sudo => /bin/su
    //- /tmp/ mode=1777
    //- /key no-newline
    abc

    === layer compression=zstd RUN rm /bin/su

    //- /bin/.wh.su

    === layer foreign=https://example.com/x compression=none
    //- ../escape
"#;

#[test]
fn text_becomes_entries() {
    let image = image(TEXT);
    assert_eq!(image.layers().len(), 3);
    let entries = &image.layers()[0].layer.entries;
    let names: Vec<_> = entries.iter().map(|e| String::from_utf8_lossy(&e.name)).collect();
    assert_eq!(
        names,
        ["usr/lib/os-release", "etc/os-release", "bin/su", "bin/sudo", "tmp/", "key"]
    );
    assert_eq!(entries[0].node, Node::File(b"ID=alpine\n\n indented\n".to_vec()));
    assert_eq!(entries[1].node, Node::Symlink("../usr/lib/os-release".into()));
    assert_eq!((entries[2].mode, entries[2].uid, entries[2].gid), (0o4755, 3, 4));
    assert_eq!(entries[3].node, Node::Hardlink("bin/su".into()));
    assert_eq!((&entries[4].node, entries[4].mode), (&Node::Dir, 0o1777));
    assert_eq!(entries[5].node, Node::File(b"abc\n".to_vec()));
    assert_eq!(image.layers()[1].layer.compression, Compression::Zstd);
    assert_eq!(image.layers()[2].layer.entries[0].name, b"../escape");
}

#[test]
fn a_memory_image_reads_back() {
    let image = image(TEXT).memory();
    let manifest = image.manifest();
    assert_eq!(manifest.tags, ["demo:1"]);
    assert_eq!(manifest.platform.to_string(), "linux/arm64/v8");
    assert_eq!(manifest.config.user, "app");
    assert_eq!(manifest.config.env, ["PATH=/bin", "A=b"]);
    assert_eq!(manifest.config.cmd, ["sh", "-l"]);
    assert_eq!(manifest.config.entrypoint, ["/bin/sh", "-c", "exec run"]);
    let history: Vec<_> =
        manifest.history.iter().map(|h| (h.created_by.as_str(), h.layer)).collect();
    assert_eq!(
        history,
        [("ENV A=b", None), ("ADD rootfs", Some(0)), ("RUN rm /bin/su", Some(1)), ("", Some(2))]
    );
    assert_eq!(manifest.layers[1].created_by, "RUN rm /bin/su");
    assert_eq!(manifest.layers[2].kind, LayerKind::Foreign(vec!["https://example.com/x".into()]));
    assert!(image.problems().is_empty());

    let mut tar = Vec::new();
    image.layer(&manifest.layers[0]).unwrap().read_to_end(&mut tar).unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    assert_eq!(archive.entries().unwrap().count(), 6);
    assert!(image.layer(&manifest.layers[2]).is_err());
}

#[test]
fn flattening_follows_whiteouts() {
    let image = ImageFixture::parse(
        "
        === layer
        //- /a/
        //- /a/x
        1
        //- /a/y
        2
        //- /b/z
        3
        //- /c
        4
        === layer
        //- /a/.wh..wh..opq
        //- /a/new => /c
        //- /.wh.b
        ",
    )
    .layer(Layer::default());
    let image = image.build();
    let paths: Vec<_> =
        image.flatten().iter().map(|e| String::from_utf8_lossy(&e.name).into_owned()).collect();
    assert_eq!(paths, ["a/", "a/new", "c"]);
}
