//! Consul: HCL or JSON files, and the agent's command line.

use plimsoll_model::Severity;

use super::{OFF, ON, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://developer.hashicorp.com/consul/docs/security"],
    ..Check::of("consul")
};

static CONSUL: Service = Service {
    id: "consul",
    files: &["etc/consul.d/*", "consul/config/*", "etc/consul/*.{hcl,json}"],
    format: Format::Hcl,
    programs: &["consul"],
    packages: &["consul"],
    version_env: "CONSUL_VERSION",
    merged: true,
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-consul-acl",
        severity: Severity::High,
        title: "Consul lets everybody read and change everything",
        why: "Without access lists whoever reaches the port registers services and reads all keys.",
        advice: "Set `acl { enabled = true, default_policy = \"deny\" }`.",
        judge: set(
            &CONSUL,
            &["acl.default_policy", "acl_default_policy"],
            Default::Nothing,
            Bad::Is(&["allow"]),
            "default_policy = \"deny\"",
        ),
        fails: &[
            "//- /etc/consul.d/a.hcl\nacl {\n  enabled = true\n  default_policy = \"allow\"\n}\n",
        ],
        passes: &["//- /etc/consul.d/a.hcl\nacl = {\n  default_policy = \"deny\"\n}\n"],
        ..BASE
    },
    Check {
        id: "baseline-consul-dev",
        severity: Severity::High,
        title: "Consul runs in development mode",
        why: "It keeps data in memory only, has no access lists and may run commands.",
        advice: "Remove `-dev`.",
        judge: set(&CONSUL, &["dev"], Default::Nothing, ON, "no -dev"),
        fails: &["//- config\nCmd: consul agent -dev -client=0.0.0.0\n"],
        passes: &["//- config\nCmd: consul agent -dev=false\n"],
        ..BASE
    },
    Check {
        id: "baseline-consul-script-checks",
        severity: Severity::High,
        title: "Consul runs commands that its API is given",
        why: "Whoever may register a service runs commands.",
        advice: "Use `enable_local_script_checks`.",
        judge: set(
            &CONSUL,
            &["enable_script_checks", "enable-script-checks"],
            Default::Is("false"),
            ON,
            "enable_script_checks = false",
        ),
        fails: &[
            "//- /etc/consul.d/a.hcl\nenable_script_checks = true\n",
            "//- config\nCmd: consul agent -enable-script-checks\n",
        ],
        passes: &["//- /etc/consul.d/a.hcl\nenable_script_checks = false\n"],
        ..BASE
    },
    Check {
        id: "baseline-consul-verify",
        severity: Severity::Low,
        title: "Consul's agents do not verify one another",
        why: "Somebody on the network joins the cluster.",
        advice: "Set `tls.defaults.verify_incoming` and `verify_outgoing` to true.",
        default: false,
        judge: set(
            &CONSUL,
            &["tls.defaults.verify_incoming", "verify_incoming"],
            Default::Is("false"),
            OFF,
            "verify_incoming = true",
        ),
        fails: &["//- /etc/consul.d/a.hcl\ndata_dir = \"/d\"\n"],
        passes: &[
            "//- /etc/consul.d/a.hcl\ntls {\n  defaults {\n    verify_incoming = true\n  }\n}\n",
        ],
        ..BASE
    },
];
