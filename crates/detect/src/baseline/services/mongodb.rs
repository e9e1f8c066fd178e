//! MongoDB: YAML (`mongod.conf`), and the same names on the command line.

use plimsoll_model::Severity;

use super::{ON, SERVICE, each, set};
use crate::baseline::{
    Check, Image, Judge,
    formats::Format,
    service::{Bad, Config, Default, Service, SettingRule, is_everywhere},
};

const BASE: Check = Check {
    references: &["https://www.mongodb.com/docs/manual/administration/security-checklist/"],
    ..Check::of("mongodb")
};

static MONGOD: Service = Service {
    id: "mongodb",
    files: &["etc/mongod.conf", "etc/mongodb.conf", "etc/mongo/mongod.conf"],
    format: Format::Yaml,
    programs: &["mongod", "mongos"],
    packages: &["mongodb-org-server", "mongodb-server", "mongodb"],
    version_env: "MONGO_VERSION",
    ..SERVICE
};

const AUTHORIZATION: &[&str] = &["security.authorization", "auth", "keyFile", "security.keyFile"];

fn without_login(_: &Image<'_>, config: &Config) -> bool {
    !config
        .value(Format::Yaml, AUTHORIZATION)
        .is_some_and(|value| !matches!(value, "disabled" | "false"))
}

fn listens(_: &Image<'_>, config: &Config) -> bool {
    config.value(Format::Yaml, &["net.bindIp", "bind_ip"]).is_some_and(is_everywhere)
        || config
            .value(Format::Yaml, &["net.bindIpAll", "bind_ip_all"])
            .is_some_and(|v| v == "true")
        || config.value(Format::Yaml, &["security.authorization", "noauth"]).is_some()
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-mongodb-authorization",
        severity: Severity::Critical,
        aliases: &["CIS MongoDB 2.1"],
        title: "MongoDB lets everybody in who reaches it",
        why: "Open MongoDB servers are found and emptied within hours.",
        advice: "Make an administrator, then set `security.authorization: enabled`.",
        judge: Judge::Setting(SettingRule {
            service: &MONGOD,
            names: AUTHORIZATION,
            several: false,
            env: &[],
            default: Default::Is("disabled"),
            bad: Bad::Is(&["disabled", "false"]),
            write: "authorization: enabled",
            when: Some(listens),
        }),
        fails: &[
            "//- /etc/mongod.conf\nnet:\n  bindIp: 0.0.0.0\n",
            "//- /etc/mongod.conf\nsecurity:\n  authorization: disabled\n",
            "//- config\nCmd: mongod --noauth\n",
            "//- config\nCmd: mongod --bind_ip_all\n",
        ],
        passes: &[
            "//- /etc/mongod.conf\nnet:\n  bindIp: 0.0.0.0\nsecurity:\n  authorization: enabled\n",
        ],
        skips: &["//- /etc/mongod.conf\nnet:\n  bindIp: 127.0.0.1\n"],
        ..BASE
    },
    Check {
        id: "baseline-mongodb-bind",
        severity: Severity::High,
        title: "MongoDB listens everywhere without asking who is there",
        why: "Whoever reaches the port reads and changes all data.",
        advice: "Name the addresses in `net.bindIp`, and switch authorization on.",
        judge: Judge::Setting(SettingRule {
            service: &MONGOD,
            names: &["net.bindIp", "bind_ip"],
            several: false,
            env: &[],
            // Packages changed with 2.6, the program with 3.6 (release notes).
            default: Default::Changed((3, 6), "0.0.0.0", "127.0.0.1"),
            bad: Bad::Everywhere,
            write: "bindIp: 127.0.0.1",
            when: Some(without_login),
        }),
        fails: &[
            "//- /etc/mongod.conf\nnet:\n  bindIp: 0.0.0.0\n",
            "//- packages\nmongodb-server 1:3.2.11\n//- /etc/mongod.conf\nstorage:\n  dbPath: /d\n",
        ],
        passes: &["//- /etc/mongod.conf\nnet:\n  bindIp: 127.0.0.1\n"],
        ..BASE
    },
    Check {
        id: "baseline-mongodb-http-interface",
        severity: Severity::Medium,
        title: "MongoDB's HTTP interface is on",
        why: "It shows the state of the server to everybody, and with REST also the data.",
        advice: "Remove the setting; newer versions have no such interface.",
        judge: each(
            &MONGOD,
            &["net.http.enabled", "net.http.RESTInterfaceEnabled", "httpinterface", "rest"],
            Default::Is("false"),
            ON,
            "enabled: false",
        ),
        fails: &["//- /etc/mongod.conf\nnet:\n  http:\n    enabled: true\n"],
        passes: &["//- /etc/mongod.conf\nnet:\n  http:\n    enabled: false\n"],
        ..BASE
    },
    Check {
        id: "baseline-mongodb-javascript",
        severity: Severity::Low,
        title: "MongoDB runs JavaScript that clients send",
        why: "`$where` and mapReduce make injections into queries worse.",
        advice: "Switch it off where no query needs it.",
        default: false,
        judge: set(
            &MONGOD,
            &["security.javascriptEnabled"],
            Default::Is("true"),
            ON,
            "javascriptEnabled: false",
        ),
        fails: &["//- /etc/mongod.conf\nsecurity:\n  javascriptEnabled: true\n"],
        passes: &["//- /etc/mongod.conf\nsecurity:\n  javascriptEnabled: false\n"],
        ..BASE
    },
    Check {
        id: "baseline-mongodb-tls",
        severity: Severity::Low,
        title: "MongoDB speaks without TLS",
        why: "Passwords and data go over the network in clear.",
        advice: "Set `net.tls.mode: requireTLS` and a certificate.",
        default: false,
        judge: set(
            &MONGOD,
            &["net.tls.mode", "net.ssl.mode", "tlsMode", "sslMode"],
            Default::Is("disabled"),
            Bad::Not(&["requireTLS", "requireSSL"]),
            "mode: requireTLS",
        ),
        fails: &[
            "//- /etc/mongod.conf\nnet:\n  port: 27017\n",
            "//- /etc/mongod.conf\nnet:\n  tls:\n    mode: allowTLS\n",
        ],
        passes: &["//- /etc/mongod.conf\nnet:\n  tls:\n    mode: requireTLS\n"],
        ..BASE
    },
    Check {
        id: "baseline-mongodb-tls-invalid",
        severity: Severity::Medium,
        title: "MongoDB accepts certificates that it could not verify",
        why: "Another server can stand in for a member of the cluster.",
        advice: "Remove the settings, and set `net.tls.CAFile`.",
        judge: each(
            &MONGOD,
            &[
                "net.tls.allowInvalidCertificates",
                "net.tls.allowInvalidHostnames",
                "net.ssl.allowInvalidCertificates",
            ],
            Default::Is("false"),
            Bad::Not(&["false"]),
            "allowInvalidCertificates: false",
        ),
        fails: &["//- /etc/mongod.conf\nnet:\n  tls:\n    allowInvalidCertificates: true\n"],
        passes: &["//- /etc/mongod.conf\nnet:\n  tls:\n    allowInvalidCertificates: false\n"],
        ..BASE
    },
];
