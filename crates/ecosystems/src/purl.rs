//! Package URLs.

use plimsoll_model::{OperatingSystem, Package};

/// The package URL of `pkg` as installed on `os`.
#[must_use]
pub fn purl(pkg: &Package, os: Option<&OperatingSystem>) -> String {
    let _ = os;
    format!("pkg:{}/{}@{}", pkg.kind.purl_type(), pkg.name, pkg.version)
}
