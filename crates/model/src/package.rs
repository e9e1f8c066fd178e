//! One installed package, as its package database or manifest describes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AppPackage;

/// An installed package. Facts only: which layer it came with and who owns what is the
/// inventory's ([`crate::OwnedPackage`]).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Package {
    /// What manages it.
    pub kind: PackageKind,
    /// Its own (binary) name, without an architecture qualifier.
    pub name: String,
    /// The whole version as its ecosystem writes it: `1:2.3-4+deb12u1`, `1.1.20-r5`, for RPM
    /// `[epoch:]version-release` with the epoch left out when the header has none.
    pub version: String,
    /// Architecture in the ecosystem's own words: `amd64`, `x86_64`, `noarch`, `all`.
    pub arch: Option<String>,
    /// The source package it was built from; `None` where the database does not say (then it is taken
    /// to be of the same name and version).
    pub source: Option<SourcePackage>,
    /// RPM module label, `name:stream:version:context` as in `RPMTAG_MODULARITYLABEL`.
    pub module: Option<String>,
    /// Who made it: RPM's `Vendor`, Debian's `Maintainer` or `Origin`.
    pub vendor: Option<String>,
    /// Licences as the database writes them.
    pub licenses: Vec<String>,
    /// Whether it is really installed.
    pub state: PackageState,
    /// Files it owns, as paths inside the image without a leading slash; empty where the database has
    /// none. Directories are left out where the database tells them apart.
    pub files: Vec<String>,
    /// Names (or provided capabilities) it needs at run time, without version conditions; to say what
    /// comes along with an upgrade. Empty where the database has none.
    pub depends: Vec<String>,
    /// What only application dependencies have.
    pub app: Option<Box<AppPackage>>,
}

impl Package {
    /// A package of which only name and version are known.
    #[must_use]
    pub fn new(kind: PackageKind, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            version: version.into(),
            arch: None,
            source: None,
            module: None,
            vendor: None,
            licenses: Vec::new(),
            state: PackageState::Installed,
            files: Vec::new(),
            depends: Vec::new(),
            app: None,
        }
    }

    /// Name of the source package, or its own where none is known.
    #[must_use]
    pub fn source_name(&self) -> &str {
        self.source.as_ref().map_or(&self.name, |s| &s.name)
    }

    /// Version of the source package, or its own where none is known.
    #[must_use]
    pub fn source_version(&self) -> &str {
        self.source.as_ref().map_or(&self.version, |s| &s.version)
    }

    /// `name:stream` of the module it belongs to.
    #[must_use]
    pub fn module_stream(&self) -> Option<&str> {
        let label = self.module.as_deref()?;
        let end = label.match_indices(':').nth(1).map_or(label.len(), |(i, _)| i);
        Some(&label[..end])
    }
}

/// The source package of a binary package.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct SourcePackage {
    /// Name of the source package.
    pub name: String,
    /// Its version, which can differ from the binary's (Debian `Source: glibc (2.36-9)`; binNMUs).
    pub version: String,
}

/// The package manager or language that a package belongs to; the lower-case name is the purl type.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum PackageKind {
    /// Alpine, Wolfi, Chainguard.
    Apk,
    /// Debian, Ubuntu and their kin.
    Deb,
    /// RPM systems.
    Rpm,
    /// Arch Linux (purl type `alpm`).
    Alpm,
    /// Rust crates.
    Cargo,
    /// PHP.
    Composer,
    /// RubyGems.
    Gem,
    /// Go modules.
    Golang,
    /// Java.
    Maven,
    /// JavaScript.
    Npm,
    /// .NET.
    Nuget,
    /// Python.
    Pypi,
    /// Software without a package manager.
    Generic,
    /// Bitnami's builds of servers.
    Bitnami,
    /// Homebrew.
    Brew,
    /// C and C++, by Conan.
    Conan,
    /// Conda.
    Conda,
    /// Perl.
    Cpan,
    /// R.
    Cran,
    /// GitHub Actions.
    GithubActions,
    /// Haskell.
    Hackage,
    /// Elixir and Erlang.
    Hex,
    /// Julia.
    Julia,
    /// Lua.
    Luarocks,
    /// Nix store paths.
    Nix,
    /// Applications of Erlang/OTP itself.
    Otp,
    /// PHP's PEAR and PECL.
    Pear,
    /// Dart.
    Pub,
    /// Swift.
    Swift,
    /// Plugins and themes of WordPress.
    #[serde(rename = "wordpress-plugin")]
    WordpressPlugin,
}

impl PackageKind {
    /// All of them.
    pub const ALL: &'static [PackageKind] = &[
        PackageKind::Apk,
        PackageKind::Deb,
        PackageKind::Rpm,
        PackageKind::Alpm,
        PackageKind::Cargo,
        PackageKind::Composer,
        PackageKind::Gem,
        PackageKind::Golang,
        PackageKind::Maven,
        PackageKind::Npm,
        PackageKind::Nuget,
        PackageKind::Pypi,
        PackageKind::Generic,
        PackageKind::Bitnami,
        PackageKind::Brew,
        PackageKind::Conan,
        PackageKind::Conda,
        PackageKind::Cpan,
        PackageKind::Cran,
        PackageKind::GithubActions,
        PackageKind::Hackage,
        PackageKind::Hex,
        PackageKind::Julia,
        PackageKind::Luarocks,
        PackageKind::Nix,
        PackageKind::Otp,
        PackageKind::Pear,
        PackageKind::Pub,
        PackageKind::Swift,
        PackageKind::WordpressPlugin,
    ];

    /// The kind of a purl type.
    #[must_use]
    pub fn of_purl_type(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.purl_type() == name)
    }

    /// The purl type.
    #[must_use]
    pub fn purl_type(self) -> &'static str {
        match self {
            PackageKind::Apk => "apk",
            PackageKind::Deb => "deb",
            PackageKind::Rpm => "rpm",
            PackageKind::Alpm => "alpm",
            PackageKind::Cargo => "cargo",
            PackageKind::Composer => "composer",
            PackageKind::Gem => "gem",
            PackageKind::Golang => "golang",
            PackageKind::Maven => "maven",
            PackageKind::Npm => "npm",
            PackageKind::Nuget => "nuget",
            PackageKind::Pypi => "pypi",
            PackageKind::Generic => "generic",
            PackageKind::Bitnami => "bitnami",
            PackageKind::Brew => "brew",
            PackageKind::Conan => "conan",
            PackageKind::Conda => "conda",
            PackageKind::Cpan => "cpan",
            PackageKind::Cran => "cran",
            PackageKind::GithubActions => "githubactions",
            PackageKind::Hackage => "hackage",
            PackageKind::Hex => "hex",
            PackageKind::Julia => "julia",
            PackageKind::Luarocks => "luarocks",
            PackageKind::Nix => "nix",
            PackageKind::Otp => "otp",
            PackageKind::Pear => "pear",
            PackageKind::Pub => "pub",
            PackageKind::Swift => "swift",
            PackageKind::WordpressPlugin => "wordpress-plugin",
        }
    }

    /// The kind of a purl type that is no system's: the ecosystem of a [`crate::Namespace`].
    #[must_use]
    pub fn of_language(purl_type: &str) -> Option<Self> {
        Self::of_purl_type(purl_type).filter(|kind| !kind.is_system())
    }

    /// Whether the operating system's own package manager installs it.
    #[must_use]
    pub fn is_system(self) -> bool {
        matches!(self, PackageKind::Apk | PackageKind::Deb | PackageKind::Rpm | PackageKind::Alpm)
    }
}

/// What a package database says about the state of a package.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageState {
    /// Installed and configured.
    Installed,
    /// Installed, and excluded from upgrades by the user (dpkg `hold`).
    Held,
    /// Unpacked or half-installed: its files are there, so its flaws are too.
    Partial,
}
