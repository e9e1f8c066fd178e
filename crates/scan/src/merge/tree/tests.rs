use std::sync::Arc;

use plimsoll_testkit::{Node, image};

use super::*;
use crate::{AnalyzerSet, walk_bytes};

fn layers(text: &str) -> Vec<Arc<LayerFacts>> {
    let none = AnalyzerSet::new(Vec::new());
    image(text).layers().iter().map(|l| Arc::new(walk_bytes(&l.tar, 4096, &none))).collect()
}

/// `path@layer` of everything in the finished image.
fn finished(text: &str) -> Vec<String> {
    let layers = layers(text);
    let tree = Tree::new(layers.iter().map(|l| Some(l.as_ref())));
    let mut all: Vec<String> =
        tree.iter().map(|found| format!("{}@{}", found.entry.path, found.layer)).collect();
    all.sort();
    all
}

#[test]
fn whiteouts_opaque_folders_and_replaced_types() {
    for (what, text, expected) in [
        (
            "a file deleted",
            "
            === layer
            //- /a
            //- /b
            === layer
            //- /.wh.a
            ",
            vec!["b@0"],
        ),
        (
            "a folder deleted with all below it, and written anew",
            "
            === layer
            //- /d/
            //- /d/old
            //- /d/sub/older
            === layer
            //- /.wh.d
            === layer
            //- /d/
            //- /d/new
            ",
            vec!["d/new@2", "d@2"],
        ),
        (
            "a whiteout and a new folder in one layer",
            "
            === layer
            //- /d/
            //- /d/old
            === layer
            //- /.wh.d
            //- /d/
            //- /d/new
            ",
            vec!["d/new@1", "d@1"],
        ),
        (
            "an opaque folder hides what is below and keeps what its own layer writes, in any order",
            "
            === layer
            //- /d/
            //- /d/old
            //- /d/sub/
            //- /d/sub/older
            //- /e
            === layer
            //- /d/
            //- /d/first
            //- /d/.wh..wh..opq
            //- /d/sub/
            //- /d/sub/last
            ",
            vec!["d/first@1", "d/sub/last@1", "d/sub@1", "d@1", "e@0"],
        ),
        (
            "an opaque root",
            "
            === layer
            //- /a
            //- /d/b
            === layer
            //- /.wh..wh..opq
            //- /c
            ",
            vec!["c@1"],
        ),
        (
            "a file in the place of a folder",
            "
            === layer
            //- /d/
            //- /d/x
            === layer
            //- /d
            ",
            vec!["d@1"],
        ),
        (
            "a folder in the place of a file",
            "
            === layer
            //- /d
            === layer
            //- /d/
            //- /d/x
            ",
            vec!["d/x@1", "d@1"],
        ),
        (
            "a link in the place of a folder, and a folder again: the first content stays hidden",
            "
            === layer
            //- /d/
            //- /d/x
            === layer
            //- /d -> /elsewhere
            === layer
            //- /d/
            //- /d/y
            ",
            vec!["d/y@2", "d@2"],
        ),
        (
            "a folder over a folder keeps the content",
            "
            === layer
            //- /d/
            //- /d/x
            === layer
            //- /d/ mode=700
            //- /d/y
            ",
            vec!["d/x@0", "d/y@1", "d@1"],
        ),
        (
            "a device in the place of a file",
            "
            === layer
            //- /f
            === layer
            //- /f type=char
            ",
            vec!["f@1"],
        ),
        (
            "names that only look alike",
            "
            === layer
            //- /ab
            //- /a/
            //- /a/b
            //- /a-b/c
            === layer
            //- /.wh.a
            ",
            vec!["a-b/c@0", "ab@0"],
        ),
        (
            "a whiteout of something that is not there, and aufs metadata",
            "
            === layer
            //- /a
            === layer
            //- /.wh.nothing
            //- /.wh..wh.plnk/1.2
            //- /.wh..wh.aufs
            ",
            vec!["a@0"],
        ),
        (
            "deleted, back, deleted",
            "
            === layer
            //- /a
            === layer
            //- /.wh.a
            === layer
            //- /a
            === layer
            //- /.wh.a
            ",
            vec![],
        ),
        (
            "a file below a folder that is deleted above stays deleted when its parent comes back",
            "
            === layer
            //- /x/y/z
            === layer
            //- /x/.wh.y
            === layer
            //- /x/y/
            ",
            vec!["x/y@2"],
        ),
        (
            "writing through a link of a lower layer",
            "
            === layer
            //- /lib -> usr/lib
            //- /usr/lib/
            //- /usr/lib/old
            === layer
            //- /lib/new
            //- /lib/.wh.old
            ",
            vec!["lib@0", "usr/lib/new@1", "usr/lib@0"],
        ),
        (
            "a layer that writes the folder itself replaces the link",
            "
            === layer
            //- /lib -> usr/lib
            //- /usr/lib/old
            === layer
            //- /lib/
            //- /lib/new
            ",
            vec!["lib/new@1", "lib@1", "usr/lib/old@0"],
        ),
    ] {
        assert_eq!(finished(text), expected, "{what}");
    }
}

/// The fixtures' own way to unpack, written apart from this.
#[test]
fn agrees_with_an_unpacking_one_layer_after_the_other() {
    let mut seed = 7u64;
    let mut next = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    for round in 0..300 {
        let mut text = String::new();
        for _ in 0..=next(4) {
            text.push_str("=== layer\n");
            let mut used = std::collections::HashSet::new();
            for _ in 0..next(8) {
                let parts: Vec<&str> =
                    (0..=next(3)).map(|_| ["a", "b", "c"][next(3) as usize]).collect();
                let (folder, name) = parts.split_at(parts.len() - 1);
                let folder: String = folder.iter().map(|part| format!("{part}/")).collect();
                // A layer does not contradict itself: no path twice, folders before their content.
                let mut above = String::new();
                let mut fits = true;
                for part in parts.iter().take(parts.len() - 1) {
                    above =
                        if above.is_empty() { (*part).into() } else { format!("{above}/{part}") };
                    fits &= !used.contains(&format!("file {above}"));
                    if used.insert(format!("dir {above}")) && fits {
                        text.push_str(&format!("//- /{above}/\n"));
                    }
                }
                let path = format!("{folder}{}", name[0]);
                if !fits
                    || used.contains(&format!("dir {path}"))
                    || used.contains(&format!("file {path}"))
                {
                    continue;
                }
                match next(4) {
                    0 => text.push_str(&format!("//- /{folder}.wh.{}\n", name[0])),
                    1 if !folder.is_empty() => {
                        text.push_str(&format!("//- /{folder}.wh..wh..opq\n"));
                    }
                    2 => {
                        used.insert(format!("dir {path}"));
                        text.push_str(&format!("//- /{path}/\n"));
                    }
                    _ => {
                        used.insert(format!("file {path}"));
                        text.push_str(&format!("//- /{path}\n{round}\n"));
                    }
                }
            }
        }
        let mut expected: Vec<String> = image(&text)
            .flatten()
            .iter()
            .map(|entry| {
                let name = String::from_utf8_lossy(&entry.name);
                let slash = if matches!(entry.node, Node::Dir) { "/" } else { "" };
                format!("{}{slash}", name.trim_matches('/'))
            })
            .filter(|path| path != "/")
            .collect();
        expected.sort();
        let layers = layers(&text);
        let tree = Tree::new(layers.iter().map(|l| Some(l.as_ref())));
        let mut ours: Vec<String> = tree
            .iter()
            .map(|f| {
                let slash = if f.entry.kind == EntryKind::Dir { "/" } else { "" };
                format!("{}{slash}", f.entry.path)
            })
            .collect();
        ours.sort();
        assert_eq!(ours, expected, "round {round}:\n{text}");
    }
}

#[test]
fn links_are_followed_inside_the_root() {
    let layers = layers(
        "
        === layer
        //- /usr/lib/os-release
        //- /etc/os-release -> ../usr/lib/os-release
        //- /abs -> /usr/lib/os-release
        //- /var/lib/rpm -> ../../usr/lib/sysimage/rpm
        //- /usr/lib/sysimage/rpm/Packages
        //- /up -> ../../../../../../etc/os-release
        //- /dangling -> nowhere
        //- /loop -> loop2
        //- /loop2 -> loop
        //- /folder -> usr
        //- /hard => usr/lib/os-release
        === layer
        //- /second => usr/lib/sysimage/rpm/Packages
        //- /etc/.wh.os-release
        ",
    );
    let tree = Tree::new(layers.iter().map(|l| Some(l.as_ref())));
    let place = |path: &str| tree.resolve(path).map(|r| format!("{}@{}", r.path, r.layer));
    assert_eq!(place("abs").as_deref(), Some("usr/lib/os-release@0"));
    assert_eq!(place("var/lib/rpm/Packages").as_deref(), Some("usr/lib/sysimage/rpm/Packages@0"));
    assert_eq!(place("folder/lib/os-release").as_deref(), Some("usr/lib/os-release@0"));
    assert_eq!(place("hard").as_deref(), Some("usr/lib/os-release@0"));
    assert_eq!(place("second").as_deref(), Some("usr/lib/sysimage/rpm/Packages@0"));
    for nothing in ["etc/os-release", "up", "dangling", "loop", "missing/x"] {
        assert_eq!(place(nothing), None, "{nothing}");
    }
    let (folder, names) = tree.list("var/lib/rpm", 10).unwrap();
    assert_eq!(
        (folder.as_str(), names.as_slice()),
        ("usr/lib/sysimage/rpm", &["Packages".into()][..])
    );
    assert_eq!(tree.list("var/lib/rpm", 0).unwrap().1.len(), 0);
}

#[test]
fn layers_that_could_not_be_read_hide_nothing() {
    let layers = layers(
        "
        === layer
        //- /a
        === layer
        //- /.wh.a
        ",
    );
    let tree = Tree::new([Some(layers[0].as_ref()), None]);
    assert!(tree.is_live(0, "a"));
}
