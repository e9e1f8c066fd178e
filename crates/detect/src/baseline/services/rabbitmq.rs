//! RabbitMQ: the new key and value form, and Erlang terms of old.

use plimsoll_model::Severity;

use super::{SERVICE, each, is_default_password, set, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://www.rabbitmq.com/docs/access-control"],
    ..Check::of("rabbitmq")
};

static RABBITMQ: Service = Service {
    id: "rabbitmq",
    files: &["etc/rabbitmq/rabbitmq.conf", "etc/rabbitmq/conf.d/*.conf"],
    format: Format::Equals,
    packages: &["rabbitmq-server"],
    version_env: "RABBITMQ_VERSION",
    merged: true,
    ..SERVICE
};
static CLASSIC: Service = Service {
    id: "rabbitmq-classic",
    files: &["etc/rabbitmq/rabbitmq.config", "etc/rabbitmq/advanced.config"],
    format: Format::Erlang,
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-rabbitmq-default-password",
        severity: Severity::High,
        title: "RabbitMQ makes a user with a password that everybody guesses",
        why: "Whoever reaches the port reads and writes all queues.",
        advice: "Set `default_pass` by a mounted file, or remove the user.",
        judge: set_env(
            &RABBITMQ,
            &["default_pass"],
            &["RABBITMQ_DEFAULT_PASS"],
            Default::Nothing,
            Bad::By(is_default_password),
            "default_pass = <a long random password>",
        ),
        fails: &[
            "//- /etc/rabbitmq/rabbitmq.conf\ndefault_pass = guest\n",
            "//- config\nEnv: RABBITMQ_DEFAULT_PASS=guest\n",
        ],
        passes: &["//- /etc/rabbitmq/rabbitmq.conf\ndefault_pass = {WORD}x9\n"],
        ..BASE
    },
    Check {
        id: "baseline-rabbitmq-loopback",
        severity: Severity::High,
        title: "RabbitMQ's user guest may log in from everywhere",
        why: "Its password is guest.",
        advice: "Remove the setting: then guest logs in from the same machine only.",
        judge: set(
            &RABBITMQ,
            &["loopback_users", "loopback_users.guest"],
            Default::Nothing,
            Bad::Is(&["none", "false", ""]),
            "loopback_users.guest = true",
        ),
        fails: &[
            "//- /etc/rabbitmq/rabbitmq.conf\nloopback_users = none\n",
            "//- /etc/rabbitmq/rabbitmq.conf\nloopback_users.guest = false\n",
        ],
        passes: &["//- /etc/rabbitmq/rabbitmq.conf\nloopback_users.guest = true\n"],
        ..BASE
    },
    Check {
        id: "baseline-rabbitmq-loopback-classic",
        severity: Severity::High,
        title: "RabbitMQ's user guest may log in from everywhere",
        why: "Its password is guest.",
        advice: "Remove the setting: then guest logs in from the same machine only.",
        judge: set(
            &CLASSIC,
            &["rabbit.loopback_users"],
            Default::Nothing,
            Bad::Empty,
            "{loopback_users, [<<\"guest\">>]}",
        ),
        fails: &["//- /etc/rabbitmq/rabbitmq.config\n[{rabbit, [{loopback_users, []}]}].\n"],
        passes: &[
            "//- /etc/rabbitmq/rabbitmq.config\n[{rabbit, [{loopback_users, [<<\"guest\">>]}]}].\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-rabbitmq-tls-verify",
        severity: Severity::Medium,
        title: "RabbitMQ does not verify certificates",
        why: "Somebody on the network can stand in for the other side.",
        advice: "Write `ssl_options.verify = verify_peer`.",
        judge: set(
            &RABBITMQ,
            &["ssl_options.verify"],
            Default::Nothing,
            Bad::Is(&["verify_none"]),
            "ssl_options.verify = verify_peer",
        ),
        fails: &["//- /etc/rabbitmq/rabbitmq.conf\nssl_options.verify = verify_none\n"],
        passes: &["//- /etc/rabbitmq/rabbitmq.conf\nssl_options.verify = verify_peer\n"],
        ..BASE
    },
    Check {
        id: "baseline-rabbitmq-anonymous",
        severity: Severity::Medium,
        title: "RabbitMQ lets MQTT clients in without a login",
        why: "Whoever reaches the port reads and writes queues.",
        advice: "Write `mqtt.allow_anonymous = false`.",
        judge: each(
            &RABBITMQ,
            &["mqtt.allow_anonymous", "anonymous_login_user"],
            Default::Nothing,
            Bad::Is(&["true", "guest"]),
            "mqtt.allow_anonymous = false",
        ),
        fails: &["//- /etc/rabbitmq/rabbitmq.conf\nmqtt.allow_anonymous = true\n"],
        passes: &["//- /etc/rabbitmq/rabbitmq.conf\nmqtt.allow_anonymous = false\n"],
        ..BASE
    },
];
