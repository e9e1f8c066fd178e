//! `cargo xtask prove-apps`: real packages of the public registries, installed by their own tools into folders, and
//! the test that scans them. Too slow for CI, and it needs the registries. A registry that cannot be reached costs
//! its own part, which is said; the test then skips that part too.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    maven,
    process::{cargo, execute, has, root},
};

/// Old releases with advisories; `bottle` and `httplib2` are source distributions.
const PYTHON: &[&str] = &[
    "urllib3==1.24.1",
    "Jinja2==2.10",
    "requests==2.19.1",
    "Django==2.2",
    "Flask==0.12.2",
    "Werkzeug==0.15.0",
    "sqlparse==0.2.4",
    "idna==2.7",
    "certifi==2018.4.16",
    "PyJWT==1.5.0",
    "paramiko==2.4.0",
    "rsa==4.0",
    "bottle==0.12.18",
    "httplib2==0.17.4",
];

/// With everything that they bring along.
const NODE: &[&str] = &[
    "lodash@4.17.15",
    "minimist@1.2.0",
    "express@4.16.0",
    "marked@0.3.6",
    "protobufjs@6.8.5",
    "handlebars@4.0.11",
    "serialize-javascript@1.7.0",
    "ejs@2.5.5",
    "moment@2.19.0",
    "ws@1.1.0",
    "tar@2.2.1",
    "@hapi/hoek@8.2.0",
];

const JAVA: &str = "\
com.fasterxml.jackson.core:jackson-databind 2.9.8
com.google.guava:guava 31.0-jre 32.0.0-jre
com.h2database:h2 1.4.200
commons-collections:commons-collections 3.1
org.apache.commons:commons-text 1.9
org.apache.logging.log4j:log4j-api 2.14.1
org.apache.logging.log4j:log4j-core 2.14.1
org.springframework:spring-beans 5.3.9
org.springframework:spring-core 5.3.9
org.yaml:snakeyaml 1.26
";

const GO_MAIN: &str = r#"package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/http2"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v2"
)

func main() {
	node, err := html.Parse(strings.NewReader("<p>"))
	tag, _ := language.Parse(os.Args[0])
	var value any
	fmt.Println(node, err, tag, yaml.Unmarshal([]byte(os.Args[0]), &value), value)
	server := &http.Server{}
	fmt.Println(http2.ConfigureServer(server, nil), server.ListenAndServe())
}
"#;

const GO_MOD: &str = "module example.org/app

go 1.20

require (
	golang.org/x/net v0.1.0
	golang.org/x/text v0.3.7
	gopkg.in/yaml.v2 v2.2.2
)
";

const RUST_MANIFEST: &str = r#"[package]
name = "old-crates"
version = "1.0.0"
edition = "2021"

[dependencies]
bumpalo = "=3.9.1"
chrono = "=0.4.19"
crossbeam-utils = "=0.6.6"
generic-array = "=0.12.3"
idna = "=0.5.0"
smallvec = "=1.6.0"
time = "=0.1.43"

[workspace]
"#;

const RUST_MAIN: &str = "fn main() {
    let v: smallvec::SmallVec<[u8; 4]> = std::env::args().map(|a| a.len() as u8).collect();
    let cell = crossbeam_utils::atomic::AtomicCell::new(v.len());
    let bytes: generic_array::GenericArray<u8, generic_array::typenum::U4> = Default::default();
    let bump = bumpalo::Bump::new();
    println!(\"{:?} {:?} {:?}\", v, bytes, bump.alloc(cell.load()));
    println!(\"{:?} {:?} {:?}\", time::now(), chrono::Utc::now(), idna::domain_to_ascii(\"a\"));
}
";

/// Gems of Debian's packages, unpacked without the package database: the gem's own metadata is all that tells.
const RUBY: &[&str] = &["ruby-rack", "ruby-activesupport", "ruby-addressable", "ruby-sinatra"];

/// Makes what is not there yet and runs the test.
pub(crate) fn run() -> Result<()> {
    let apps = root().join("target/prove-apps");
    type Part = (&'static str, fn(&Path) -> Result<()>);
    let parts: [Part; 6] = [
        ("python", python),
        ("node", node),
        ("java", java),
        ("go", go),
        ("rust", rust),
        ("ruby", ruby),
    ];
    let mut made = 0;
    for (name, make) in parts {
        let (folder, work) = (apps.join(name), apps.join(format!("{name}.part")));
        if !folder.is_dir() {
            let _ = fs::remove_dir_all(&work);
            fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
            if let Err(error) = make(&work) {
                eprintln!("prove-apps: left out {name}: {error:#}");
                continue;
            }
            fs::rename(&work, &folder).with_context(|| format!("cannot move {name}"))?;
        }
        made += 1;
    }
    if made == 0 {
        bail!("no registry could be reached");
    }
    execute(
        cargo()
            .args(["test", "--locked", "--package", "plimsoll", "--test", "apps_real"])
            .args(["--", "--nocapture"])
            .env("PLIMSOLL_TEST_APPS", &apps),
    )
}

fn python(root: &Path) -> Result<()> {
    let packages = root.join("usr/local/lib/python3.11/site-packages");
    execute(
        Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"])
            .arg(&packages)
            .args(PYTHON),
    )
}

fn node(root: &Path) -> Result<()> {
    let app = root.join("srv/app");
    write(&app.join("package.json"), "{\"name\": \"app\", \"private\": true}\n")?;
    execute(
        Command::new("npm")
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .args(NODE)
            .current_dir(&app),
    )
}

/// Only the jars: the test packs them into one another.
fn java(root: &Path) -> Result<()> {
    maven::fetch(&maven::list(JAVA)?, root)?;
    for jar in maven::list(JAVA)? {
        if !jar.place(root).is_file() {
            bail!("{}:{} could not be had", jar.artifact, jar.version);
        }
    }
    Ok(())
}

fn go(root: &Path) -> Result<()> {
    let source = root.join("src");
    write(&source.join("main.go"), GO_MAIN)?;
    write(&source.join("go.mod"), GO_MOD)?;
    let go = |args: &[&str]| {
        execute(
            Command::new("go")
                .args(args)
                .current_dir(&source)
                .env("GOFLAGS", "-mod=mod -buildvcs=false")
                .env("GOTOOLCHAIN", "local")
                .env("CGO_ENABLED", "0"),
        )
    };
    go(&["mod", "download"])?;
    go(&["build", "-o", "../usr/local/bin/app", "."])?;
    go(&["build", "-trimpath", "-ldflags=-s -w", "-o", "../usr/local/bin/stripped", "."])?;
    fs::remove_dir_all(&source).context("cannot remove the source")
}

fn rust(root: &Path) -> Result<()> {
    let source = root.join("src-of-program");
    write(&source.join("Cargo.toml"), RUST_MANIFEST)?;
    write(&source.join("src/main.rs"), RUST_MAIN)?;
    if !has("cargo-auditable") {
        bail!("cargo-auditable is missing (cargo install cargo-auditable)");
    }
    execute(
        Command::new("cargo")
            .args(["auditable", "build", "--quiet", "--release"])
            .current_dir(&source)
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    let program = root.join("usr/local/bin/old-crates");
    write(&program, "")?;
    fs::copy(source.join("target/release/old-crates"), program).context("no program was built")?;
    fs::remove_dir_all(&source).context("cannot remove the source")
}

fn ruby(root: &Path) -> Result<()> {
    let packages = root.join("packages");
    fs::create_dir_all(&packages).context("cannot make a folder")?;
    execute(
        Command::new("apt-get").arg("--quiet=2").arg("download").args(RUBY).current_dir(&packages),
    )?;
    let files = fs::read_dir(&packages).context("cannot list the packages")?;
    for file in files {
        let file: PathBuf = file.context("cannot list the packages")?.path();
        execute(Command::new("dpkg-deb").arg("--extract").arg(file).arg(root))?;
    }
    fs::remove_dir_all(&packages).context("cannot remove the packages")
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
