use std::path::Path;
use std::process::Command;

use plimsoll_ecosystems::pkgdb::apk::parse_installed;
use plimsoll_model::Package;

use crate::{assert_same_lines, data, has, is_root, run, scratch, sorted_folder, text};

/// `apk info` in the root folder itself.
fn info(root: &Path, arguments: &[&str]) -> String {
    let mut said =
        text(run(Command::new("chroot").arg(root).args(["/sbin/apk", "info"]).args(arguments)));
    // Old versions warn on standard output that they have no repository index.
    while said.starts_with("WARNING: ") {
        said = said.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_owned());
    }
    said
}

/// The blocks of `apk info -X`: `NAME-VERSION TITLE:` and then lines up to an empty one.
fn blocks(output: &str, title: &str) -> Vec<String> {
    let mut package = "";
    let mut out = Vec::new();
    for line in output.lines() {
        if let Some(start) = line.strip_suffix(title) {
            package = start;
        } else if !line.is_empty() {
            out.push(format!("{package}|{line}"));
        }
    }
    out
}

fn lines(packages: &[Package], of: impl Fn(&Package) -> &Vec<String>) -> Vec<String> {
    packages
        .iter()
        .flat_map(|p| of(p).iter().map(move |item| format!("{}-{}|{item}", p.name, p.version)))
        .collect()
}

#[test]
fn real_alpine_systems_agree_with_apk() {
    let Some(images) = data("images") else { return };
    if !has("tar") || !is_root() {
        return;
    }
    let mut systems = 0;
    for archive in sorted_folder(&images) {
        let name = archive.file_name().unwrap().to_str().unwrap();
        if !name.contains("rootfs") {
            continue;
        }
        systems += 1;
        let root = scratch(name);
        run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&root));
        let bytes = std::fs::read(root.join("lib/apk/db/installed")).unwrap();
        let (packages, problems) = parse_installed(&bytes).into_parts();
        assert_eq!(problems, []);

        let ours = packages.iter().map(|p| format!("{}-{}", p.name, p.version)).collect();
        let theirs = info(&root, &["-v"]).lines().map(str::to_owned).collect();
        assert_same_lines(name, ours, theirs);

        let names: Vec<&str> = packages.iter().map(|p| p.name.as_str()).collect();
        let ask = |option: &'static str| info(&root, &[&[option], &names[..]].concat());
        let theirs = blocks(&ask("-L"), " contains:");
        assert_same_lines(&format!("{name}: files"), lines(&packages, |p| &p.files), theirs);

        // Conflicts are no dependencies; conditions are not kept.
        let theirs = blocks(&ask("-R"), " depends on:")
            .into_iter()
            .filter(|line| !line.contains("|!"))
            .map(|line| {
                let (package, need) = line.split_once('|').unwrap();
                let end = need.find(['<', '>', '=', '~']).unwrap_or(need.len());
                format!("{package}|{}", &need[..end])
            })
            .collect();
        assert_same_lines(&format!("{name}: needs"), lines(&packages, |p| &p.depends), theirs);

        // apk-tools before 2.12 cannot print licences.
        let version: Vec<u32> =
            name.split(['-', '.']).filter_map(|part| part.parse().ok()).collect();
        if version[..2] >= [3, 12][..] {
            let theirs = blocks(&ask("--license"), " license:");
            assert_same_lines(
                &format!("{name}: licences"),
                lines(&packages, |p| &p.licenses),
                theirs,
            );
        }
        // Records before 2.7 or so name no origin; in all others it is there.
        if version[0] >= 3 {
            assert!(packages.iter().all(|p| p.source.is_some()), "{name}");
        }
    }
    assert!(systems >= 11, "{systems} root filesystems were found");
}
