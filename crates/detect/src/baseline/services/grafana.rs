//! Grafana: grafana.ini, and variables of the form GF_SECTION_KEY.

use plimsoll_model::Severity;

use super::{ON, SERVICE, is_default_password, set, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/"],
    ..Check::of("grafana")
};

static GRAFANA: Service = Service {
    id: "grafana",
    files: &[
        "etc/grafana/grafana.ini",
        "usr/share/grafana/conf/custom.ini",
        "etc/grafana/custom.ini",
    ],
    format: Format::Ini,
    packages: &["grafana"],
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-grafana-admin-password",
        severity: Severity::High,
        title: "Grafana's administrator has a password that everybody guesses",
        why: "Whoever reaches the page sees all data sources, and with them the networks behind.",
        advice: "Mount the password as a secret: `GF_SECURITY_ADMIN_PASSWORD__FILE`.",
        judge: set_env(
            &GRAFANA,
            &["security.admin_password"],
            &["GF_SECURITY_ADMIN_PASSWORD"],
            Default::Nothing,
            Bad::By(is_default_password),
            "admin_password = <a long random password>",
        ),
        fails: &[
            "//- /etc/grafana/grafana.ini\n[security]\nadmin_password = admin\n",
            "//- config\nEnv: GF_SECURITY_ADMIN_PASSWORD=admin\n",
        ],
        passes: &["//- /etc/grafana/grafana.ini\n[security]\nadmin_password = {WORD}x9\n"],
        ..BASE
    },
    Check {
        id: "baseline-grafana-anonymous",
        severity: Severity::Medium,
        title: "Grafana shows its pages without a login",
        why: "Whoever reaches the page sees the data.",
        advice: "Write `enabled = false` in [auth.anonymous].",
        judge: set_env(
            &GRAFANA,
            &["auth.anonymous.enabled"],
            &["GF_AUTH_ANONYMOUS_ENABLED"],
            Default::Is("false"),
            ON,
            "enabled = false",
        ),
        fails: &[
            "//- /etc/grafana/grafana.ini\n[auth.anonymous]\nenabled = true\n",
            "//- config\nEnv: GF_AUTH_ANONYMOUS_ENABLED=true\n",
        ],
        passes: &["//- /etc/grafana/grafana.ini\n[auth.anonymous]\nenabled = false\n"],
        ..BASE
    },
    Check {
        id: "baseline-grafana-secret-key",
        severity: Severity::Medium,
        title: "Grafana encrypts with the key that everybody knows",
        why: "Whoever gets the database reads the passwords of the data sources.",
        advice: "Set a `secret_key` of your own.",
        judge: set(
            &GRAFANA,
            &["security.secret_key"],
            Default::Nothing,
            Bad::Is(&["SW2YcwTIb9zpOOhoPsMm"]),
            "secret_key = <a long random text>",
        ),
        fails: &["//- /etc/grafana/grafana.ini\n[security]\nsecret_key = SW2YcwTIb9zpOOhoPsMm\n"],
        passes: &["//- /etc/grafana/grafana.ini\n[security]\nsecret_key = x{WORD}\n"],
        ..BASE
    },
    Check {
        id: "baseline-grafana-sign-up",
        severity: Severity::Low,
        title: "everybody can make an account in Grafana",
        why: "They see what an account sees.",
        advice: "Write `allow_sign_up = false`.",
        judge: set_env(
            &GRAFANA,
            &["users.allow_sign_up"],
            &["GF_USERS_ALLOW_SIGN_UP"],
            Default::Nothing,
            ON,
            "allow_sign_up = false",
        ),
        fails: &["//- /etc/grafana/grafana.ini\n[users]\nallow_sign_up = true\n"],
        passes: &["//- /etc/grafana/grafana.ini\n[users]\nallow_sign_up = false\n"],
        ..BASE
    },
];
