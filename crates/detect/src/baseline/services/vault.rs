//! Vault.

use plimsoll_model::Severity;

use super::{ON, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Default, Service},
};

const BASE: Check = Check {
    references: &["https://developer.hashicorp.com/vault/docs/concepts/production-hardening"],
    ..Check::of("vault")
};

static VAULT: Service = Service {
    id: "vault",
    files: &["etc/vault.d/*", "vault/config/*", "etc/vault/*.{hcl,json}"],
    format: Format::Hcl,
    programs: &["vault"],
    packages: &["vault"],
    version_env: "VAULT_VERSION",
    merged: true,
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-vault-dev",
        severity: Severity::High,
        title: "Vault runs in development mode",
        why: "It starts unsealed, keeps data in memory, and writes its root token to the log.",
        advice: "Remove `-dev`.",
        judge: set(&VAULT, &["dev"], Default::Nothing, ON, "no -dev"),
        fails: &["//- config\nCmd: vault server -dev\n"],
        passes: &["//- config\nCmd: vault server -dev=false\n"],
        ..BASE
    },
    Check {
        id: "baseline-vault-mlock",
        severity: Severity::Low,
        title: "Vault's memory may be written to disk",
        why: "Secrets stay in the swap space.",
        advice: "Remove `disable_mlock`, and give the container the IPC_LOCK capability.",
        default: false,
        judge: set(&VAULT, &["disable_mlock"], Default::Nothing, ON, "disable_mlock = false"),
        fails: &["//- /vault/config/a.hcl\ndisable_mlock = true\n"],
        passes: &["//- /vault/config/a.hcl\ndisable_mlock = false\n"],
        ..BASE
    },
    Check {
        id: "baseline-vault-tls",
        severity: Severity::High,
        title: "Vault speaks without TLS",
        why: "Tokens and secrets go over the network in clear.",
        advice: "Remove `tls_disable`, and set a certificate.",
        judge: set(
            &VAULT,
            &["listener.tcp.tls_disable", "listener.0.tcp.tls_disable"],
            Default::Is("false"),
            ON,
            "tls_disable = 0",
        ),
        fails: &["//- /vault/config/a.hcl\nlistener \"tcp\" {\n  tls_disable = 1\n}\n"],
        passes: &["//- /vault/config/a.hcl\nlistener \"tcp\" {\n  tls_disable = 0\n}\n"],
        ..BASE
    },
];
