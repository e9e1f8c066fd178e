//! How long the packages of large applications take to read.

use std::io::{Cursor, Write as _};

use divan::{Bencher, counter::BytesCount};
use plimsoll_ecosystems::lang;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn main() {
    divan::main();
}

fn pack(entries: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        if writer.start_file(name, options).is_err() || writer.write_all(content).is_err() {
            return Vec::new();
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Bytes that compress about as well as classes do, to a half.
fn classes(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state & 0xf) as u8
        })
        .collect()
}

/// 300 jars of 500 classes each, 200 MB, as Spring Boot packs them (stored) or as a web archive (deflated).
fn fat_jar(outer: CompressionMethod) -> Vec<u8> {
    let jars: Vec<(String, Vec<u8>)> = (0..300u32)
        .map(|jar| {
            let mut entries: Vec<(String, Vec<u8>)> = (0..500)
                .map(|class| {
                    let content = classes(jar * 500 + class, 2600);
                    (format!("org/example/library{jar}/Class{class}.class"), content)
                })
                .collect();
            let folder = format!("META-INF/maven/org.example/library{jar}");
            let properties = format!("groupId=org.example\nartifactId=library{jar}\nversion=1.{jar}\n");
            entries.push((format!("{folder}/pom.properties"), properties.into_bytes()));
            let dependencies: String = (0..40)
                .map(|n| {
                    format!(
                        "<dependency><groupId>org.example</groupId><artifactId>library{n}</artifactId>\
                         <version>1.{n}</version></dependency>\n"
                    )
                })
                .collect();
            let project = format!(
                "<project><groupId>org.example</groupId><artifactId>library{jar}</artifactId>\
                 <version>1.{jar}</version><dependencies>{dependencies}</dependencies></project>"
            );
            entries.push((format!("{folder}/pom.xml"), project.into_bytes()));
            let name = format!("BOOT-INF/lib/library{jar}-1.{jar}.jar");
            (name, pack(&entries, CompressionMethod::Deflated))
        })
        .collect();
    pack(&jars, outer)
}

#[divan::bench(args = ["stored", "deflated"], sample_count = 5, sample_size = 1)]
fn fat_jar_of_300(bencher: Bencher<'_, '_>, outer: &str) {
    let method =
        if outer == "stored" { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    let jar = fat_jar(method);
    bencher.counter(BytesCount::new(jar.len())).bench(|| {
        let collector = lang::java::parse_archive(divan::black_box(&jar), "app.jar");
        assert_eq!(collector.packages().len(), 300);
        collector
    });
}

/// A program of Go: that in `PLIMSOLL_TEST_GO_PROGRAM`, or the toolchain's own `go`.
#[divan::bench]
fn go_program(bencher: Bencher<'_, '_>) {
    let program = std::env::var_os("PLIMSOLL_TEST_GO_PROGRAM").or_else(|| {
        let output = std::process::Command::new("go").args(["env", "GOROOT"]).output().ok()?;
        Some(format!("{}/bin/go", String::from_utf8(output.stdout).ok()?.trim()).into())
    });
    let Some(bytes) = program.and_then(|path| std::fs::read(path).ok()) else { return };
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| lang::go::parse_program(divan::black_box(&bytes)));
}

/// What every program in C costs: a look at its section table.
#[divan::bench]
fn program_without_a_list(bencher: Bencher<'_, '_>) {
    let Ok(bytes) = std::fs::read("/bin/bash") else { return };
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        let bytes = divan::black_box(&bytes);
        (lang::go::parse_program(bytes).is_none(), lang::rust::parse_program(bytes).is_none())
    });
}
