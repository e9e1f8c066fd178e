//! RPM modules: one release carries several streams of the same package, and a fix of one stream says
//! nothing about the builds of another or about builds outside of modules.

use plimsoll_model::{Package, PackageKind};

/// Whether a version is that of a build for a module: the build system writes `.module_el8.9.0+…`
/// (AlmaLinux), `.module+el8.9.0+…` (Red Hat, Rocky) or `.module_f26+…` into its release.
pub(crate) fn is_modular_build(version: &str) -> bool {
    version.contains(".module_") || version.contains(".module+")
}

/// The line of updates that a build belongs to, where its release says so: `el9_2` of
/// `7.76.1-23.el9_2.4`, `el8.9` of `18.19.1-1.module+el8.9.0+21387+3f7d3d8b`. A minor release that is kept alive
/// gets its fixes as builds of its own line, which are older than the fixed builds of the next minor release.
pub(crate) fn update_line(version: &str) -> Option<&str> {
    let (_, release) = version.rsplit_once('-')?;
    let modular = [".module+el", ".module_el"].iter().find_map(|mark| release.find(mark));
    let (start, separator) = match modular {
        Some(at) => (at + ".module+".len(), '.'),
        None => (release.find(".el")? + 1, '_'),
    };
    let rest = release.get(start..)?;
    let number = |t: &str| t.find(|c: char| !c.is_ascii_digit()).unwrap_or(t.len());
    let major = number(rest.get(2..)?) + 2;
    let minor = rest.get(major..)?.strip_prefix(separator)?;
    let end = major + 1 + number(minor);
    (major > 2 && end > major + 1).then(|| rest.get(..end))?
}

/// What a package, or a statement, has to do with modules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Modularity<'a> {
    /// Nothing.
    None,
    /// It is of this `name:stream`.
    Stream(&'a str),
    /// It is of a module, but nothing says of which stream.
    Unlabelled,
}

impl<'a> Modularity<'a> {
    pub(crate) fn of(package: &'a Package) -> Self {
        if package.kind != PackageKind::Rpm {
            return Modularity::None;
        }
        match package.module_stream() {
            Some(stream) if !stream.is_empty() => Modularity::Stream(stream),
            _ if is_modular_build(&package.version) => Modularity::Unlabelled,
            _ => Modularity::None,
        }
    }
}

/// Whether a statement of modularity `row`, whose fix is `fixed`, can hold for a package of modularity
/// `package` and `version`. Where the stream is unknown on one side, the branch must show in the version:
/// a statement that cannot be tied to the package's stream is left out, because the streams of a module
/// carry different versions and comparing across them gives nonsense in both directions.
pub(crate) fn applies(
    row: Modularity<'_>,
    fixed: Option<&str>,
    package: Modularity<'_>,
    version: &str,
) -> bool {
    match (row, package) {
        (Modularity::None, Modularity::None) => true,
        (Modularity::None, _) | (_, Modularity::None) => false,
        (Modularity::Stream(row), Modularity::Stream(package)) => row == package,
        (Modularity::Stream(row), Modularity::Unlabelled) => {
            is_version_of(row, version) || fixed.is_some_and(|fixed| same_branch(fixed, version))
        }
        (Modularity::Unlabelled, _) => fixed.is_some_and(|fixed| same_branch(fixed, version)),
    }
}

/// `nodejs:16` and `1:16.13.1-3`: many streams are named by the version that they follow.
fn is_version_of(module: &str, version: &str) -> bool {
    let Some((_, stream)) = module.split_once(':') else { return false };
    let upstream = upstream(version);
    stream.starts_with(|c: char| c.is_ascii_digit())
        && upstream
            .strip_prefix(stream)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The first two numbers of the upstream version agree.
fn same_branch(a: &str, b: &str) -> bool {
    let branch = |version| {
        let mut parts = upstream(version).split('.');
        (parts.next(), parts.next())
    };
    branch(a) == branch(b)
}

/// An RPM version without epoch and release.
pub(crate) fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    version.split_once('-').map_or(version, |(upstream, _)| upstream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_name_their_line_of_updates() {
        for (version, expected) in [
            ("7.76.1-23.el9_2.4", Some("el9_2")),
            ("32:9.11.36-16.el8_10.2", Some("el8_10")),
            ("1:18.19.1-1.module+el8.9.0+21387+3f7d3d8b", Some("el8.9")),
            ("16.17.1-1.module_el8.6.0+3261+490666b3", Some("el8.6")),
            ("7.76.1-26.el9", None),
            ("3.10.0-1160.el7", None),
            ("1.0-1", None),
            ("1.0-1.el", None),
            ("1.0-1.el_9", None),
            ("1.0-1.el9_", None),
            ("1.0", None),
            ("", None),
        ] {
            assert_eq!(update_line(version), expected, "{version}");
        }
    }

    #[test]
    fn streams_do_not_mix() {
        let stream = Modularity::Stream;
        let (none, unlabelled) = (Modularity::None, Modularity::Unlabelled);
        let fixed = Some("1:16.17.1-1.module_el8.6.0+3261+490666b3");
        for (row, package, version, expected) in [
            (none, none, "1.0-1.el8", true),
            (none, stream("nodejs:16"), "1:16.1.0-1", false),
            (none, unlabelled, "1:16.1.0-1.module_el8", false),
            (stream("nodejs:16"), none, "1:16.1.0-1.el8", false),
            (unlabelled, none, "1:16.1.0-1.el8", false),
            (stream("nodejs:16"), stream("nodejs:16"), "1:16.1.0-1", true),
            (stream("nodejs:16"), stream("nodejs:14"), "1:14.1.0-1", false),
            (stream("nodejs:16"), unlabelled, "1:16.1.0-1.module_el8", true),
            (stream("nodejs:1"), unlabelled, "1:16.1.0-1.module_el8", false),
            (stream("nodejs:16"), unlabelled, "1:14.1.0-1.module_el8", false),
            (stream("container-tools:rhel8"), unlabelled, "16.17.0-1.module_el8", true),
            (unlabelled, stream("nodejs:16"), "1:16.17.0-1", true),
            (unlabelled, stream("nodejs:14"), "1:14.17.0-1", false),
            (unlabelled, unlabelled, "1:16.17.0-1", true),
        ] {
            assert_eq!(applies(row, fixed, package, version), expected, "{row:?} {package:?}");
        }
    }
}
