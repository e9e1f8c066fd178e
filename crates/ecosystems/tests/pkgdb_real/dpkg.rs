use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_ecosystems::pkgdb::Collector;
use plimsoll_ecosystems::pkgdb::dpkg::{parse_copyright, parse_list, parse_status};
use plimsoll_model::PackageState;

use crate::{assert_same_lines, has, roots, run, sorted_folder, text};

/// The system that the tests run on, where it is a Debian, and the root filesystems.
fn systems() -> Vec<PathBuf> {
    let mut all = vec![PathBuf::from("/")];
    all.extend(roots());
    all.retain(|root| root.join("var/lib/dpkg/status").exists());
    all
}

fn dpkg_query(root: &Path) -> Command {
    let mut command = Command::new("dpkg-query");
    command.arg(format!("--admindir={}", root.join("var/lib/dpkg").display()));
    command
}

#[test]
fn packages_agree_with_dpkg_query() {
    if !has("dpkg-query") {
        return;
    }
    for root in systems() {
        let bytes = std::fs::read(root.join("var/lib/dpkg/status")).unwrap();
        let (packages, problems) = parse_status(&bytes).into_parts();
        assert_eq!(problems, []);
        let ours = packages
            .iter()
            .map(|p| {
                let state = if p.state == PackageState::Partial { "partial" } else { "installed" };
                format!(
                    "{}|{}|{}|{}|{}|{state}|{}",
                    p.name,
                    p.version,
                    p.arch.as_deref().unwrap_or_default(),
                    p.source_name(),
                    p.source_version(),
                    p.vendor.as_deref().unwrap_or_default()
                )
            })
            .collect();
        let format = "${Package}|${Version}|${Architecture}|${source:Package}|${source:Version}|\
                      ${db:Status-Status}|${Origin}|${Maintainer}\\n";
        let theirs = text(run(dpkg_query(&root).args(["-W", "-f", format])))
            .lines()
            .filter_map(|line| {
                let mut parts: Vec<&str> = line.splitn(8, '|').collect();
                parts[5] = match parts[5] {
                    "config-files" | "not-installed" => return None,
                    "installed" => "installed",
                    _ => "partial",
                };
                let vendor = parts.pop().unwrap();
                if parts[6].is_empty() {
                    parts[6] = vendor;
                }
                Some(parts.join("|"))
            })
            .collect();
        assert_same_lines(&root.display().to_string(), ours, theirs);
    }
}

#[test]
fn dependencies_agree_with_dpkg_query() {
    if !has("dpkg-query") {
        return;
    }
    for root in systems() {
        let bytes = std::fs::read(root.join("var/lib/dpkg/status")).unwrap();
        let (packages, _) = parse_status(&bytes).into_parts();
        let ours = packages.iter().map(|p| format!("{}|{}", p.name, p.depends.join(" "))).collect();
        let format = "${Package}|${db:Status-Status}|${Pre-Depends}, ${Depends}\\n";
        let theirs = text(run(dpkg_query(&root).args(["-W", "-f", format])))
            .lines()
            .filter_map(|line| {
                let mut parts = line.splitn(3, '|');
                let (name, state, depends) = (parts.next()?, parts.next()?, parts.next()?);
                let names: Vec<&str> = depends
                    .split(',')
                    .filter_map(|item| item.split_whitespace().next())
                    .map(|name| name.split(':').next().unwrap())
                    .collect();
                (state != "config-files").then(|| format!("{name}|{}", names.join(" ")))
            })
            .collect();
        assert_same_lines(&format!("{}: needs", root.display()), ours, theirs);
    }
}

/// Every path of every list is a file, a link or an empty directory, and no file is missing.
#[test]
fn file_lists_hold_the_files() {
    for root in systems() {
        let (mut files, mut folders, mut lists) = (0, 0, 0);
        for path in sorted_folder(&root.join("var/lib/dpkg/info")) {
            if path.extension().is_none_or(|extension| extension != "list") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let mut collector = Collector::default();
            let ours = parse_list(&bytes, &mut collector);
            assert_eq!(collector.problems(), []);
            let kept: BTreeSet<&str> = ours.iter().map(String::as_str).collect();
            lists += 1;
            for line in text(bytes).lines() {
                let name = line.trim_start_matches('/');
                // `/lib` may be a link to `/usr/lib` by now.
                let is_folder = root.join(name).is_dir();
                if kept.contains(name) {
                    files += 1;
                    folders += usize::from(is_folder);
                } else {
                    let absent = !root.join(name).exists();
                    assert!(is_folder || absent || name == ".", "{}: {name}", path.display());
                }
            }
        }
        assert!(lists > 50 && files > 1000, "{lists} lists, {files} files");
        assert!(folders * 10 < files, "{folders} directories among {files} files");
    }
}

/// Most packages name their licences in one of the two ways that are understood.
#[test]
fn licences_are_found_in_most_packages() {
    for root in systems() {
        let (mut found, mut all) = (0, 0);
        for folder in sorted_folder(&root.join("usr/share/doc")) {
            if let Ok(bytes) = std::fs::read(folder.join("copyright")) {
                all += 1;
                found += usize::from(!parse_copyright(&bytes).is_empty());
            }
        }
        println!("{}: {found} of {all} packages name a licence", root.display());
        assert!(found * 2 > all, "{found} of {all}");
    }
}
