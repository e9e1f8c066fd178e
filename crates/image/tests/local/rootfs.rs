//! Root file systems as folders and as tar archives.

use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::{FileTypeExt, symlink},
    process::Command,
};

use plimsoll_image::{AcquireErrorKind, MAX_TREE_DEPTH};
use plimsoll_model::{Compression, ProblemKind};
use plimsoll_testkit::{compress, image};
use tempfile::tempdir;

use crate::{entries, open, path, read, refused};

fn long(name: &str) -> String {
    name.repeat(40)
}

#[test]
fn a_folder_and_an_archive_of_it_hold_the_same() {
    let (dir, deep) = (long("dir"), long("file"));
    let built = image(&format!(
        "
        === layer
        //- /bin/
        //- /bin/su mode=4755
        x
        //- /bin/sudo => /bin/su
        //- /etc/
        //- /etc/os-release -> ../usr/lib/os-release
        //- /etc/empty
        //- /usr/
        //- /usr/lib/
        //- /usr/lib/os-release
        ID=alpine
        //- /tmp/ mode=1777
        //- /{dir}/
        //- /{dir}/{deep}
        deep
        //- /{dir}/link -> /{deep}{deep}
        "
    ));
    let temp = tempdir().unwrap();
    let root = temp.path().join("root");
    fs::create_dir(&root).unwrap();
    built.rootfs(&root);
    let folder = open(format!("rootfs:{}", path(&root))).unwrap();
    assert_eq!(folder.manifest().source, "rootfs");
    let [layer] = folder.manifest().layers.as_slice() else { panic!("not one layer") };
    assert_eq!((layer.diff_id, layer.blob), (None, None));
    let stream = read(&*folder, layer).unwrap();
    let from_folder = entries(&stream);
    assert_eq!(folder.problems(), []);
    assert_eq!(read(&*folder, layer).unwrap(), stream, "another stream the second time");

    for form in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let file = temp.path().join("root.tar");
        fs::write(&file, compress(&built.rootfs_tar(), form)).unwrap();
        // Without a scheme as well: by its content.
        for reference in [path(&file), format!("rootfs:{}", path(&file))] {
            let archive = open(&reference).unwrap();
            assert_eq!(archive.manifest().source, "rootfs-archive");
            assert_eq!(archive.manifest().reference, reference);
            let bytes = read(&*archive, &archive.manifest().layers[0]).unwrap();
            let from_archive = entries(&bytes);
            assert_eq!(
                from_archive.keys().collect::<Vec<_>>(),
                from_folder.keys().collect::<Vec<_>>()
            );
            if crate::is_root() {
                assert_eq!(from_archive, from_folder);
            }
        }
    }
}

#[test]
fn links_are_not_followed_and_sockets_and_pipes_do_no_harm() {
    let temp = tempdir().unwrap();
    let (root, outside) = (temp.path().join("root"), temp.path().join("outside"));
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    symlink(&outside, root.join("etc/dir")).unwrap();
    symlink(outside.join("secret"), root.join("etc/file")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    assert!(root.join("socket").symlink_metadata().unwrap().file_type().is_socket());
    let fifo = Command::new("mkfifo").arg(root.join("pipe")).status().is_ok_and(|s| s.success());

    let image = open(format!("rootfs:{}", path(&root))).unwrap();
    let found = entries(&read(&*image, &image.manifest().layers[0]).unwrap());
    let kinds: Vec<_> = found.iter().map(|(name, seen)| (name.as_str(), seen.0)).collect();
    let mut expected = vec![("etc", b'5'), ("etc/dir", b'2'), ("etc/file", b'2'), ("loop", b'2')];
    if fifo {
        expected.push(("pipe", b'6'));
    }
    assert_eq!(kinds, expected);
    assert_eq!(image.problems(), []);
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_filled_up_and_said() {
    let temp = tempdir().unwrap();
    fs::write(temp.path().join("a"), vec![b'x'; 100_000]).unwrap();
    fs::write(temp.path().join("b"), "after").unwrap();
    let image = open(format!("rootfs:{}", path(temp.path()))).unwrap();
    let mut stream = image.layer(&image.manifest().layers[0]).unwrap();
    let mut tar = vec![0; 1024];
    stream.read_exact(&mut tar).unwrap();
    File::options().write(true).open(temp.path().join("a")).unwrap().set_len(1000).unwrap();
    stream.read_to_end(&mut tar).unwrap();
    let found = entries(&tar);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "b"]);
    let problems = image.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].kind, ProblemKind::Truncated);
    assert_eq!(problems[0].path.as_deref(), Some("a"));
}

#[test]
fn holes_and_depth_are_bounded() {
    let temp = tempdir().unwrap();
    let sparse = File::create(temp.path().join("lastlog")).unwrap();
    sparse.set_len(1 << 42).unwrap();
    let mut deep = temp.path().to_owned();
    for _ in 0..MAX_TREE_DEPTH + 10 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("file"), "x").unwrap();
    let image = open(format!("rootfs:{}", path(temp.path()))).unwrap();
    let found = entries(&read(&*image, &image.manifest().layers[0]).unwrap());
    assert_eq!(found.len(), MAX_TREE_DEPTH);
    let problems = image.problems();
    let limits: Vec<_> = problems.iter().map(|p| (p.kind, p.path.as_deref().unwrap())).collect();
    assert_eq!(limits.len(), 2, "{problems:?}");
    assert!(limits.iter().all(|(kind, _)| *kind == ProblemKind::LimitReached));
    assert_eq!(limits[1].1, "lastlog");
}

#[test]
fn what_may_not_be_read_is_said() {
    if crate::is_root() {
        println!("skipped: root may read everything");
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let temp = tempdir().unwrap();
    for name in ["closed", "dir"] {
        let path = temp.path().join(name);
        if name == "dir" { fs::create_dir(&path) } else { fs::write(&path, "x") }.unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    }
    let image = open(format!("rootfs:{}", path(temp.path()))).unwrap();
    read(&*image, &image.manifest().layers[0]).unwrap();
    let problems = image.problems();
    let said: Vec<_> = problems.iter().map(|p| (p.kind, p.path.as_deref().unwrap())).collect();
    let unreadable = ProblemKind::Unreadable;
    assert_eq!(said, [(unreadable, "closed"), (unreadable, "dir")]);
}

#[test]
fn what_is_neither_file_nor_folder_is_refused_without_waiting() {
    let temp = tempdir().unwrap();
    let pipe = temp.path().join("pipe");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|s| s.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    for scheme in ["", "rootfs:", "docker-archive:", "oci-archive:"] {
        let error = refused(format!("{scheme}{}", path(&pipe)));
        assert!(matches!(error.kind, AcquireErrorKind::Unsupported), "{scheme}: {error:?}");
    }
    for scheme in ["rootfs:", "docker-archive:", "oci:", "oci-archive:"] {
        let error = refused(format!("{scheme}{}.nosuch", path(&pipe)));
        assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{scheme}: {error:?}");
    }
}
