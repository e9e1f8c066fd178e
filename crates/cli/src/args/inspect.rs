//! Flags of `db query` and `db show`.

use std::path::PathBuf;

use clap::Args;

pub(crate) const QUERY_EXAMPLES: &str = "\
Examples:
  plimsoll db query openssl                        all that is said about packages of this name
  plimsoll db query openssl --os debian:12         … in Debian 12
  plimsoll db query openssl@3.0.9-1 --os debian:12 which flaws this version has, and what mends them
  plimsoll db query 'pkg:deb/debian/libssl3@3.0.9-1?distro=debian-12&upstream=openssl'
  plimsoll db query lodash --ecosystem npm --json

Distributions of the Debian and Alpine families name source packages, RPM distributions binary ones.
Ends with 3 if the database knows no such package.";

pub(crate) const SHOW_EXAMPLES: &str = "\
Examples:
  plimsoll db show CVE-2021-44228                  ratings, exploitation, every package that it affects
  plimsoll db show GHSA-jfh8-c2jp-5v3q --json      by another name of the flaw
  plimsoll db show DSA-5417-1                      what an advisory mends

Ends with 3 if the database knows no such flaw or advisory.";

#[derive(Args, Debug)]
pub(crate) struct DbQueryArgs {
    /// Name, name@version, or a package URL
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,
    /// Only this distribution, with or without a release: debian:12, alpine
    #[arg(long, value_name = "ID[:RELEASE]", conflicts_with = "ecosystem")]
    pub(crate) os: Option<String>,
    /// Only this language: npm, pypi, maven (the types of package URLs)
    #[arg(long, value_name = "TYPE")]
    pub(crate) ecosystem: Option<String>,
    /// Only statements for this architecture, where a version is given
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Option<String>,
    /// Database [default: the one that a scan would use]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub(crate) db: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DbShowArgs {
    /// A CVE, GHSA or other id of a flaw, or the id of an advisory
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Database [default: the one that a scan would use]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub(crate) db: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
