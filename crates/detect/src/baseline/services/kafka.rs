//! Kafka brokers.

use plimsoll_model::Severity;

use super::{ON, SERVICE, set, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://kafka.apache.org/documentation/#security"],
    ..Check::of("kafka")
};

static KAFKA: Service = Service {
    id: "kafka",
    files: &[
        "opt/kafka*/config/server.properties",
        "etc/kafka/server.properties",
        "opt/bitnami/kafka/config/server.properties",
        "opt/kafka*/config/kraft/server.properties",
        "etc/kafka/kraft/server.properties",
    ],
    format: Format::Properties,
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-kafka-acl-default",
        severity: Severity::High,
        title: "Kafka allows what no access list forbids",
        why: "Everybody who logs in reads and writes all topics that have no list.",
        advice: "Write `allow.everyone.if.no.acl.found=false`.",
        judge: set_env(
            &KAFKA,
            &["allow.everyone.if.no.acl.found"],
            &["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"],
            Default::Nothing,
            ON,
            "allow.everyone.if.no.acl.found=false",
        ),
        fails: &["//- /opt/kafka/config/server.properties\nallow.everyone.if.no.acl.found=true\n"],
        passes: &[
            "//- /opt/kafka/config/server.properties\nallow.everyone.if.no.acl.found=false\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-kafka-listeners",
        severity: Severity::Low,
        title: "Kafka speaks without TLS and login",
        why: "Whoever reaches the port reads and writes all topics.",
        advice: "Use SASL_SSL listeners.",
        default: false,
        judge: set(
            &KAFKA,
            &["listeners", "advertised.listeners", "listener.security.protocol.map"],
            Default::Is("PLAINTEXT://:9092"),
            Bad::By(plain),
            "listeners=SASL_SSL://:9092",
        ),
        fails: &["//- /opt/kafka/config/server.properties\nlisteners=PLAINTEXT://:9092\n"],
        passes: &["//- /opt/kafka/config/server.properties\nlisteners=SASL_SSL://:9092\n"],
        ..BASE
    },
    Check {
        id: "baseline-kafka-plaintext-everywhere",
        severity: Severity::Medium,
        title: "Kafka listens everywhere without TLS and login",
        why: "Whoever reaches the port reads and writes all topics.",
        advice: "Use SASL_SSL listeners, or bind plain ones to localhost.",
        default: false,
        judge: set_env(
            &KAFKA,
            &["listeners"],
            &["KAFKA_LISTENERS"],
            Default::Nothing,
            Bad::By(open),
            "listeners=SASL_SSL://:9092",
        ),
        fails: &["//- /opt/kafka/config/server.properties\nlisteners=PLAINTEXT://0.0.0.0:9092\n"],
        passes: &[
            "//- /opt/kafka/config/server.properties\nlisteners=PLAINTEXT://localhost:9092\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-kafka-hostname-check",
        severity: Severity::Medium,
        title: "Kafka does not check the names in certificates",
        why: "Another server with any certificate can stand in for a broker.",
        advice: "Remove the empty `ssl.endpoint.identification.algorithm`.",
        judge: set(
            &KAFKA,
            &["ssl.endpoint.identification.algorithm"],
            Default::Nothing,
            Bad::Empty,
            "ssl.endpoint.identification.algorithm=https",
        ),
        fails: &[
            "//- /opt/kafka/config/server.properties\nssl.endpoint.identification.algorithm=\n",
        ],
        passes: &[
            "//- /opt/kafka/config/server.properties\nssl.endpoint.identification.algorithm=https\n",
        ],
        ..BASE
    },
];

fn plain(value: &str) -> bool {
    value.to_ascii_uppercase().contains("PLAINTEXT://")
}

fn open(value: &str) -> bool {
    value.split(',').map(str::trim).any(|one| {
        let upper = one.to_ascii_uppercase();
        upper.strip_prefix("PLAINTEXT://").is_some_and(|rest| {
            rest.starts_with("0.0.0.0") || rest.starts_with(':') || rest.starts_with("[::]")
        })
    })
}
