use plimsoll_model::{EntryKind, PackageFamily};
use plimsoll_testkit::{BuiltImage, image};

use super::*;
use crate::{AnalyzerSet, ScanOptions, scan_image};

fn scan(image: &BuiltImage) -> Inventory {
    let options = ScanOptions { jobs: 1, ..ScanOptions::default() };
    scan_image(&image.memory(), &AnalyzerSet::all(), &options).unwrap()
}

fn listed(inventory: &Inventory) -> Vec<String> {
    inventory
        .packages
        .iter()
        .map(|p| format!("{} {} @{}", p.package.name, p.package.version, p.layer))
        .collect()
}

fn kinds(inventory: &Inventory) -> Vec<ProblemKind> {
    inventory.problems.iter().map(|p| p.kind).collect()
}

#[test]
fn the_upper_database_counts_and_origins_go_back_to_the_first_that_lists_a_version() {
    let image = image(
        "
        === layer
        //- /etc/os-release
        ID=debian
        VERSION_ID=12
        //- /var/lib/dpkg/status
        Package: a
        Status: install ok installed
        Architecture: amd64
        Version: 1

        Package: b
        Status: install ok installed
        Architecture: amd64
        Version: 1

        === layer
        //- /var/lib/dpkg/status
        Package: a
        Status: install ok installed
        Architecture: amd64
        Version: 1

        Package: b
        Status: install ok installed
        Architecture: amd64
        Version: 2

        Package: c
        Status: install ok installed
        Architecture: amd64
        Version: 1

        === layer
        //- /var/lib/dpkg/status
        Package: a
        Status: install ok installed
        Architecture: amd64
        Version: 1

        Package: b
        Status: install ok installed
        Architecture: amd64
        Version: 2
        ",
    );
    let inventory = scan(&image);
    assert_eq!(listed(&inventory), ["a 1 @0", "b 2 @1"]);
    assert_eq!(inventory.packages[0].path, "var/lib/dpkg/status");
    assert_eq!(kinds(&inventory), []);
    let os = inventory.os.unwrap();
    assert_eq!(
        (os.id.as_str(), os.family, os.evidence_deleted),
        ("debian", PackageFamily::Dpkg, false)
    );
}

#[test]
fn a_deleted_database_lists_nothing_and_a_deleted_os_release_still_identifies() {
    let inventory = scan(&image(
        "
        === layer
        //- /etc/alpine-release
        3.10.9
        //- /etc/os-release
        ID=alpine
        VERSION_ID=3.10.9
        //- /lib/apk/db/installed
        P:musl
        V:1.1.22-r3
        A:x86_64

        === layer
        //- /lib/apk/.wh.db
        //- /etc/.wh..wh..opq
        ",
    ));
    assert_eq!(listed(&inventory), [] as [&str; 0]);
    let os = inventory.os.unwrap();
    assert_eq!((os.id.as_str(), os.evidence_deleted), ("alpine", true));
}

#[test]
fn lists_and_licences_are_joined_to_their_packages() {
    let inventory = scan(&image(
        "
        === layer
        //- /var/lib/dpkg/status
        Package: libx
        Status: install ok installed
        Architecture: amd64
        Multi-Arch: same
        Version: 1

        Package: tool
        Status: install ok installed
        Architecture: all
        Version: 1

        //- /var/lib/dpkg/info/libx:amd64.list
        /.
        /usr/lib/libx.so.1
        //- /var/lib/dpkg/info/tool.list
        /usr/bin/tool
        //- /usr/share/doc/libx/copyright
        Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
        License: MIT
        //- /usr/share/doc/tool -> libx
        === layer
        //- /var/lib/dpkg/info/tool.list
        /usr/bin/tool2
        ",
    ));
    let [libx, tool] = &inventory.packages[..] else { panic!("{inventory:?}") };
    assert!(libx.package.files.contains(&"usr/lib/libx.so.1".to_owned()));
    assert_eq!(tool.package.files, ["usr/bin/tool2"]);
    assert_eq!(libx.package.licenses, ["MIT"]);
    assert_eq!(tool.package.licenses, ["MIT"]);
}

const INSTALLED: &str = "P:musl\nV:1.1.22-r3\nA:x86_64\n\n";

#[test]
fn a_database_behind_a_link_is_found_in_whatever_layer_it_is() {
    for (what, text) in [
        (
            "a linked file",
            "
            === layer
            //- /lib/apk/db/installed -> /srv/apk.db
            === layer
            //- /srv/apk.db
            ",
        ),
        (
            "a linked folder above it",
            "
            === layer
            //- /srv/anything/db/installed
            === layer
            //- /lib/apk -> ../srv/anything
            ",
        ),
        (
            "a chain of links",
            "
            === layer
            //- /lib -> usr/lib
            //- /usr/lib/apk -> ../share/apk
            //- /usr/share/apk/db -> /data
            //- /data/installed
            ",
        ),
        (
            "a hard link to a file of a lower layer",
            "
            === layer
            //- /srv/apk.db
            === layer
            //- /lib/apk/db/installed => srv/apk.db
            ",
        ),
        (
            "a hard link whose first name was deleted",
            "
            === layer
            //- /srv/apk.db
            //- /lib/apk/db/installed => srv/apk.db
            === layer
            //- /srv/.wh.apk.db
            ",
        ),
        (
            "a folder named through a link of a lower layer",
            "
            === layer
            //- /lib -> usr/lib
            //- /usr/lib/
            === layer
            //- /lib/apk/db/installed
            ",
        ),
    ] {
        // The one regular file of each is the database.
        let indented: String = INSTALLED.lines().map(|l| format!("            {l}\n")).collect();
        let mut out = String::new();
        for line in text.lines() {
            out.push_str(line);
            out.push('\n');
            let is_file = line.trim_start().starts_with("//-")
                && !line.contains("->")
                && !line.contains("=>")
                && !line.trim_end().ends_with('/')
                && !line.contains(".wh.");
            if is_file {
                out.push_str(&indented);
            }
        }
        let inventory = scan(&image(&out));
        assert_eq!(inventory.packages.len(), 1, "{what}: {:?}", inventory.problems);
        assert_eq!(inventory.packages[0].package.name, "musl", "{what}");
        assert_eq!(kinds(&inventory), [ProblemKind::UnknownSystem], "{what}");
    }
}

#[test]
fn one_database_under_two_names_is_listed_once() {
    for (what, text) in [
        (
            "a link to it",
            "
            === layer
            //- /lib -> usr/lib
            //- /usr/lib/apk/db/installed
            P:musl
            V:1.1.22-r3
            ",
        ),
        (
            "a hard link to it",
            "
            === layer
            //- /usr/lib/apk/db/installed
            P:musl
            V:1.1.22-r3
            //- /lib/apk/db/installed => usr/lib/apk/db/installed
            ",
        ),
        (
            "a copy",
            "
            === layer
            //- /usr/lib/apk/db/installed
            P:musl
            V:1.1.22-r3
            === layer
            //- /lib/apk/db/installed
            P:musl
            V:1.1.22-r3
            ",
        ),
    ] {
        assert_eq!(listed(&scan(&image(text))), ["musl 1.1.22-r3 @0"], "{what}");
    }
}

#[test]
fn a_well_known_folder_behind_a_link_is_listed() {
    let inventory = scan(&image(
        "
        === layer
        //- /var/lib/dpkg/status.d -> /opt/status
        //- /opt/status/base
        Package: base-files
        Version: 12
        Architecture: amd64
        //- /opt/status/tz
        Package: tzdata
        Version: 2024a
        Architecture: all
        ",
    ));
    assert_eq!(listed(&inventory), ["base-files 12 @0", "tzdata 2024a @0"]);
    assert_eq!(inventory.packages[0].path, "var/lib/dpkg/status.d/base");
}

#[test]
fn what_is_missing_is_said() {
    let inventory = scan(&image(
        "
        === layer
        //- /bin/static
        x
        === layer foreign=https://example.com/layer
        //- /etc/os-release
        ID=debian
        ",
    ));
    assert_eq!(kinds(&inventory), [ProblemKind::UnknownSystem, ProblemKind::MissingLayer]);
    assert_eq!(inventory.problems[1].layer, Some(1));
    assert_eq!(inventory.layers[1].diff_id, None);
    assert_eq!(inventory.layers.len(), 2);
    let empty = scan(&image(""));
    assert_eq!(kinds(&empty), [ProblemKind::UnknownSystem]);
}

#[test]
fn facts_of_hidden_files_are_told_from_live_ones() {
    let built = image(
        "
        === layer
        //- /etc/os-release
        ID=debian
        //- /usr/lib/os-release
        ID=debian
        === layer
        //- /etc/.wh.os-release
        ",
    );
    let analyzers = AnalyzerSet::all();
    let layers: Vec<_> = built
        .layers()
        .iter()
        .map(|l| Some(Arc::new(crate::walk_bytes(&l.tar, 512, &analyzers))))
        .collect();
    let tree = Tree::new(layers.iter().map(Option::as_deref));
    let extras = Extras::default();
    let placed: Vec<_> = place_facts(&tree, &layers, &extras)
        .iter()
        .map(|p| (p.fact.path.clone(), p.live))
        .collect();
    assert_eq!(
        placed,
        [("etc/os-release".to_owned(), false), ("usr/lib/os-release".to_owned(), true)]
    );
    assert_eq!(tree.find("usr/lib/os-release").unwrap().entry.kind, EntryKind::File);
    assert_eq!(merge(&built.memory().manifest, &layers, &extras).packages.len(), 0);
}

#[test]
fn application_packages_know_who_needs_them_and_where_they_are_from() {
    let image = image(
        r#"
        === layer
        //- /etc/os-release
        ID=debian
        VERSION_ID=12
        //- /usr/local/lib/python3.11/site-packages/requests-2.20.0.dist-info/METADATA
        Name: requests
        Version: 2.20.0
        Requires-Dist: URLLib3 (<1.25)

        //- /usr/local/lib/python3.11/site-packages/urllib3-1.24.1.dist-info/METADATA
        Name: urllib3
        Version: 1.24.1

        //- /usr/local/lib/python3.11/site-packages/urllib3-1.24.1.dist-info/direct_url.json
        {"url": "file:///tmp/urllib3", "dir_info": {}}
        //- /app/node_modules/a/package.json
        {"name": "a", "version": "1.0.0", "dependencies": {"b": "^2"}}
        //- /app/node_modules/a/node_modules/b/package.json
        {"name": "b", "version": "2.0.0"}
        //- /app/package-lock.json
        {"lockfileVersion": 3, "packages": {"node_modules/c": {"version": "3.0.0"}}}
        "#,
    );
    let inventory = scan(&image);
    let told: Vec<_> = inventory
        .packages
        .iter()
        .map(|owned| {
            let app = owned.package.app.as_ref().unwrap();
            (owned.package.name.as_str(), app.is_direct, app.required_by.join(" "))
        })
        .collect();
    let requests = "requests@2.20.0".to_owned();
    assert_eq!(
        told,
        [
            ("a", Some(true), String::new()),
            ("b", None, "a@1.0.0".to_owned()),
            ("c", Some(false), String::new()),
            ("requests", Some(true), String::new()),
            ("urllib3", None, requests),
        ]
    );
    let aside: Vec<_> = inventory.packages.iter().filter(|p| p.set_aside.is_some()).collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].package.name, "c");
    let urllib3 = inventory.packages.last().unwrap();
    assert_eq!(urllib3.package.vendor.as_deref(), Some("folder file:///tmp/urllib3"));
}

#[test]
fn a_nix_store_is_read_by_its_folders() {
    let image = image(
        "
        === layer
        //- /nix/store/0c0n5hwkzgpg1qk9zbxpsdvkdhh2x6wd-openssl-3.0.7/lib/libssl.so
        x
        //- /nix/store/0c0n5hwkzgpg1qk9zbxpsdvkdhh2x6we-openssl-3.0.7-bin/bin/openssl
        x
        //- /nix/store/1c0n5hwkzgpg1qk9zbxpsdvkdhh2x6wd-bash-5.1/bin/bash
        x
        === layer
        //- /nix/store/.wh.1c0n5hwkzgpg1qk9zbxpsdvkdhh2x6wd-bash-5.1
        ",
    );
    assert_eq!(listed(&scan(&image)), ["openssl 3.0.7 @0"]);
}
