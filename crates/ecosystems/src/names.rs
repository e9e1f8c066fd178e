//! Names of packages as their registries compare them. Advisories and images spell a name differently; both are brought
//! to this form before they meet.

use std::borrow::Cow;

use plimsoll_model::PackageKind;

/// The form of `name` under which packages of a language are looked up.
#[must_use]
pub fn canonical(kind: PackageKind, name: &str) -> Cow<'_, str> {
    match kind {
        PackageKind::Pypi => pypi(name),
        // Registries that take names without regard to case.
        PackageKind::Bitnami
        | PackageKind::Composer
        | PackageKind::Conan
        | PackageKind::GithubActions
        | PackageKind::Nuget
        | PackageKind::Pub
        | PackageKind::WordpressPlugin => lower(name),
        PackageKind::Swift => {
            let bare = name.strip_prefix("https://").unwrap_or(name);
            lower(bare.strip_suffix(".git").unwrap_or(bare))
        }
        // npm's oldest names differ by case only, and so do paths of Go, coordinates of Maven and gems.
        _ => Cow::Borrowed(name),
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|c| c.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// PEP 503: lower case, and one dash for each run of dashes, dots and underscores.
fn pypi(name: &str) -> Cow<'_, str> {
    let is_plain = |c: u8| c == b'-' || !(c.is_ascii_uppercase() || matches!(c, b'.' | b'_'));
    if name.bytes().all(is_plain) && !name.contains("--") {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '.' | '_' if out.ends_with('-') => {}
            '-' | '.' | '_' => out.push('-'),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_registries_compare_them() {
        for (kind, name, expected) in [
            (PackageKind::Pypi, "Jinja2", "jinja2"),
            (PackageKind::Pypi, "zope.interface", "zope-interface"),
            (PackageKind::Pypi, "ruamel__.-yaml", "ruamel-yaml"),
            (PackageKind::Pypi, "urllib3", "urllib3"),
            (PackageKind::Nuget, "Newtonsoft.Json", "newtonsoft.json"),
            (PackageKind::Composer, "Symfony/Http-Kernel", "symfony/http-kernel"),
            (PackageKind::Npm, "JSONStream", "JSONStream"),
            (
                PackageKind::Golang,
                "github.com/Masterminds/semver/v3",
                "github.com/Masterminds/semver/v3",
            ),
            (
                PackageKind::Swift,
                "https://github.com/apple/Swift-NIO.git",
                "github.com/apple/swift-nio",
            ),
        ] {
            assert_eq!(canonical(kind, name), expected);
        }
    }
}
