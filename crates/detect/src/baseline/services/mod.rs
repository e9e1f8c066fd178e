//! Checks of services: one file per service, its settings in a table with the examples that show that they are
//! judged rightly.

mod consul;
mod couchdb;
mod docker;
mod elasticsearch;
mod etcd;
mod ftp;
mod grafana;
mod hadoop;
mod httpd;
mod influxdb;
mod java;
mod jenkins;
mod jupyter;
mod kafka;
mod kubernetes;
mod memcached;
mod mongodb;
mod mysql;
mod network;
mod nginx;
mod node;
mod php;
mod postgresql;
mod rabbitmq;
mod redis;
mod tomcat;
mod vault;
mod zookeeper;

use super::{
    Check, Judge,
    formats::Format,
    service::{Bad, Default, Service, SettingRule},
};

/// All lists, in alphabetical order of their modules.
pub(crate) static LISTS: &[&[Check]] = &[
    consul::CHECKS,
    couchdb::CHECKS,
    docker::CHECKS,
    elasticsearch::CHECKS,
    etcd::CHECKS,
    ftp::CHECKS,
    grafana::CHECKS,
    hadoop::CHECKS,
    httpd::CHECKS,
    influxdb::CHECKS,
    java::CHECKS,
    jenkins::CHECKS,
    jupyter::CHECKS,
    kafka::CHECKS,
    kubernetes::CHECKS,
    memcached::CHECKS,
    mongodb::CHECKS,
    mysql::CHECKS,
    network::CHECKS,
    nginx::CHECKS,
    node::CHECKS,
    php::CHECKS,
    postgresql::CHECKS,
    rabbitmq::CHECKS,
    redis::CHECKS,
    tomcat::CHECKS,
    vault::CHECKS,
    zookeeper::CHECKS,
];

/// A service to fill in.
const SERVICE: Service = Service {
    id: "",
    files: &[],
    merged: false,
    format: Format::Words,
    programs: &[],
    packages: &[],
    version_env: "",
};

/// Switched on.
const ON: Bad = Bad::Is(&["1", "on", "yes", "true", "enabled"]);
/// Switched off.
const OFF: Bad = Bad::Is(&["0", "off", "no", "false", "disabled"]);

/// Judges one setting.
const fn set(
    service: &'static Service,
    names: &'static [&'static str],
    default: Default,
    bad: Bad,
    write: &'static str,
) -> Judge {
    Judge::Setting(SettingRule {
        service,
        names,
        several: false,
        env: &[],
        default,
        bad,
        write,
        when: None,
    })
}

/// Judges each of several settings.
const fn each(
    service: &'static Service,
    names: &'static [&'static str],
    default: Default,
    bad: Bad,
    write: &'static str,
) -> Judge {
    Judge::Setting(SettingRule {
        service,
        names,
        several: true,
        env: &[],
        default,
        bad,
        write,
        when: None,
    })
}

/// As [`set`], with the environment variables that set the same.
const fn set_env(
    service: &'static Service,
    names: &'static [&'static str],
    env: &'static [&'static str],
    default: Default,
    bad: Bad,
    write: &'static str,
) -> Judge {
    Judge::Setting(SettingRule {
        service,
        names,
        several: false,
        env,
        default,
        bad,
        write,
        when: None,
    })
}

/// Passwords that ship with programs, or that everybody tries first.
fn is_default_password(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    const DEFAULTS: &[&str] = &[
        "admin",
        "foobared",
        "tomcat",
        "s3cret",
        "guest",
        "minioadmin",
        "elastic",
        "rabbitmq",
        "jboss",
        "weblogic",
        "welcome1",
        "<must-be-changed>",
    ];
    DEFAULTS.iter().chain(super::passwords::COMMON).any(|word| word.eq_ignore_ascii_case(value))
}

/// Whether a list of OpenSSL's cipher language takes in something broken. `!x` and `-x` take out.
fn weak_cipher_list(list: &str) -> bool {
    const BROKEN: &[&str] = &[
        "ALL",
        "RC4",
        "DES",
        "3DES",
        "EXP",
        "EXPORT",
        "LOW",
        "NULL",
        "ENULL",
        "ANULL",
        "ADH",
        "AECDH",
        "MD5",
        "COMPLEMENTOFALL",
    ];
    let words: Vec<&str> =
        list.split([':', ',', ' ']).map(str::trim).filter(|word| !word.is_empty()).collect();
    let taken_out = |name: &str| {
        words.iter().any(|word| {
            word.trim_start_matches(['!', '-']).eq_ignore_ascii_case(name)
                && word.starts_with(['!', '-'])
        })
    };
    words.iter().filter(|word| !word.starts_with(['!', '-', '@'])).any(|word| {
        let upper = word.trim_start_matches('+').to_ascii_uppercase();
        // `+x` only moves ciphers to the end of the list.
        let is_move = word.starts_with('+');
        let names_broken = upper.contains("RC4")
            || upper.contains("DES-CBC3")
            || upper.contains("NULL")
            || upper.starts_with("EXP");
        let is_whole = upper == "ALL"
            && ["aNULL", "ADH", "RC4", "EXPORT", "EXP", "LOW"]
                .iter()
                .filter(|name| taken_out(name))
                .count()
                >= 1;
        !is_move && !is_whole && (BROKEN.contains(&upper.as_str()) || names_broken)
    })
}
