//! WordPress: the headers of plugins and themes (WordPress developer handbook, "Header requirements").

use plimsoll_model::{Analyzer, Fact, Fingerprint, LayerFile, Problem, Want};
use plimsoll_model::{FileError, FileMeta, PackageEvidence, PackageKind};

use super::{Description, FileForm, Found, Language, package};

/// WordPress itself looks at no more than this for a header.
const HEADER: usize = 8 << 10;

/// Reads headers.
struct Wordpress;

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(Wordpress)
}

static DESCRIPTION: Description = Description {
    id: "wordpress",
    name: "WordPress plugins and themes",
    kinds: &[PackageKind::WordpressPlugin],
    osv: &[],
    files: &[
        FileForm {
            name: "wp-content/plugins/*/*.php, wp-content/mu-plugins/*.php",
            evidence: PackageEvidence::Installed,
            note: "a plugin is named by its folder",
        },
        FileForm {
            name: "wp-content/themes/*/style.css",
            evidence: PackageEvidence::Installed,
            note: "",
        },
    ],
};

impl Language for Wordpress {
    fn describe(&self) -> &'static Description {
        &DESCRIPTION
    }
}

/// The plugin or theme that a file may be the head of, and the field that says so.
fn role(path: &str) -> Option<(&str, &'static str)> {
    let at = path.rfind("wp-content/")?;
    let mut parts = path.get(at + "wp-content/".len()..)?.split('/');
    match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
        ("plugins", slug, Some(file), None) if file.ends_with(".php") => {
            Some((slug, "Plugin Name"))
        }
        ("plugins" | "mu-plugins", file, None, None) => {
            Some((file.strip_suffix(".php")?, "Plugin Name"))
        }
        ("themes", slug, Some("style.css"), None) => Some((slug, "Theme Name")),
        _ => None,
    }
}

impl Analyzer for Wordpress {
    fn id(&self) -> &'static str {
        DESCRIPTION.id
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        if role(file.path()).is_some() { Want::Prefix(HEADER) } else { Want::Skip }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let Some((slug, title)) = role(file.meta.path()) else { return Ok(()) };
        let text = String::from_utf8_lossy(file.bytes);
        let field = |name: &str| {
            text.lines().find_map(|line| {
                let line = line.trim_start_matches([' ', '\t', '/', '*', '#', '@']);
                let line = line.strip_prefix("<?php").unwrap_or(line).trim_start();
                Some(line.strip_prefix(name)?.trim_start().strip_prefix(':')?.trim())
            })
        };
        // Most files of a plugin have no header.
        if field(title).is_none() {
            return Ok(());
        }
        let mut found = Found::default();
        let version = field("Version").unwrap_or_default();
        let mut package =
            package(PackageKind::WordpressPlugin, slug, version, PackageEvidence::Installed);
        package.licenses.extend(field("License").filter(|l| !l.is_empty()).map(str::to_owned));
        found.push(package);
        found.finish(file.meta.path(), out, problems);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn plugins_and_themes() {
        let text =
            "<?php\n/**\n * Plugin Name: Some Form\n * Version: 5.3.1\n * License: GPL-2.0+\n */\n";
        let found =
            packages(&*language(), "var/www/html/wp-content/plugins/some-form/wp-some.php", text);
        assert_eq!(names(&found), ["some-form 5.3.1"]);
        assert_eq!(found[0].licenses, ["GPL-2.0+"]);
        let text = "/*\nTheme Name: Twenty\nVersion: 1.2\n*/";
        assert_eq!(
            names(&packages(&*language(), "wp-content/themes/twenty/style.css", text)),
            ["twenty 1.2"]
        );
        assert_eq!(packages(&*language(), "wp-content/plugins/a/b.php", "<?php echo 1;"), []);
        assert_eq!(packages(&*language(), "wp-content/plugins/a/b/c.php", "Plugin Name: x"), []);
    }
}
