//! Programs that are scripts, and files that tell the version of the program beside them.

use plimsoll_model::PackageKind::{Generic, Golang};

use super::{
    Classifier,
    Evidence::{After, AfterWith},
    Name::{Is, Path},
};

/// In the order of names.
pub(super) static ALL: &[Classifier] = &[
    Classifier {
        name: "composer",
        kind: Generic,
        files: &[Is("composer"), Is("composer.phar")],
        evidence: &[AfterWith("const VERSION = '", "BRANCH_ALIAS_VERSION")],
    },
    Classifier {
        name: "drupal",
        kind: Generic,
        files: &[Path("core/lib/Drupal.php")],
        evidence: &[After("const VERSION = '")],
    },
    Classifier {
        name: "joomla",
        kind: Generic,
        files: &[Path("administrator/manifests/files/joomla.xml")],
        evidence: &[After("<version>")],
    },
    Classifier {
        name: "matomo",
        kind: Generic,
        files: &[Path("core/Version.php")],
        evidence: &[After("const VERSION = '")],
    },
    Classifier {
        name: "mediawiki",
        kind: Generic,
        files: &[Path("includes/Defines.php")],
        evidence: &[After("define( 'MW_VERSION', '")],
    },
    Classifier {
        name: "nextcloud",
        kind: Generic,
        files: &[Is("version.php")],
        evidence: &[After("$OC_VersionString = '")],
    },
    Classifier {
        name: "phpmyadmin",
        kind: Generic,
        files: &[Path("libraries/classes/Version.php"), Path("src/Version.php")],
        evidence: &[AfterWith("const VERSION = '", "VERSION_SUFFIX")],
    },
    // The compiler: what it links in is told of each program apart (package `stdlib`).
    Classifier {
        name: "toolchain",
        kind: Golang,
        files: &[Path("go/VERSION")],
        evidence: &[After("go")],
    },
    Classifier {
        name: "wordpress",
        kind: Generic,
        files: &[Path("wp-includes/version.php")],
        evidence: &[After("$wp_version = '")],
    },
];
