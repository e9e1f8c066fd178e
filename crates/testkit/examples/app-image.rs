//! `app-image node|jar|jars ARCHIVE`: writes an OCI archive with a large application in one gzip layer. Used by
//! `cargo xtask bench apps`.
//!
//! `node` is a tree of 2,000 packages with 20,000 files; `jar` is a Spring Boot jar of about 200 MB with 300 jars of
//! 500 classes each, stored as Spring Boot does; in `jars` the same jars are deflated once more, as in a web archive.

use std::{
    env, fs,
    io::{self, Cursor, Write as _},
    process::ExitCode,
};

use plimsoll_model::Compression;
use plimsoll_testkit::{Entry, ImageFixture, Layer};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, archive] = args.as_slice() else {
        eprintln!("usage: app-image node|jar|jars ARCHIVE");
        return ExitCode::from(2);
    };
    let entries = match what.as_str() {
        "node" => Ok(node_modules()),
        "jar" => fat_jar(CompressionMethod::Stored),
        "jars" => fat_jar(CompressionMethod::Deflated),
        _ => Err(io::Error::other(format!("no application is called {what}"))),
    };
    let written = entries.and_then(|entries| {
        let image = ImageFixture::parse("=== config\ntag: bench:latest\n")
            .layer(Layer::of(entries))
            .stored(Compression::Gzip)
            .build();
        fs::write(archive, image.oci_archive())
    });
    if let Err(error) = written {
        eprintln!("app-image: {archive}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// 2,000 packages of ten files: what a large web application installs.
fn node_modules() -> Vec<Entry> {
    let mut entries = Vec::new();
    for number in 0..2000u32 {
        let folder = format!("srv/app/node_modules/library-{number}");
        let needs: Vec<String> = (1..6)
            .map(|step| format!("\"library-{}\": \"^1.0.0\"", (number * 7 + step) % 2000))
            .collect();
        let manifest = format!(
            "{{\"name\": \"library-{number}\", \"version\": \"1.{number}.0\", \"license\": \"MIT\",\n\
             \"description\": \"a library among many\", \"main\": \"lib/0.js\",\n\
             \"scripts\": {{\"test\": \"node test\"}}, \"dependencies\": {{{}}}}}\n",
            needs.join(", ")
        );
        entries.push(Entry::file(format!("{folder}/package.json"), manifest));
        for file in 0..9u32 {
            let script = bytes(number * 9 + file, 4000);
            entries.push(Entry::file(format!("{folder}/lib/{file}.js"), script));
        }
    }
    entries
}

fn pack(entries: &[(String, Vec<u8>)], method: CompressionMethod) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        writer.start_file(name, options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Bytes that compress about as well as classes do, to a half.
fn bytes(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b'a' + (state & 0xf) as u8
    };
    (0..len).map(next).collect()
}

fn fat_jar(outer: CompressionMethod) -> io::Result<Vec<Entry>> {
    let mut jars = Vec::new();
    for jar in 0..300u32 {
        let mut entries: Vec<(String, Vec<u8>)> = (0..500)
            .map(|class| {
                let name = format!("org/example/library{jar}/Class{class}.class");
                (name, bytes(jar * 500 + class, 2600))
            })
            .collect();
        let folder = format!("META-INF/maven/org.example/library{jar}");
        let properties = format!("groupId=org.example\nartifactId=library{jar}\nversion=1.{jar}\n");
        entries.push((format!("{folder}/pom.properties"), properties.into_bytes()));
        let project = format!(
            "<project><groupId>org.example</groupId><artifactId>library{jar}</artifactId>\
             <version>1.{jar}</version></project>"
        );
        entries.push((format!("{folder}/pom.xml"), project.into_bytes()));
        let name = format!("BOOT-INF/lib/library{jar}-1.{jar}.jar");
        jars.push((name, pack(&entries, CompressionMethod::Deflated)?));
    }
    Ok(vec![Entry::file("srv/app.jar", pack(&jars, outer)?)])
}
