//! Applications in an image: a jar in a jar, and a program of Go with a stale module.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::{
    fs,
    io::{Cursor, Write as _},
    process::{Command, Stdio},
};

use plimsoll_model::{Inventory, OwnedPackage, PackageEvidence, SetAside};
use plimsoll_scan::{AnalyzerSet, Checks, ScanOptions, scan_image};
use plimsoll_testkit::{Entry, ImageFixture, Layer};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const OS: &str = "=== layer\n//- /etc/os-release\nID=debian\nVERSION_ID=\"12\"\n";

fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // Spring Boot stores what it nests, so that its class loader can read it in place.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn scan(layers: Vec<Layer>) -> Inventory {
    let fixture = ImageFixture::parse(OS);
    let fixture = layers.into_iter().fold(fixture, ImageFixture::layer);
    let image = fixture.build().memory();
    let analyzers = AnalyzerSet::of(Checks::vulnerabilities());
    scan_image(&image, &analyzers, &ScanOptions::default()).unwrap()
}

fn one<'a>(inventory: &'a Inventory, name: &str) -> &'a OwnedPackage {
    let mut all = inventory.packages.iter().filter(|owned| owned.package.name == name);
    let found = all.next().unwrap();
    assert!(all.next().is_none(), "{name} is there twice");
    found
}

#[test]
fn a_library_in_a_jar_is_found_with_its_place() {
    let properties = b"groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n";
    let log4j =
        jar(&[("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", properties)]);
    let boot = jar(&[
        ("META-INF/MANIFEST.MF", b"Implementation-Title: app\nImplementation-Version: 1.0.0\n"),
        ("BOOT-INF/lib/log4j-core-2.14.1.jar", &log4j),
    ]);
    let lock = "org.yaml:snakeyaml:1.26=runtimeClasspath\n";
    let inventory = scan(vec![
        Layer::of([Entry::file("srv/app.jar", boot), Entry::file("src/gradle.lockfile", lock)]),
        Layer::of([Entry::file("srv/other.txt", "x")]),
    ]);
    assert_eq!(inventory.problems, []);
    let found = one(&inventory, "org.apache.logging.log4j:log4j-core");
    let app = found.package.app.as_ref().unwrap();
    assert_eq!((found.path.as_str(), found.layer), ("srv/app.jar", 1));
    assert_eq!(found.package.version, "2.14.1");
    assert_eq!(app.inside, "BOOT-INF/lib/log4j-core-2.14.1.jar");
    assert_eq!((app.evidence, &found.set_aside), (PackageEvidence::Installed, &None));
    let locked = one(&inventory, "org.yaml:snakeyaml");
    assert_eq!(locked.set_aside, Some(SetAside::NotInstalled));

    // A layer that replaces the archive hides what was in it.
    let boot = jar(&[("META-INF/MANIFEST.MF", b"Implementation-Version: 2\n")]);
    let nested = jar(&[("lib/log4j-core-2.14.1.jar", &log4j)]);
    let inventory = scan(vec![
        Layer::of([Entry::file("srv/app.jar", nested)]),
        Layer::of([Entry::file("srv/app.jar", boot)]),
    ]);
    assert!(inventory.packages.iter().all(|owned| !owned.package.name.contains("log4j")));
}

/// An archive that is too large to be held is read as a stream, and one that the layer lacks the end of is said.
#[test]
fn a_large_jar_is_read_from_front_to_back() {
    let properties = b"groupId=g\nartifactId=lib\nversion=1.1\n";
    let lib = jar(&[("META-INF/maven/g/lib/pom.properties", properties)]);
    let ballast = vec![7u8; 40 << 20];
    let large = jar(&[
        ("BOOT-INF/classes/model.bin", &ballast),
        ("BOOT-INF/lib/lib-1.1.jar", &lib),
        ("META-INF/MANIFEST.MF", b"Implementation-Title: large\nImplementation-Version: 3\n"),
    ]);
    let len = large.len();
    let inventory = scan(vec![Layer::of([
        Entry::file("srv/large.jar", large.clone()),
        Entry::file("srv/cut.jar", &large[..len / 2 + (16 << 20)]),
        Entry::file("srv/lib.jar", lib),
    ])]);
    let places: Vec<_> = inventory
        .packages
        .iter()
        .map(|owned| {
            let inside = owned.package.app.as_ref().unwrap().inside.as_str();
            (owned.package.name.as_str(), owned.path.as_str(), inside)
        })
        .collect();
    assert_eq!(
        places,
        [
            ("g:lib", "srv/large.jar", "BOOT-INF/lib/lib-1.1.jar"),
            ("g:lib", "srv/lib.jar", ""),
            ("large", "srv/large.jar", ""),
        ]
    );
    let problems: Vec<_> = inventory.problems.iter().map(|p| p.path.as_deref()).collect();
    assert_eq!(problems, [Some("srv/cut.jar")]);
}

/// A program with `golang.org/x/net` v0.1.0; `None` where it cannot be built.
fn program() -> Option<Vec<u8>> {
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("go.mod", "module example.org/app\n\ngo 1.20\n\nrequire golang.org/x/net v0.1.0\n");
    write(
        "main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\t\"golang.org/x/net/idna\"\n)\n\n\
         func main() { fmt.Println(idna.ToASCII(\"x\")) }\n",
    );
    for arguments in [&["mod", "tidy"][..], &["build", "-ldflags=-s -w", "-o", "app", "."]] {
        let done = Command::new("go")
            .args(arguments)
            .current_dir(folder.path())
            .env("GOFLAGS", "-mod=mod -buildvcs=false")
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !done.is_ok_and(|status| status.success()) {
            println!("skipped: there is no Go toolchain, or it cannot fetch modules");
            return None;
        }
    }
    Some(fs::read(folder.path().join("app")).unwrap())
}

#[test]
fn a_program_of_go_says_its_modules() {
    let Some(program) = program() else { return };
    let inventory = scan(vec![Layer::of([Entry::file("usr/local/bin/app", program)])]);
    assert_eq!(inventory.problems, []);
    let net = one(&inventory, "golang.org/x/net");
    let app = net.package.app.as_ref().unwrap();
    assert_eq!(net.path, "usr/local/bin/app");
    assert_eq!(net.package.version, "v0.1.0");
    assert_eq!((app.evidence, app.inside.as_str()), (PackageEvidence::BuildInfo, ""));
    let symbols = app.symbols.as_ref().unwrap();
    assert!(symbols.may_hold("golang.org/x/net/idna.ToASCII"));
    assert!(!symbols.may_hold("golang.org/x/net/html.Parse"));
    assert!(one(&inventory, "stdlib").package.version.starts_with("1."));
}
