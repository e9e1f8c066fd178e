//! etcd: a YAML file or the command line; the environment sets the same.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check =
    Check { references: &["https://etcd.io/docs/latest/op-guide/security/"], ..Check::of("etcd") };

static ETCD: Service = Service {
    id: "etcd",
    files: &["etc/etcd/etcd.conf.yml", "etc/etcd/etcd.conf.yaml", "etc/etcd.conf.yml"],
    format: Format::Yaml,
    programs: &["etcd"],
    packages: &["etcd-server", "etcd"],
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-etcd-auto-tls",
        severity: Severity::Medium,
        aliases: &["CIS Kubernetes 2.3"],
        title: "etcd trusts certificates that clients make themselves",
        why: "What is sent is encrypted, but for whom nobody knows.",
        advice: "Give etcd certificates of an authority.",
        judge: set_env(
            &ETCD,
            &[
                "client-transport-security.auto-tls",
                "auto-tls",
                "peer-transport-security.auto-tls",
                "peer-auto-tls",
            ],
            &["ETCD_AUTO_TLS", "ETCD_PEER_AUTO_TLS"],
            Default::Is("false"),
            ON,
            "auto-tls: false",
        ),
        fails: &["//- /etc/etcd/etcd.conf.yml\nclient-transport-security:\n  auto-tls: true\n"],
        passes: &["//- /etc/etcd/etcd.conf.yml\nclient-transport-security:\n  auto-tls: false\n"],
        ..BASE
    },
    Check {
        id: "baseline-etcd-client-cert",
        severity: Severity::High,
        aliases: &["CIS Kubernetes 2.2"],
        title: "etcd does not ask clients for a certificate",
        why: "Whoever reaches the port reads and changes all keys: of Kubernetes, all secrets.",
        advice: "Set `client-cert-auth: true` and a trusted CA file.",
        judge: set_env(
            &ETCD,
            &["client-transport-security.client-cert-auth", "client-cert-auth"],
            &["ETCD_CLIENT_CERT_AUTH"],
            Default::Nothing,
            OFF,
            "client-cert-auth: true",
        ),
        fails: &[
            "//- /etc/etcd/etcd.conf.yml\nclient-transport-security:\n  client-cert-auth: false\n",
        ],
        passes: &[
            "//- /etc/etcd/etcd.conf.yml\nclient-transport-security:\n  client-cert-auth: true\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-etcd-listen",
        severity: Severity::High,
        title: "etcd listens everywhere without TLS",
        why: "Whoever reaches the port reads and changes all keys.",
        advice: "Listen on https addresses, with `client-cert-auth`.",
        judge: set_env(
            &ETCD,
            &["listen-client-urls"],
            &["ETCD_LISTEN_CLIENT_URLS"],
            Default::Nothing,
            Bad::By(open),
            "listen-client-urls: https://127.0.0.1:2379",
        ),
        fails: &[
            "//- /etc/etcd/etcd.conf.yml\nlisten-client-urls: http://0.0.0.0:2379\n",
            "//- config\nCmd: etcd --listen-client-urls http://0.0.0.0:2379\n",
        ],
        passes: &[
            "//- /etc/etcd/etcd.conf.yml\nlisten-client-urls: http://127.0.0.1:2379\n",
            "//- /etc/etcd/etcd.conf.yml\nlisten-client-urls: https://0.0.0.0:2379\n",
        ],
        ..BASE
    },
];

fn open(value: &str) -> bool {
    value.split(',').map(str::trim).any(|url| {
        url.strip_prefix("http://").is_some_and(|rest| {
            rest.starts_with("0.0.0.0") || rest.starts_with("[::]") || rest.starts_with(':')
        })
    })
}
