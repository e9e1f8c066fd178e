//! Lua: packages that LuaRocks installed.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};

use super::{Description, FileForm, Found, Language, TextFiles, package};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "lua",
    name: "Lua",
    kinds: &[PackageKind::Luarocks],
    osv: &[],
    files: &[FileForm {
        name: "luarocks/rocks*/*/*/*.rockspec",
        evidence: PackageEvidence::Installed,
        note: "name and version are those of the folders; no advisories are known for rocks",
    }],
};

/// `…/rocks-5.1/NAME/VERSION/NAME-VERSION.rockspec`
fn role(path: &str) -> Option<(String, String)> {
    let mut parts = path.strip_suffix(".rockspec")?.rsplit('/');
    let (_, version, name, rocks) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    rocks.starts_with("rocks").then(|| (name.to_owned(), version.to_owned()))
}

fn read(
    (name, version): (String, String),
    file: &LayerFile<'_>,
    found: &mut Found,
) -> Result<(), FileError> {
    let text = String::from_utf8_lossy(file.bytes);
    let mut package = package(PackageKind::Luarocks, &name, &version, PackageEvidence::Installed);
    let license = text.lines().find_map(|line| {
        let (_, value) = line.trim().strip_prefix("license")?.split_once('=')?;
        value.trim().trim_end_matches(',').trim_matches(['"', '\'']).to_owned().into()
    });
    package.licenses.extend(license.filter(|license: &String| !license.is_empty()));
    found.push(package);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn a_rock_is_named_by_its_folders() {
        let path =
            "usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0.6-1/lua-cjson-2.1.0.6-1.rockspec";
        let found = packages(
            &*language(),
            path,
            "package = \"lua-cjson\"\ndescription = {\n  license = \"MIT\"\n}\n",
        );
        assert_eq!(names(&found), ["lua-cjson 2.1.0.6-1"]);
        assert_eq!(found[0].licenses, ["MIT"]);
    }
}
