//! PEAR's registry: a file for each package, in PHP's own serialisation.

use plimsoll_model::{FileError, PackageEvidence, PackageKind};

use crate::lang::{Found, package};

/// Reads name and release version without unserialising: both are texts whose length stands before them.
pub(super) fn read(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let name = after(bytes, b"s:4:\"name\";").and_then(text);
    let version =
        after(bytes, b"s:7:\"version\";").and_then(|rest| match rest.starts_with(b"a:") {
            // package.xml 2: an array of release and API version.
            true => after(rest, b"s:7:\"release\";").and_then(text),
            false => text(rest),
        });
    let Some(name) = name else { return Err(FileError::malformed("no name in PEAR's registry")) };
    found.push(package(
        PackageKind::Pear,
        name,
        version.unwrap_or_default(),
        PackageEvidence::Installed,
    ));
    Ok(())
}

fn after<'b>(bytes: &'b [u8], key: &[u8]) -> Option<&'b [u8]> {
    let at = bytes.windows(key.len()).position(|window| window == key)?;
    bytes.get(at + key.len()..)
}

/// `s:5:"1.4.3";`
fn text(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"s:")?;
    let end = rest.iter().position(|&byte| byte == b':')?;
    let len: usize = str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    let start = end.checked_add(2)?;
    str::from_utf8(rest.get(start..start.checked_add(len)?)?).ok()
}
