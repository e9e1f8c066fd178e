//! InfluxDB of version 1: TOML and the environment.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, set, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Default, Service},
};

const BASE: Check = Check {
    references: &[
        "https://docs.influxdata.com/influxdb/v1/administration/authentication_and_authorization/",
    ],
    ..Check::of("influxdb")
};

static INFLUX: Service = Service {
    id: "influxdb",
    files: &["etc/influxdb/influxdb.conf", "etc/influxdb/config.toml"],
    format: Format::Toml,
    packages: &["influxdb"],
    version_env: "INFLUXDB_VERSION",
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-influxdb-auth",
        severity: Severity::High,
        title: "InfluxDB lets everybody in who reaches it",
        why: "They read and delete all data.",
        advice: "Make an administrator, then set `auth-enabled = true`.",
        judge: set_env(
            &INFLUX,
            &["http.auth-enabled"],
            &["INFLUXDB_HTTP_AUTH_ENABLED"],
            Default::Nothing,
            OFF,
            "auth-enabled = true",
        ),
        fails: &[
            "//- /etc/influxdb/influxdb.conf\n[http]\n  auth-enabled = false\n",
            "//- config\nEnv: INFLUXDB_HTTP_AUTH_ENABLED=false\n",
        ],
        passes: &["//- /etc/influxdb/influxdb.conf\n[http]\n  auth-enabled = true\n"],
        ..BASE
    },
    Check {
        id: "baseline-influxdb-pprof",
        severity: Severity::Low,
        title: "InfluxDB shows its insides without a login",
        why: "Profiles give away memory and cost time.",
        advice: "Set `pprof-auth-enabled = true`, or `pprof-enabled = false`.",
        judge: set(
            &INFLUX,
            &["http.debug-pprof-enabled"],
            Default::Nothing,
            ON,
            "debug-pprof-enabled = false",
        ),
        fails: &["//- /etc/influxdb/influxdb.conf\n[http]\ndebug-pprof-enabled = true\n"],
        passes: &["//- /etc/influxdb/influxdb.conf\n[http]\ndebug-pprof-enabled = false\n"],
        ..BASE
    },
    Check {
        id: "baseline-influxdb-tls",
        severity: Severity::Low,
        title: "InfluxDB speaks without TLS",
        why: "Passwords and data go over the network in clear.",
        advice: "Set `https-enabled = true` and a certificate.",
        default: false,
        judge: set_env(
            &INFLUX,
            &["http.https-enabled"],
            &["INFLUXDB_HTTP_HTTPS_ENABLED"],
            Default::Is("false"),
            OFF,
            "https-enabled = true",
        ),
        fails: &["//- /etc/influxdb/influxdb.conf\n[http]\nhttps-enabled = false\n"],
        passes: &["//- /etc/influxdb/influxdb.conf\n[http]\nhttps-enabled = true\n"],
        ..BASE
    },
];
