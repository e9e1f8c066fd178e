//! CouchDB.

use plimsoll_model::Severity;

use super::{OFF, is_default_password, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://docs.couchdb.org/en/stable/intro/security.html"],
    ..Check::of("couchdb")
};

static COUCHDB: Service = Service {
    id: "couchdb",
    files: &[
        "opt/couchdb/etc/default.ini",
        "opt/couchdb/etc/default.d/*.ini",
        "opt/couchdb/etc/local.ini",
        "opt/couchdb/etc/local.d/*.ini",
        "etc/couchdb/*.ini",
        "etc/couchdb/local.d/*.ini",
    ],
    format: Format::Ini,
    programs: &["couchdb"],
    packages: &["couchdb"],
    version_env: "COUCHDB_VERSION",
    merged: true,
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-couchdb-admin-password",
        severity: Severity::Critical,
        title: "CouchDB has an administrator with a password that everybody guesses",
        why: "Whoever reaches the port reads and changes all data.",
        advice: "Set another password; CouchDB hashes it when it starts.",
        judge: set(
            &COUCHDB,
            &["admins.admin"],
            Default::Nothing,
            Bad::By(is_default_password),
            "admin = <a long random password>",
        ),
        fails: &["//- /opt/couchdb/etc/local.ini\n[admins]\nadmin = password\n"],
        passes: &["//- /opt/couchdb/etc/local.ini\n[admins]\nadmin = -pbkdf2-x\n"],
        ..BASE
    },
    Check {
        id: "baseline-couchdb-bind",
        severity: Severity::Low,
        title: "CouchDB listens everywhere",
        why: "Everybody on the container's networks can try passwords. Images that serve other containers need it.",
        advice: "Name an address.",
        default: false,
        judge: set(
            &COUCHDB,
            &["chttpd.bind_address", "httpd.bind_address"],
            Default::Nothing,
            Bad::Everywhere,
            "bind_address = 127.0.0.1",
        ),
        fails: &["//- /opt/couchdb/etc/local.ini\n[chttpd]\nbind_address = 0.0.0.0\n"],
        passes: &["//- /opt/couchdb/etc/local.ini\n[chttpd]\nbind_address = 127.0.0.1\n"],
        ..BASE
    },
    Check {
        id: "baseline-couchdb-require-user",
        severity: Severity::High,
        title: "CouchDB answers requests without a login",
        why: "Whoever reaches the port reads what is not locked.",
        advice: "Set `require_valid_user = true`.",
        judge: set(
            &COUCHDB,
            &[
                "chttpd.require_valid_user",
                "couch_httpd_auth.require_valid_user",
                "chttpd_auth.require_valid_user",
            ],
            Default::Nothing,
            OFF,
            "require_valid_user = true",
        ),
        fails: &["//- /opt/couchdb/etc/local.ini\n[chttpd]\nrequire_valid_user = false\n"],
        passes: &["//- /opt/couchdb/etc/local.ini\n[chttpd]\nrequire_valid_user = true\n"],
        ..BASE
    },
];
