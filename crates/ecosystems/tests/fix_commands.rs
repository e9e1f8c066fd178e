//! Fix commands run by the package managers themselves, against a small repository made on the spot: they
//! must raise the package to the version asked for, and fail where the repository has it not.
//!
//! Each test is skipped, with a printed reason, where its tools are missing. apk runs in Alpine roots out of
//! the folder of real data that `PLIMSOLL_TEST_DATA` names.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use jiff::civil::date;
use plimsoll_ecosystems::{
    distros::{SystemFile, detect},
    fix,
};
use plimsoll_model::{
    AffectedBinary, Finding, FindingStatus, Fix, FixKind, FixState, PackageKind, RiskKind, Severity,
};

/// The commands that raise the package `plim-foo` from `from` to `to`.
fn commands(os_release: &str, kind: PackageKind, arch: &str, from: &str, to: &str) -> Vec<String> {
    let os = detect(&[SystemFile { path: "etc/os-release", text: os_release, deleted: false }]);
    let package = AffectedBinary {
        name: "plim-foo".into(),
        version: from.into(),
        arch: Some(arch.into()),
        kind,
        purl: String::new(),
        fixed_version: Some(to.into()),
        layer: 0,
        path: String::new(),
        held: false,
        application: None,
    };
    let finding = Finding {
        kind: RiskKind::SystemVulnerability,
        id: "CVE-1".into(),
        aliases: Vec::new(),
        advisories: Vec::new(),
        severity: Severity::High,
        severity_source: String::new(),
        urgency: None,
        title: String::new(),
        description: None,
        ratings: Vec::new(),
        cvss_score: None,
        cwes: Vec::new(),
        impact: Vec::new(),
        published: None,
        kev: None,
        epss: None,
        package: Some("plim-foo".into()),
        installed_version: Some(from.into()),
        fixed_version: Some(to.into()),
        latest_fixed_version: None,
        fix_state: Some(FixState::Fixed),
        fix_channel: None,
        packages: vec![package],
        path: None,
        layer: None,
        evidence: Vec::new(),
        detection: None,
        fix: Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() },
        references: Vec::new(),
        status: FindingStatus::Open,
        suppression: None,
    };
    let fix = fix::finding_fix(os.as_ref(), &finding, date(2026, 1, 1));
    assert_eq!(fix.kind, FixKind::Commands, "{}", fix.advice);
    fix.commands
}

fn sh(script: &str, dir: &Path) -> Output {
    Command::new("sh").args(["-ec", script]).current_dir(dir).output().unwrap()
}

#[track_caller]
fn run(script: &str, dir: &Path) -> String {
    let out = sh(script, dir);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{script}\n{text}\n{}", String::from_utf8_lossy(&out.stderr));
    text
}

/// Whether all `tools` are installed; prints which one is not.
fn have(tools: &[&str]) -> bool {
    for tool in tools {
        if !sh(&format!("command -v {tool}"), Path::new("/")).status.success() {
            println!("skipped: {tool} is not installed");
            return false;
        }
    }
    true
}

#[test]
fn apt_takes_the_version() {
    if !have(&["apt-get", "dpkg-deb", "dpkg-scanpackages"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let control = |version: &str| {
        format!(
            "Package: plim-foo\nVersion: {version}\nArchitecture: amd64\nMaintainer: x <x@x>\nDescription: x\n"
        )
    };
    fs::create_dir_all(at.join("repo")).unwrap();
    for (i, version) in ["1:1.0-2~deb12u1", "1:1.0-3"].iter().enumerate() {
        let build = at.join(format!("b{i}/DEBIAN"));
        fs::create_dir_all(&build).unwrap();
        fs::write(build.join("control"), control(version)).unwrap();
        run(&format!("dpkg-deb -b b{i} repo/{i}.deb"), at);
    }
    run("cd repo && dpkg-scanpackages -m . > Packages", at);
    run("mkdir -p state/lists/partial cache/archives/partial etc/apt.conf.d", at);
    let installed = control("1:1.0-1").replace("Version", "Status: install ok installed\nVersion");
    fs::write(at.join("status"), format!("{installed}\n")).unwrap();
    let here = at.display();
    fs::write(at.join("etc/sources.list"), format!("deb [trusted=yes] file:{here}/repo ./\n"))
        .unwrap();
    let apt = format!(
        "apt-get -o Dir::State={here}/state -o Dir::State::status={here}/status -o Dir::Cache={here}/cache \
         -o Dir::Etc={here}/etc -o Debug::NoLocking=1 -o APT::Architecture=amd64 -o APT::Sandbox::User=root"
    );
    let simulate = |to: &str| {
        let commands =
            commands("ID=debian\nVERSION_ID=12", PackageKind::Deb, "amd64", "1:1.0-1", to);
        let script = commands.join(" && ").replace("apt-get update", &format!("{apt} update"));
        sh(&script.replace("apt-get install", &format!("{apt} -s install")), at)
    };
    let out = simulate("1:1.0-2~deb12u1");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        text.contains("Inst plim-foo [1:1.0-1] (1:1.0-2~deb12u1"),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(!simulate("1:1.0-9").status.success(), "a version that is not there must fail");
}

/// A repository of `plim-foo` 1:1.0-1 to 1:1.0-3, and a root in which the first is installed.
fn rpm_repository() -> Option<tempfile::TempDir> {
    if !have(&["rpm", "rpmbuild", "createrepo_c"]) {
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    for release in 1..=3 {
        let spec = format!(
            "Name: plim-foo\nEpoch: 1\nVersion: 1.0\nRelease: {release}\nSummary: x\nLicense: x\n\
             BuildArch: noarch\n%description\nx\n%files\n"
        );
        fs::write(dir.path().join("foo.spec"), spec).unwrap();
        run("rpmbuild -bb --define \"_topdir $PWD/top\" foo.spec", dir.path());
    }
    run("createrepo_c -q top/RPMS/noarch", dir.path());
    Some(dir)
}

fn install_first(dir: &Path) {
    run(
        "rm -rf root && mkdir root && rpm --root $PWD/root -i --nodeps top/RPMS/noarch/plim-foo-1.0-1.noarch.rpm",
        dir,
    );
}

fn installed_rpm(dir: &Path) -> String {
    run("rpm --root $PWD/root -q plim-foo", dir).trim().to_owned()
}

#[test]
fn dnf_takes_the_nevra() {
    let Some(dir) = rpm_repository().filter(|_| have(&["dnf"])) else { return };
    let at = dir.path();
    let upgrade = |to: &str| {
        install_first(at);
        let commands =
            commands("ID=rocky\nVERSION_ID=9.4", PackageKind::Rpm, "noarch", "1:1.0-1", to);
        let here = at.display();
        let dnf = format!(
            "dnf -q --installroot={here}/root --setopt=reposdir=/nonexistent --setopt=cachedir={here}/cache \
             --repofrompath=t,{here}/top/RPMS/noarch --nogpgcheck --releasever=1 "
        );
        sh(&commands.join(" && ").replacen("dnf ", &dnf, 1), at)
    };
    let out = upgrade("1:1.0-2");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(installed_rpm(at), "plim-foo-1.0-2.noarch");
    assert!(!upgrade("1:1.0-9").status.success(), "a version that is not there must fail");
}

#[test]
fn zypper_takes_at_least_the_version() {
    let Some(dir) = rpm_repository().filter(|_| have(&["zypper"])) else { return };
    let at = dir.path();
    let upgrade = |to: &str| {
        install_first(at);
        let zypper = format!("zypper --root {}/root ", at.display());
        run(
            &format!(
                "{zypper} --non-interactive addrepo --no-gpgcheck {}/top/RPMS/noarch t",
                at.display()
            ),
            at,
        );
        let commands =
            commands("ID=sles\nVERSION_ID=15.6", PackageKind::Rpm, "noarch", "1:1.0-1", to);
        sh(&commands.join(" && ").replace("zypper ", &zypper), at)
    };
    let out = upgrade("1:1.0-2");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    assert_eq!(installed_rpm(at), "plim-foo-1.0-3.noarch");
    assert!(!upgrade("1:1.0-9").status.success(), "a version that is not there must fail");
}

/// An apk package is two gzipped tars behind each other; the first, without an end, describes it.
const MAKE_APK: &str = r#"
    version=$1; out=$2
    rm -rf apk && mkdir -p apk/data/usr/share
    echo "$version" > apk/data/usr/share/plim-foo
    (cd apk/data && tar --format=ustar --owner=0 --group=0 -cf - usr) | gzip -n > apk/data.gz
    {
        echo "pkgname = plim-foo"; echo "pkgver = $version"; echo "pkgdesc = x"; echo "url = x"
        echo "builddate = 1"; echo "size = 10"; echo "arch = x86_64"; echo "license = x"
        echo "datahash = $(sha256sum apk/data.gz | cut -d' ' -f1)"
    } > apk/.PKGINFO
    (cd apk && tar --format=ustar --owner=0 --group=0 -cf - .PKGINFO | head -c 1024) | gzip -n > apk/control.gz
    cat apk/control.gz apk/data.gz > "$out/plim-foo-$version.apk"
"#;

#[test]
fn apk_raises_the_version_and_leaves_world_alone() {
    let Some(data) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        return println!("skipped: PLIMSOLL_TEST_DATA is unset");
    };
    for (archive, release) in [
        ("alpine-rootfs-2.7.9-x86_64.tar.gz", "2.7.9"),
        ("alpine-rootfs-3.4.6-x86_64.tar.xz", "3.4.6"),
        ("alpine-rootfs-3.9.0-x86_64.tar.xz", "3.9.0"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let root: PathBuf = dir.path().join("root");
        fs::create_dir_all(root.join("repo/x86_64")).unwrap();
        let archive = Path::new(&data).join("images").join(archive);
        let unpack = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&root).output();
        let chroot = Command::new("chroot").arg(&root).args(["/bin/sh", "-c", "true"]).output();
        if !unpack.is_ok_and(|o| o.status.success()) || !chroot.is_ok_and(|o| o.status.success()) {
            return println!(
                "skipped: chroot into an Alpine root needs its archive, x86_64 and root"
            );
        }
        fs::write(dir.path().join("make"), MAKE_APK).unwrap();
        for version in ["1.0-r0", "1.1-r0"] {
            run(&format!("sh -e make {version} root/repo/x86_64"), dir.path());
        }
        fs::write(root.join("etc/apk/repositories"), "/repo\n").unwrap();
        let inside = |script: &str| {
            fs::write(root.join("script"), script).unwrap();
            Command::new("chroot").arg(&root).args(["/bin/sh", "-e", "/script"]).output().unwrap()
        };
        inside("cd /repo/x86_64 && apk index --allow-untrusted -o APKINDEX.tar.gz *.apk");
        inside("apk add --allow-untrusted --update-cache 'plim-foo=1.0-r0'");
        // As if an image had it as a dependency: installed, at the old version, without a bound.
        let world = fs::read_to_string(root.join("etc/apk/world"))
            .unwrap()
            .replace("plim-foo=1.0-r0", "plim-foo");
        fs::write(root.join("etc/apk/world"), &world).unwrap();
        let upgrade = |to: &str| {
            let os = format!("ID=alpine\nVERSION_ID={release}");
            let commands = commands(&os, PackageKind::Apk, "x86_64", "1.0-r0", to);
            inside(&commands.join(" && ").replace("apk ", "apk --allow-untrusted "))
        };
        let content = || fs::read_to_string(root.join("usr/share/plim-foo")).unwrap();
        assert_eq!(content(), "1.0-r0\n", "{release}");
        assert!(!upgrade("1.2-r0").status.success(), "a version that is not there must fail");
        let out = upgrade("1.1-r0");
        assert!(out.status.success(), "{release}: {}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(content(), "1.1-r0\n", "{release}");
        assert_eq!(fs::read_to_string(root.join("etc/apk/world")).unwrap(), world, "{release}");
    }
}
