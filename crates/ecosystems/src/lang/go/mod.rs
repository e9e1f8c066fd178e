//! Go: what the linker recorded in programs, and module files.

use plimsoll_model::{
    Analyzer, CappedText, Confidence, Fact, FileError, FileMeta, Fingerprint, LayerFile, Package,
    PackageEvidence, PackageKind, Problem, ProblemKind, Want,
};

use super::{Description, FileForm, Found, Language, check_whole, package, whole};
use crate::{
    pkgdb::Collector,
    program::{Program, is_packed, looks_like_program},
};

mod buildinfo;
mod modules;
mod project;
mod release;
mod symbols;

pub use project::{parse_go_mod, parse_go_sum};

use modules::{DEVEL, Modules};
use symbols::Functions;

/// Reads Go's programs and module files.
#[derive(Clone, Copy, Debug)]
pub struct Go;

const DESCRIPTION: Description = Description {
    id: "go",
    name: "Go",
    kinds: &[PackageKind::Golang],
    osv: &["Go"],
    files: &[
        FileForm {
            name: "programs (ELF, PE, Mach-O) of at least 128 KiB",
            evidence: PackageEvidence::BuildInfo,
            note: "also stripped ones: modules with what replaces them, the standard library as `stdlib`, \
                   the functions that are there; a main module without a version takes the one that the \
                   linker was told to set (medium confidence). A module replaced by a folder has no version",
        },
        FileForm { name: "go.mod", evidence: PackageEvidence::Manifest, note: "" },
        FileForm {
            name: "go.sum",
            evidence: PackageEvidence::LockFile,
            note: "lists versions that were not taken, too (medium confidence)",
        },
    ],
};

/// The packages of a program; `None` where it is not one of Go.
#[must_use]
pub fn parse_program(bytes: &[u8]) -> Option<Collector> {
    let mut found = Found::default();
    let mut is_go = false;
    for program in Program::all(bytes) {
        match buildinfo::find(&program) {
            None => {}
            Some(Err(buildinfo::Damaged)) => {
                is_go = true;
                found.lost("the build information of Go in it is damaged");
            }
            Some(Ok(info)) => {
                is_go = true;
                describe(&program, &info, &mut found);
            }
        }
    }
    is_go.then(|| found.into_collector())
}

fn describe(program: &Program<'_>, info: &buildinfo::BuildInfo<'_>, found: &mut Found) {
    let modules = Modules::parse(info.modules);
    // Functions are named after the path by which they are imported, whatever replaces the module.
    let paths: Vec<&str> =
        modules.dependencies.iter().chain(&modules.main).map(|m| m.path).chain(["std"]).collect();
    let mut functions = Functions::of(program, &paths);
    let mut symbols = |path: &str| functions.as_mut().map(|functions| functions.take(path));
    let of = |name: &str, version: &str, confidence| {
        let mut package = package(PackageKind::Golang, name, version, PackageEvidence::BuildInfo);
        if let Some(app) = &mut package.app {
            app.confidence = confidence;
        }
        package
    };
    let with = |mut package: Package, symbols| {
        if let Some(app) = &mut package.app {
            app.symbols = symbols;
        }
        package
    };
    if let Some(main) = &modules.main {
        let package = match main.actual() {
            // `go install module@version`, or a tag of the repository.
            (path, version) if version != DEVEL && !version.is_empty() => {
                of(path, version, Confidence::High)
            }
            (path, _) => match modules.linked_version() {
                Some(version) => of(path, &version, Confidence::Medium),
                None => of(path, DEVEL, Confidence::Low),
            },
        };
        found.push(with(package, symbols(main.path)));
    }
    match release::standard_library(info.version) {
        Some((version, confidence)) => {
            found.push(with(of("stdlib", &version, confidence), symbols("std")));
        }
        None => found
            .lost(&format!("`{}` names no release of Go", CappedText(info.version.as_bytes(), 80))),
    }
    for module in &modules.dependencies {
        let (path, version) = module.actual();
        found.push(with(of(path, version, Confidence::High), symbols(module.path)));
    }
    if modules.lost > 0 {
        found.lost(&format!("{} lines of the module list could not be understood", modules.lost));
    }
}

impl Analyzer for Go {
    fn id(&self) -> &'static str {
        "go"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        match file.file_name() {
            "go.mod" | "go.sum" => whole(file),
            _ if looks_like_program(file, head) && !head.starts_with(b"\0asm") => Want::Whole,
            _ => Want::Skip,
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let path = file.meta.path();
        let collector = match file.meta.file_name() {
            "go.mod" => {
                check_whole(file)?;
                parse_go_mod(file.bytes)
            }
            "go.sum" => {
                check_whole(file)?;
                parse_go_sum(file.bytes)
            }
            _ => {
                if is_packed(file.bytes) {
                    let message = "packed with UPX: what it was built from cannot be told";
                    problems.push(Problem::new(ProblemKind::Unsupported, message).at(path));
                    return Ok(());
                }
                let Some(collector) = parse_program(file.bytes) else { return Ok(()) };
                collector
            }
        };
        collector.finish(path, out, problems);
        Ok(())
    }
}

impl Language for Go {
    fn describe(&self) -> &'static Description {
        &DESCRIPTION
    }
}
