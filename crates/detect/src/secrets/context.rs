//! What the place of a find says about it: files that document and test packages hold what only looks like secrets,
//! and so do lists of digests and code that a machine has squeezed.

use std::sync::LazyLock;

use memchr::memmem;

/// What sort of file a path names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PlaceKind {
    /// One like any other.
    Live,
    /// Tests and documentation that the image's maker wrote.
    Reference,
    /// The code of a package that everybody gets from a registry or a distribution.
    Package,
    /// `usr/share` and `usr/lib`, where few but packages of a distribution put files.
    System,
    /// Tests, documentation and samples of such a package.
    PackageReference,
    /// A list of versions and digests.
    LockFile,
}

impl PlaceKind {
    /// The same in an archive that lies at such a place.
    pub(super) fn inside(self, outer: Option<Self>) -> Self {
        match (outer, self) {
            (None | Some(Self::Live | Self::LockFile | Self::System), inner) => inner,
            (
                Some(Self::Package | Self::PackageReference),
                Self::Reference | Self::PackageReference,
            ) => Self::PackageReference,
            (Some(Self::Package), Self::LockFile) => Self::LockFile,
            (Some(outer), _) => outer,
        }
    }
}

/// Folders below which packages of languages lie.
const PACKAGES: &[&str] = &[
    "site-packages/",
    "dist-packages/",
    "node_modules/",
    "usr/lib/python",
    "usr/local/lib/python",
    "usr/share/perl",
    "usr/lib/x86_64-linux-gnu/perl",
    "usr/local/lib/perl",
    "gems/",
    "vendor/bundle/",
    "pkg/mod/",
    ".cargo/registry/",
    "usr/lib/ruby",
    "usr/local/lib/ruby",
    "usr/share/php",
    "usr/lib/go",
    "usr/local/go/",
    "usr/lib/node",
    "usr/share/nodejs/",
    "usr/lib/jvm/",
    "usr/share/gradle",
    "usr/share/maven",
    "usr/lib/rustlib",
    ".rustup/",
    "bower_components/",
    "usr/share/javascript/",
    "usr/lib/erlang",
    "usr/local/lib/erlang",
    "conda-meta/",
    "usr/share/vim",
    "usr/share/nmap",
    "usr/share/metasploit",
    "usr/src/linux",
    "usr/src/kernels",
    "usr/include/",
    "google-cloud-sdk/",
    "third_party/",
    "thirdparty/",
    "vendored/",
    "_vendor/",
    "vendor/",
    "usr/share/cmake",
    "usr/libexec/",
    "usr/local/aws-cli/",
    "wp-includes/",
    "wp-admin/",
];

/// Made once: the place of every file of an image is asked for.
static PACKAGE_FINDERS: LazyLock<Vec<memmem::Finder<'static>>> =
    LazyLock::new(|| PACKAGES.iter().map(memmem::Finder::new).collect());

/// Folders of documentation of distributions.
const DOCUMENTS: &[&str] = &[
    "usr/share/doc/",
    "usr/share/man/",
    "usr/share/info/",
    "usr/share/locale/",
    "usr/share/help/",
    "usr/share/gtk-doc/",
    "usr/local/share/man/",
    "usr/local/share/doc/",
    "usr/share/i18n/",
    "usr/share/licenses/",
    "usr/share/common-licenses/",
    "usr/share/zoneinfo/",
    "usr/share/mime/",
    "usr/share/misc/",
    "usr/share/dict/",
    "usr/share/hunspell/",
    "usr/share/bash-completion/",
    "usr/share/zsh/",
    "usr/share/fish/",
];

/// Names of folders that hold tests, samples and documentation.
const REFERENCE_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "test-fixtures",
    "__tests__",
    "__mocks__",
    "__fixtures__",
    "fixtures",
    "fixture",
    "spec",
    "specs",
    "mocks",
    "mock",
    "examples",
    "example",
    "samples",
    "sample",
    "demo",
    "demos",
    "dummyserver",
    "selftest",
    "docs",
    "doc",
    "documentation",
    "t",
    "xt",
    "cassettes",
    "locale",
    "locales",
    "i18n",
    "translations",
    "benchmark",
    "benchmarks",
];

/// Ends of the names of files that describe.
const REFERENCE_ENDS: &[&str] = &[
    ".md",
    ".mdx",
    ".ronn",
    ".markdown",
    ".rst",
    ".adoc",
    ".asciidoc",
    ".pod",
    ".po",
    ".pot",
    ".mo",
    ".tex",
    ".texi",
    ".1",
    ".3",
    ".5",
    ".7",
    ".8",
    ".info",
    ".html",
    ".htm",
    ".xhtml",
    "_test.go",
    "_test.py",
    ".test.js",
    ".test.ts",
    ".spec.js",
    ".spec.ts",
    ".test.tsx",
    ".spec.rb",
    "_spec.rb",
    "test.java",
    ".d.ts",
    ".js.map",
    ".css.map",
    ".svg",
    ".css",
    ".example",
    ".sample",
    ".dist",
    ".template",
    ".tmpl",
    ".j2",
    ".snap",
];

/// Beginnings of such names.
const REFERENCE_STARTS: &[&str] = &[
    "readme",
    "changelog",
    "changes",
    "news",
    "history",
    "license",
    "copying",
    "authors",
    "contributing",
    "notice",
    "test_",
    "conftest.py",
];

/// Names of lists of versions and digests.
const LOCK_FILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    ".package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "composer.lock",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "pipfile.lock",
    "cargo.lock",
    "gemfile.lock",
    "go.sum",
    "go.work.sum",
    "mix.lock",
    "pubspec.lock",
    "packages.lock.json",
    "podfile.lock",
    "package.resolved",
    "flake.lock",
    "gradle.lockfile",
    "record",
    "installed.json",
    "manifest.mf",
    "sha256sums",
    "sha512sums",
    "md5sums",
    "checksums.txt",
    "deno.lock",
    ".terraform.lock.hcl",
    "conan.lock",
    "project.assets.json",
    "cyclonedx.json",
];

/// What sort of file `path` names.
pub(super) fn place(path: &str) -> PlaceKind {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    if LOCK_FILES.contains(&name)
        || [".md5sums", ".sha256sums", ".sha256", ".sha512", ".sha1", ".md5", ".lock"]
            .iter()
            .any(|end| name.ends_with(end))
        || lower.starts_with("var/lib/dpkg/")
        || lower.starts_with("lib/apk/db/")
        || lower.starts_with("var/lib/apt/lists/")
    {
        return PlaceKind::LockFile;
    }
    if DOCUMENTS.iter().any(|folder| lower.starts_with(folder)) {
        return PlaceKind::PackageReference;
    }
    let is_package = PACKAGE_FINDERS.iter().any(|folder| {
        folder
            .find_iter(lower.as_bytes())
            .any(|at| at.checked_sub(1).is_none_or(|before| lower.as_bytes()[before] == b'/'))
    });
    let is_system = lower.starts_with("usr/share/") || lower.starts_with("usr/lib/");
    let folders = lower.rsplit_once('/').map_or("", |(folders, _)| folders);
    let is_reference = folders.split('/').any(|part| REFERENCE_FOLDERS.contains(&part))
        || REFERENCE_ENDS.iter().any(|end| name.ends_with(end))
        || REFERENCE_STARTS.iter().any(|start| name.starts_with(start));
    match (is_package || is_system, is_reference) {
        (true, true) => PlaceKind::PackageReference,
        (true, false) if is_package => PlaceKind::Package,
        (true, false) => PlaceKind::System,
        (false, true) => PlaceKind::Reference,
        (false, false) => PlaceKind::Live,
    }
}

/// Whether a file is a test, sample or document of a package that everybody gets.
pub(super) fn is_package_reference(path: &str) -> bool {
    place(path) == PlaceKind::PackageReference
}

/// From this many bytes on a line is one that nobody wrote by hand.
const LONG_LINE: usize = 600;

/// Whether a stretch of a line is code without line ends.
pub(super) fn is_minified(line: &[u8]) -> bool {
    if line.len() < LONG_LINE {
        return false;
    }
    let mut marks = 0;
    for mark in [
        "function",
        "return",
        "=>",
        "&&",
        "||",
        "){",
        "});",
        "void 0",
        "this.",
        "!0",
        "!1",
        "var ",
        ".prototype",
        "!==",
        "===",
        "}else",
    ] {
        marks += memmem::find_iter(line, mark.as_bytes()).take(50).count();
    }
    // One mark in 150 bytes; prose and data have next to none.
    marks * 150 >= line.len().min(2000)
}

/// Whether what stands before the secret says that it is a digest.
pub(super) fn is_digest(before: &[u8]) -> bool {
    let before = &before[before.len().saturating_sub(40)..];
    let lower = before.to_ascii_lowercase();
    let end = lower
        .iter()
        .rposition(|b| !matches!(b, b'"' | b'\'' | b' ' | b'=' | b':' | b'-' | b'>' | b'(' | b'['))
        .map_or(0, |at| at + 1);
    let name = &lower[..end];
    [
        "sha512",
        "sha384",
        "sha256",
        "sha224",
        "sha1",
        "md5",
        "integrity",
        "checksum",
        "digest",
        "etag",
        "resolved",
        "h1",
        "blake2b",
        "crc32",
        "fingerprint",
        "commit",
        "revision",
    ]
    .iter()
    .any(|word| name.ends_with(word.as_bytes()))
        && end < lower.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (path, kind) in [
            ("app/config/settings.py", PlaceKind::Live),
            ("app/.env", PlaceKind::Live),
            ("app/tests/conftest.py", PlaceKind::Reference),
            ("app/README.md", PlaceKind::Reference),
            ("usr/lib/python3/dist-packages/botocore/auth.py", PlaceKind::Package),
            (
                "usr/local/lib/python3.12/site-packages/Crypto/SelfTest/x/tests/a.py",
                PlaceKind::PackageReference,
            ),
            ("app/node_modules/jsonwebtoken/test/priv.pem", PlaceKind::PackageReference),
            ("usr/share/doc/openssl/demo.pem", PlaceKind::PackageReference),
            ("app/package-lock.json", PlaceKind::LockFile),
            ("var/lib/dpkg/info/x.md5sums", PlaceKind::LockFile),
            ("root/.aws/credentials", PlaceKind::Live),
            ("app/mygems/config.rb", PlaceKind::Live),
        ] {
            assert_eq!(place(path), kind, "{path}");
        }
    }

    #[test]
    fn squeezed_code_and_digests() {
        let code = "var a=function(b){return b&&b.c||this.d};".repeat(40);
        assert!(is_minified(code.as_bytes()));
        let data = "{\"name\": \"value\", \"other\": \"something\"},".repeat(40);
        assert!(!is_minified(data.as_bytes()));
        assert!(
            is_digest(b"\"integrity\": \"sha512-")
                && is_digest(b"image@sha256:")
                && is_digest(b"etag = \"")
        );
        assert!(!is_digest(b"password = \"") && !is_digest(b"token: "));
    }
}
