//! Java: archives nested in archives, project and lock files, and the runtime itself.

use std::io::Read;

use plimsoll_model::{
    Analyzer, AppPackage, Confidence, DependencyScope, Fact, FileError, FileMeta, Fingerprint,
    LayerFile, Package, PackageEvidence, PackageKind, Problem, Want,
};

use super::{Description, FileForm, Language};
use crate::pkgdb::Collector;

mod archive;
mod file_name;
mod gradle;
mod groups;
mod identity;
mod known;
mod manifest;
mod pom;
mod runtime;

pub use archive::{
    MAX_ARCHIVES, MAX_DEPTH, MAX_ENTRIES, MAX_HELD, MAX_NESTED, MAX_NESTED_BYTES, MAX_TEXT_BYTES,
    parse_archive, parse_archive_stream,
};
pub use gradle::parse_lockfile;
pub use known::sha1;
pub use runtime::parse_release;

use identity::is_version;

/// Reads Java's archives, project files and lock files, and the `release` file of runtimes.
#[derive(Clone, Copy, Debug)]
pub struct Java;

const DESCRIPTION: Description = Description {
    id: "java",
    name: "Java",
    kinds: &[PackageKind::Maven, PackageKind::Generic],
    osv: &["Maven"],
    files: &[
        FileForm {
            name: "*.jar, .war, .ear, .par, .sar, .rar, .hpi, .jpi, .kar, .lpkg, .nar",
            evidence: PackageEvidence::Installed,
            note: "by `pom.properties`, `pom.xml` and manifest, in archives nested up to 12 deep; \
                   several descriptions in one jar are what was shaded into it",
        },
        FileForm {
            name: "NAME-1.2.3.jar",
            evidence: PackageEvidence::FileName,
            note: "where the archive itself does not say; the group comes from a list of well-known \
                   artifacts or is guessed from the manifest or the classes (low confidence)",
        },
        FileForm {
            name: "*.jar of known content",
            evidence: PackageEvidence::Digest,
            note: "where the archive itself does not say, whatever it is called: some hundred jars of Maven \
                   Central, by their SHA-1",
        },
        FileForm {
            name: "gradle.lockfile, buildscript-gradle.lockfile, gradle/dependency-locks/*.lockfile",
            evidence: PackageEvidence::LockFile,
            note: "",
        },
        FileForm {
            name: "pom.xml",
            evidence: PackageEvidence::Manifest,
            note: "dependencies whose version it names itself or by its own properties",
        },
        FileForm {
            name: "release",
            evidence: PackageEvidence::Installed,
            note: "in the folder of a Java runtime, also one made by jlink: `openjdk`, `graalvm`",
        },
    ],
};

/// Extensions of archives that hold classes or archives.
const EXTENSIONS: &[&str] =
    &["ear", "far", "hpi", "jar", "jpi", "kar", "lpkg", "nar", "par", "rar", "sar", "war"];

/// Archives above this size are read as a stream.
const STREAM_FROM: u64 = 32 << 20;

/// Largest `release` file.
const MAX_RELEASE: u64 = 64 << 10;

/// Largest lock or project file.
const MAX_TEXT_FILE: u64 = 16 << 20;

/// Whether a file is called like an archive that can hold classes.
fn is_archive_name(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|&c| c == b'.') else { return false };
    let extension = &name[dot + 1..];
    extension.len() <= 4
        && EXTENSIONS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(extension))
}

/// Whether a zip begins like an archive of classes, whatever it is called.
fn begins_like_a_jar(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
        && head.get(30..).is_some_and(|name| {
            [b"META-INF/".as_slice(), b"BOOT-INF/", b"WEB-INF/"]
                .iter()
                .any(|folder| name.starts_with(folder))
        })
}

enum Form {
    Archive,
    Lock,
    Project,
    Release,
}

fn form(file: &FileMeta<'_>, head: &[u8]) -> Option<Form> {
    let name = file.file_name();
    if is_archive_name(name.as_bytes()) {
        let is_archive =
            [b"PK\x03\x04".as_slice(), b"PK\x05\x06", b"#!"].iter().any(|s| head.starts_with(s));
        return is_archive.then_some(Form::Archive);
    }
    if head.starts_with(b"PK") {
        return begins_like_a_jar(head).then_some(Form::Archive);
    }
    match name {
        "release" if file.size() <= MAX_RELEASE => {
            const KEYS: [&[u8]; 3] = [b"JAVA_VERSION=", b"IMPLEMENTOR=", b"JAVA_RUNTIME_VERSION="];
            let is_java =
                KEYS.iter().any(|key| head.windows(key.len()).any(|window| window == *key));
            is_java.then_some(Form::Release)
        }
        "pom.xml" if file.size() <= MAX_TEXT_FILE => Some(Form::Project),
        "gradle.lockfile" | "buildscript-gradle.lockfile" if file.size() <= MAX_TEXT_FILE => {
            Some(Form::Lock)
        }
        _ if name.ends_with(".lockfile")
            && file.path().contains("gradle/dependency-locks/")
            && file.size() <= MAX_TEXT_FILE =>
        {
            Some(Form::Lock)
        }
        _ => None,
    }
}

impl Analyzer for Java {
    fn id(&self) -> &'static str {
        "java"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 2, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        match form(file, head) {
            Some(Form::Archive) if file.size() > STREAM_FROM => Want::Stream,
            Some(_) => Want::Whole,
            None => Want::Skip,
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let collector = match form(&file.meta, file.bytes) {
            Some(Form::Archive) => parse_archive(file.bytes, file.meta.file_name()),
            Some(Form::Lock) => parse_lockfile(file.bytes),
            Some(Form::Release) => parse_release(file.bytes),
            Some(Form::Project) => {
                parse_project(file.bytes).map_err(|()| FileError::malformed("no Maven project"))?
            }
            None => return Ok(()),
        };
        collector.finish(file.meta.path(), out, problems);
        Ok(())
    }

    fn analyze_stream(
        &self,
        file: &FileMeta<'_>,
        content: &mut dyn Read,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        parse_archive_stream(content, file.file_name()).finish(file.path(), out, problems);
        Ok(())
    }
}

impl Language for Java {
    fn describe(&self) -> &'static Description {
        &DESCRIPTION
    }
}

/// The dependencies of a `pom.xml` whose versions it says. `Err` where it is no project file.
///
/// # Errors
/// Where it is no Maven project.
#[allow(clippy::result_unit_err, reason = "there is nothing to say beyond that it is none")]
pub fn parse_project(bytes: &[u8]) -> Result<Collector, ()> {
    let pom = pom::Pom::parse(bytes).map_err(|_| ())?;
    let mut collector = Collector::default();
    let asker = pom.artifact().zip(pom.version()).map(|(artifact, version)| {
        format!("{}@{version}", identity::join_name(&pom.group().unwrap_or_default(), &artifact))
    });
    for needed in pom.dependencies() {
        let name = identity::join_name(&needed.group, &needed.artifact);
        // A range (`[1.0,2.0)`) does not say which version would be there.
        let is_exact = is_version(&needed.version) && !needed.version.contains(',');
        if !is_exact || !collector.charge(name.len() + needed.version.len()) {
            continue;
        }
        let scope = match needed.scope.as_str() {
            "test" => DependencyScope::Development,
            _ if needed.optional => DependencyScope::Optional,
            _ => DependencyScope::Runtime,
        };
        let mut package = Package::new(PackageKind::Maven, name, needed.version);
        package.app = Some(Box::new(AppPackage {
            evidence: PackageEvidence::Manifest,
            confidence: Confidence::High,
            scope,
            is_direct: Some(true),
            required_by: asker.iter().cloned().collect(),
            ..AppPackage::default()
        }));
        collector.push(package);
    }
    Ok(collector)
}

#[cfg(test)]
mod tests;
