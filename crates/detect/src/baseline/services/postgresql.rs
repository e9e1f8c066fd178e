//! PostgreSQL: `postgresql.conf` and `pg_hba.conf`.

use plimsoll_model::Severity;

use super::{OFF, SERVICE, set};
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::{Format, words},
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://www.postgresql.org/docs/current/runtime-config-connection.html"],
    ..Check::of("postgresql")
};

static POSTGRES: Service = Service {
    id: "postgresql",
    files: &[
        "etc/postgresql/*/*/postgresql.conf",
        "var/lib/postgresql/data/postgresql.conf",
        "var/lib/pgsql/data/postgresql.conf",
        "etc/postgresql/postgresql.conf",
        "usr/local/share/postgresql/postgresql.conf.sample",
    ],
    format: Format::Postgres,
    programs: &["postgres", "postmaster"],
    packages: &[
        "postgresql-17",
        "postgresql-16",
        "postgresql-15",
        "postgresql-14",
        "postgresql-13",
        "postgresql-server",
        "postgresql",
    ],
    version_env: "PG_VERSION",
    ..SERVICE
};

/// Access files.
const HBA: &[&str] = &[
    "etc/postgresql/*/*/pg_hba.conf",
    "var/lib/postgresql/data/pg_hba.conf",
    "var/lib/pgsql/data/pg_hba.conf",
    "etc/postgresql/pg_hba.conf",
];

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-postgresql-hba-everywhere",
        severity: Severity::Low,
        title: "PostgreSQL lets all addresses try to log in to all databases",
        why: "Everybody who reaches the port can try passwords.",
        advice: "Name databases, users and the network that clients come from.",
        references: &["https://www.postgresql.org/docs/current/auth-pg-hba-conf.html"],
        default: false,
        judge: Judge::Rule(hba_everywhere),
        fails: &["//- /etc/postgresql/15/main/pg_hba.conf\nhost all all 0.0.0.0/0 scram-sha-256\n"],
        passes: &[
            "//- /etc/postgresql/15/main/pg_hba.conf\nhost app app 10.0.0.0/8 scram-sha-256\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-hba-trust",
        severity: Severity::Critical,
        title: "PostgreSQL lets clients in without a password",
        why: "Whoever reaches the port is any user of the database, the administrator too.",
        advice: "Write `scram-sha-256` instead of `trust` (and POSTGRES_HOST_AUTH_METHOD likewise).",
        references: &["https://www.postgresql.org/docs/current/auth-trust.html"],
        judge: Judge::Rule(hba_trust),
        fails: &[
            "//- /etc/postgresql/15/main/pg_hba.conf\nhost all all 0.0.0.0/0 trust\n",
            "//- config\nEnv: POSTGRES_HOST_AUTH_METHOD=trust\n",
        ],
        passes: &[
            "//- /etc/postgresql/15/main/pg_hba.conf\nlocal all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-hba-weak",
        severity: Severity::Medium,
        title: "PostgreSQL accepts passwords in clear or by MD5",
        why: "`password` sends them in clear, `md5` can be replayed from the stored hash, `ident` believes the client's machine.",
        advice: "Write `scram-sha-256`, and set the passwords anew.",
        judge: Judge::Rule(hba_weak),
        fails: &["//- /etc/postgresql/15/main/pg_hba.conf\nhost all all 10.0.0.0/8 password\n"],
        passes: &[
            "//- /etc/postgresql/15/main/pg_hba.conf\nhost all all 10.0.0.0/8 scram-sha-256\nlocal all all peer\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-listen",
        severity: Severity::Low,
        title: "PostgreSQL listens everywhere",
        why: "Everybody on the container's networks can try to log in. Images that serve other containers need it.",
        advice: "Name the address of the one network that clients come from.",
        default: false,
        judge: set(
            &POSTGRES,
            &["listen_addresses", "-h"],
            Default::Is("localhost"),
            Bad::Everywhere,
            "listen_addresses = 'localhost'",
        ),
        fails: &[
            "//- /etc/postgresql/15/main/postgresql.conf\nlisten_addresses = '*'\n",
            "//- config\nCmd: postgres -c listen_addresses=*\n",
        ],
        passes: &["//- /etc/postgresql/15/main/postgresql.conf\nlisten_addresses = 'localhost'\n"],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-log-connections",
        severity: Severity::Negligible,
        title: "PostgreSQL does not log who connects",
        why: "Afterwards nobody can say who was there.",
        advice: "Switch it on.",
        default: false,
        judge: set(
            &POSTGRES,
            &["log_connections"],
            Default::Is("off"),
            OFF,
            "log_connections = on",
        ),
        fails: &["//- /etc/postgresql/15/main/postgresql.conf\nport = 5432\n"],
        passes: &["//- /etc/postgresql/15/main/postgresql.conf\nlog_connections = on\n"],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-password-encryption",
        severity: Severity::Medium,
        title: "PostgreSQL hashes new passwords by MD5",
        why: "The stored hash is as good as the password, and it is found quickly.",
        advice: "Remove the setting, and set the passwords anew.",
        judge: set(
            &POSTGRES,
            &["password_encryption"],
            // PostgreSQL 14 changed it (its release notes).
            Default::Changed((14, 0), "md5", "scram-sha-256"),
            Bad::Is(&["md5", "on", "off"]),
            "password_encryption = scram-sha-256",
        ),
        fails: &[
            "//- /etc/postgresql/15/main/postgresql.conf\npassword_encryption = md5\n",
            "//- packages\npostgresql-13 13.14-1\n//- /etc/postgresql/13/main/postgresql.conf\nport = 5432\n",
        ],
        passes: &[
            "//- packages\npostgresql-15 15.6-1\n//- /etc/postgresql/15/main/postgresql.conf\nport = 5432\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-tls",
        severity: Severity::Low,
        title: "PostgreSQL speaks without TLS",
        why: "Data go over the network in clear.",
        advice: "Switch it on, and give it a certificate.",
        default: false,
        judge: set(&POSTGRES, &["ssl"], Default::Is("off"), OFF, "ssl = on"),
        fails: &["//- /etc/postgresql/15/main/postgresql.conf\nssl = off\n"],
        passes: &["//- /etc/postgresql/15/main/postgresql.conf\nssl = on\n"],
        ..BASE
    },
    Check {
        id: "baseline-postgresql-tls-version",
        severity: Severity::Medium,
        title: "PostgreSQL accepts old versions of TLS",
        why: "TLS 1.0 and 1.1 have known weaknesses and are forbidden by RFC 8996.",
        advice: "Remove the setting; TLS 1.2 is the default.",
        judge: set(
            &POSTGRES,
            &["ssl_min_protocol_version"],
            Default::Nothing,
            Bad::Is(&["TLSv1", "TLSv1.1", ""]),
            "ssl_min_protocol_version = 'TLSv1.2'",
        ),
        fails: &[
            "//- /etc/postgresql/15/main/postgresql.conf\nssl_min_protocol_version = 'TLSv1'\n",
        ],
        passes: &[
            "//- /etc/postgresql/15/main/postgresql.conf\nssl_min_protocol_version = 'TLSv1.2'\n",
        ],
        ..BASE
    },
];

struct Rule {
    path: String,
    line: u32,
    text: String,
    /// Database, user, address.
    words: Vec<String>,
    method: String,
}

/// Rules of connections over the network.
fn rules(image: &Image<'_>, answer: &mut Answer) -> Vec<Rule> {
    let mut out = Vec::new();
    for glob in HBA {
        for (_, text) in image.matching(glob) {
            answer.applies();
            for (line, shown) in words::lines(&text.text, &['#'], true) {
                let mut words = words::split(words::before_comment(&shown, &['#'])).into_iter();
                if !words.next().is_some_and(|kind| kind.starts_with("host")) {
                    continue;
                }
                let words: Vec<String> = words.collect();
                // `address mask` as two words moves the method on by one.
                let has_mask = words.get(3).is_some_and(|w| w.parse::<std::net::IpAddr>().is_ok());
                let method = words.get(if has_mask { 4 } else { 3 }).cloned().unwrap_or_default();
                out.push(Rule { path: text.path.clone(), line, text: shown, words, method });
            }
        }
    }
    out
}

impl Rule {
    fn address(&self) -> &str {
        self.words.get(2).map_or("", String::as_str)
    }

    fn is_local(&self) -> bool {
        let address = self.address();
        address.starts_with("127.")
            || address.starts_with("::1")
            || matches!(address, "localhost" | "samehost")
    }
}

fn hba(image: &Image<'_>, answer: &mut Answer, bad: impl Fn(&Rule) -> bool, write: &str) {
    for rule in rules(image, answer).iter().filter(|rule| bad(rule)) {
        let hit = Hit::line(&rule.path, rule.line, rule.text.as_str()).setting(
            "method",
            &rule.method,
            write,
        );
        answer.fail(hit.change(format!(
            "In /{}, line {}, write `{write}` as the method",
            rule.path, rule.line
        )));
    }
}

fn hba_trust(image: &Image<'_>, answer: &mut Answer) {
    hba(image, answer, |rule| rule.method == "trust" && !rule.is_local(), "scram-sha-256");
    if let Some(value) = image.env("POSTGRES_HOST_AUTH_METHOD") {
        answer.applies();
        if value == "trust" {
            let hit = Hit::config("Env", format!("POSTGRES_HOST_AUTH_METHOD={value}"));
            answer.fail(hit.setting("POSTGRES_HOST_AUTH_METHOD", value, "scram-sha-256"));
        }
    }
}

fn hba_weak(image: &Image<'_>, answer: &mut Answer) {
    hba(
        image,
        answer,
        |rule| matches!(rule.method.as_str(), "password" | "md5" | "ident") && !rule.is_local(),
        "scram-sha-256",
    );
}

fn hba_everywhere(image: &Image<'_>, answer: &mut Answer) {
    let everywhere =
        |rule: &Rule| matches!(rule.address(), "all" | "0.0.0.0/0" | "::/0" | "0.0.0.0");
    hba(
        image,
        answer,
        |rule| everywhere(rule) && rule.words.first().is_some_and(|db| db == "all"),
        "scram-sha-256",
    );
}
