//! Small RPM databases in each of the three formats, valid enough for rpm itself to list: images of RPM systems
//! need one, and the format is a part of what a test of such a system is about.
//!
//! Berkeley DB hash is what systems up to RHEL 8, SLES 12 and Fedora 32 have, NDB is SUSE's since SLES 15, SQLite
//! everybody else's. Only the table of headers is written (and what a reader needs to find it), not the indexes by name
//! or file, which rpm rebuilds from it.

mod bdb;
mod header;
mod ndb;
mod sqlite;

/// A package of an RPM database.
#[derive(Clone, Debug, Default)]
pub struct RpmPackage {
    /// Name.
    pub name: String,
    /// Epoch, where the header has one.
    pub epoch: Option<u32>,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Architecture.
    pub arch: String,
    /// File name of the source package.
    pub source_rpm: Option<String>,
    /// Vendor.
    pub vendor: Option<String>,
    /// `name:stream:version:context` of the module.
    pub module: Option<String>,
    /// Absolute paths of files.
    pub files: Vec<String>,
    /// SHA-256 of each file, in hexadecimal digits; files beyond this list have none.
    pub digests: Vec<String>,
}

impl RpmPackage {
    /// `[EPOCH:]VERSION-RELEASE`.
    #[must_use]
    pub fn evr(&self) -> String {
        let Self { version, release, .. } = self;
        match self.epoch {
            Some(epoch) => format!("{epoch}:{version}-{release}"),
            None => format!("{version}-{release}"),
        }
    }
}

/// Format of an RPM database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RpmFormat {
    /// Berkeley DB hash.
    Bdb,
    /// SUSE's own.
    Ndb,
    /// SQLite.
    Sqlite,
}

impl RpmFormat {
    /// What rpm calls its file.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            RpmFormat::Bdb => "Packages",
            RpmFormat::Ndb => "Packages.db",
            RpmFormat::Sqlite => "rpmdb.sqlite",
        }
    }
}

/// A database that holds `packages`.
#[must_use]
pub fn rpm_database(format: RpmFormat, packages: &[RpmPackage]) -> Vec<u8> {
    let headers: Vec<Vec<u8>> = packages.iter().map(header::write).collect();
    match format {
        RpmFormat::Bdb => bdb::write(&headers),
        RpmFormat::Ndb => ndb::write(&headers),
        RpmFormat::Sqlite => sqlite::write(&headers),
    }
}

fn int(number: usize) -> u32 {
    u32::try_from(number).unwrap()
}
