//! What Plimsoll knows of distributions, package databases, version orders, package URLs and upgrade
//! commands. Everything here is a pure function of its arguments: no file, network or clock is touched,
//! and every input that comes out of an image is taken to be hostile.

pub mod classifiers;
pub mod distros;
pub mod fix;
pub mod lang;
pub mod names;
pub mod pkgdb;
mod program;
pub mod purl;
pub mod requirement;
pub mod version;
mod zip;

pub use purl::purl;

/// All analysers of this crate: the files that identify a system, the package databases, the languages.
#[must_use]
pub fn analyzers() -> Vec<Box<dyn plimsoll_model::Analyzer>> {
    let mut all = vec![distros::analyzer()];
    all.extend(pkgdb::all());
    all.push(classifiers::analyzer());
    all.extend(
        lang::all().into_iter().map(|language| language as Box<dyn plimsoll_model::Analyzer>),
    );
    all
}
