//! Programs built by the Go toolchain of this machine, compared with what `go version -m` says of them. They
//! pass with a notice where there is no toolchain, or where it cannot fetch the modules.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use plimsoll_ecosystems::lang::go::parse_program;
use plimsoll_model::{Confidence, Package};
use tempfile::TempDir;

const MAIN: &str = r#"package main

import (
	"fmt"
	"os"
	"strings"

	"example.org/local"
	"golang.org/x/net/html"
)

var version = "none"

func main() {
	node, err := html.Parse(strings.NewReader("<p>"))
	fmt.Println(node, err, local.Shift(len(os.Args)), version)
}
"#;

/// A folder with the project, its modules fetched; `None` where that is not possible.
fn project() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("local")).unwrap();
    write("main.go", MAIN);
    write("local/local.go", "package local\n\nfunc Shift(n int) int { return n ^ 0x5a5a }\n");
    write("local/go.mod", "module example.org/local\n\ngo 1.20\n");
    write(
        "go.mod",
        "module example.org/app\n\ngo 1.20\n\nrequire (\n\texample.org/local v1.0.0\n\tgolang.org/x/net v0.1.0\n)\n\n\
         replace example.org/local => ./local\n",
    );
    let tidy = go(folder.path(), &["mod", "tidy"], &[]);
    if !tidy.is_ok_and(|fetched| fetched) {
        println!("skipped: there is no Go toolchain, or it cannot fetch modules");
        return None;
    }
    Some(folder)
}

fn go(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> std::io::Result<bool> {
    let status = Command::new("go")
        .args(arguments)
        .current_dir(folder)
        .env("GOFLAGS", "-mod=mod -buildvcs=false")
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "0")
        .envs(environment.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}

/// Path and version of the modules that `go version -m` lists, replaced ones by what replaces them.
fn told(program: &Path) -> Vec<(String, String)> {
    let output = Command::new("go").args(["version", "-m"]).arg(program).output().unwrap();
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            ["", "mod" | "dep", path, version, ..] => rows.push((path.into(), version.into())),
            ["", "=>", path, version, ..] => {
                let last = rows.last_mut().unwrap();
                if !version.is_empty() && version != "(devel)" {
                    last.0 = path.into();
                }
                last.1 = version.into();
            }
            _ => {}
        }
    }
    rows
}

fn packages(program: &Path) -> Vec<Package> {
    let (packages, problems) = parse_program(&fs::read(program).unwrap()).unwrap().into_parts();
    assert_eq!(problems, []);
    packages
}

#[track_caller]
fn check(program: &Path) -> Vec<Package> {
    let packages = packages(program);
    let modules: Vec<_> = packages
        .iter()
        .filter(|p| p.name != "stdlib")
        .map(|p| (p.name.clone(), p.version.clone()))
        .collect();
    assert_eq!(modules, told(program));
    let version = Command::new("go").args(["env", "GOVERSION"]).output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let library = packages.iter().find(|p| p.name == "stdlib").unwrap();
    assert!(version.trim().starts_with(&format!("go{}", library.version)), "{version}");

    let symbols = |name: &str| {
        let package = packages.iter().find(|p| p.name == name).unwrap();
        package.app.as_ref().unwrap().symbols.as_ref().unwrap()
    };
    let net = symbols("golang.org/x/net");
    assert!(net.may_hold("golang.org/x/net/html.Parse"));
    assert!(net.may_hold("golang.org/x/net/html.Tokenizer.Next"));
    assert!(net.may_hold("golang.org/x/net/html"));
    assert!(!net.may_hold("golang.org/x/net/html.ParseFragment"));
    assert!(!net.may_hold("golang.org/x/net/http2"));
    let library = symbols("stdlib");
    assert!(library.may_hold("fmt.Fprintln") && library.may_hold("strings.Reader.Read"));
    assert!(!library.may_hold("net/http.Get"));
    // Inlined, and named all the same.
    assert!(symbols("example.org/local").may_hold("example.org/local.Shift"));
    packages
}

#[test]
fn programs_say_what_the_toolchain_says_of_them() {
    let Some(folder) = project() else { return };
    let program = folder.path().join("app");
    let windows = [("GOOS", "windows"), ("GOARCH", "amd64")];
    let mac = [("GOOS", "darwin"), ("GOARCH", "amd64")];
    for (flags, environment) in [
        (&[][..], &[][..]),
        (&["-trimpath", "-ldflags=-s -w"], &[]),
        (&["-ldflags=-s -w"], &windows),
        (&[], &mac),
    ] {
        let arguments = [&["build", "-o", "app"], flags, &["."]].concat();
        if !go(folder.path(), &arguments, environment).unwrap() {
            println!("skipped: cannot build with {flags:?} for {environment:?}");
            continue;
        }
        let packages = check(&program);
        assert_eq!(packages[0].version, "(devel)");
    }
}

#[test]
fn the_linker_says_the_version_of_the_main_module() {
    let Some(folder) = project() else { return };
    let program = folder.path().join("app");
    let flags = "-ldflags=-s -w -X main.version=1.2.3";
    assert!(go(folder.path(), &["build", "-o", "app", flags, "."], &[]).unwrap());
    let packages = packages(&program);
    assert_eq!((&packages[0].name[..], &packages[0].version[..]), ("example.org/app", "v1.2.3"));
    assert_eq!(packages[0].app.as_ref().unwrap().confidence, Confidence::Medium);

    // Cut or overwritten anywhere, it is read as far as possible or not at all.
    let bytes = fs::read(&program).unwrap();
    for part in 1..40 {
        let at = bytes.len() * part / 40;
        let _ = parse_program(&bytes[..at]);
        let mut broken = bytes.clone();
        for byte in &mut broken[at..][..64.min(bytes.len() - at)] {
            *byte = 0xff;
        }
        let _ = parse_program(&broken);
    }
    // Without its section table, as some strippers leave it.
    let mut stripped = bytes;
    stripped[40..48].fill(0);
    stripped[58..64].fill(0);
    let (packages, _) = parse_program(&stripped).unwrap().into_parts();
    assert_eq!(packages[0].version, "v1.2.3");
}
