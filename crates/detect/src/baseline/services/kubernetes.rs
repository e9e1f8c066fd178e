//! The kubelet's configuration and the API server's command line.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, each, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"],
    ..Check::of("kubernetes")
};

static KUBELET: Service = Service {
    id: "kubelet",
    files: &[
        "var/lib/kubelet/config.yaml",
        "etc/kubernetes/kubelet/*.{yaml,json}",
        "etc/kubernetes/kubelet.{conf,yaml}",
        "etc/kubernetes/kubelet-config.yaml",
    ],
    format: Format::Yaml,
    programs: &["kubelet"],
    ..SERVICE
};

static API: Service = Service {
    id: "kube-apiserver",
    format: Format::Yaml,
    programs: &["kube-apiserver"],
    ..SERVICE
};

static KUBECONFIG: Service = Service {
    id: "kubeconfig",
    files: &[
        "{root,home/*}/.kube/config",
        "etc/kubernetes/{admin,super-admin,controller-manager,scheduler}.conf",
    ],
    format: Format::Yaml,
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-kubernetes-api-anonymous",
        severity: Severity::Medium,
        aliases: &["CIS Kubernetes 1.2.1"],
        title: "the Kubernetes API answers requests without a login",
        why: "A wrong role binding opens the cluster to everybody.",
        advice: "Set `--anonymous-auth=false`.",
        default: false,
        judge: set(&API, &["anonymous-auth"], Default::Is("true"), ON, "--anonymous-auth=false"),
        fails: &["//- config\nCmd: kube-apiserver --secure-port=6443\n"],
        passes: &["//- config\nCmd: kube-apiserver --anonymous-auth=false\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-api-authorization",
        severity: Severity::Critical,
        aliases: &["CIS Kubernetes 1.2.6"],
        title: "the Kubernetes API allows everything to everybody",
        why: "Whoever reaches it is administrator of the cluster.",
        advice: "Set `--authorization-mode=Node,RBAC`.",
        judge: set(
            &API,
            &["authorization-mode"],
            Default::Is("AlwaysAllow"),
            Bad::Holds(&["AlwaysAllow"]),
            "--authorization-mode=Node,RBAC",
        ),
        fails: &["//- config\nCmd: kube-apiserver --authorization-mode=AlwaysAllow\n"],
        passes: &["//- config\nCmd: kube-apiserver --authorization-mode=Node,RBAC\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-api-insecure-port",
        severity: Severity::Critical,
        title: "the Kubernetes API listens without TLS and login",
        why: "Whoever reaches the port is administrator of the cluster.",
        advice: "Remove `--insecure-port` and `--insecure-bind-address`.",
        judge: each(
            &API,
            &["insecure-port", "insecure-bind-address"],
            Default::Nothing,
            Bad::Not(&["0", "127.0.0.1"]),
            "--insecure-port=0",
        ),
        fails: &["//- config\nCmd: kube-apiserver --insecure-port=8080\n"],
        passes: &["//- config\nCmd: kube-apiserver --insecure-port=0\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubeconfig",
        severity: Severity::High,
        title: "the image holds a login to a Kubernetes cluster",
        why: "Whoever pulls the image may do in the cluster what the login may.",
        advice: "Withdraw the login, and mount the file when the container starts.",
        judge: each(
            &KUBECONFIG,
            &["*.client-key-data", "*.token", "*.password"],
            Default::Nothing,
            Bad::Not(&[""]),
            "no login in the image",
        ),
        fails: &["//- root/.kube/config\nusers:\n- name: a\n  user:\n    token: x{WORD}\n"],
        passes: &["//- root/.kube/config\nusers:\n- name: a\n  user:\n    token: \"\"\n"],
        skips: &["//- root/.kube/config\nusers:\n- name: a\n  user:\n    tokenFile: /run/t\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubeconfig-insecure",
        severity: Severity::Medium,
        title: "kubectl does not verify the cluster's certificate",
        why: "Somebody on the network gets the login.",
        advice: "Remove `insecure-skip-tls-verify`, and add the authority.",
        judge: each(
            &KUBECONFIG,
            &["*.insecure-skip-tls-verify"],
            Default::Nothing,
            ON,
            "insecure-skip-tls-verify: false",
        ),
        fails: &[
            "//- root/.kube/config\nclusters:\n- cluster:\n    insecure-skip-tls-verify: true\n",
        ],
        passes: &[
            "//- root/.kube/config\nclusters:\n- cluster:\n    insecure-skip-tls-verify: false\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubelet-anonymous",
        severity: Severity::High,
        aliases: &["CIS Kubernetes 4.2.1"],
        title: "the kubelet answers requests without a login",
        why: "Whoever reaches it runs commands in every container of the node.",
        advice: "Set `authentication.anonymous.enabled: false`.",
        judge: set(
            &KUBELET,
            &["authentication.anonymous.enabled", "anonymous-auth"],
            Default::Nothing,
            ON,
            "enabled: false",
        ),
        fails: &[
            "//- /var/lib/kubelet/config.yaml\nauthentication:\n  anonymous:\n    enabled: true\n",
            "//- config\nCmd: kubelet --anonymous-auth=true\n",
        ],
        passes: &[
            "//- /var/lib/kubelet/config.yaml\nauthentication:\n  anonymous:\n    enabled: false\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubelet-authorization",
        severity: Severity::High,
        aliases: &["CIS Kubernetes 4.2.2"],
        title: "the kubelet allows everything to everybody",
        why: "Whoever reaches it runs commands in every container of the node.",
        advice: "Set `authorization.mode: Webhook`.",
        judge: set(
            &KUBELET,
            &["authorization.mode", "authorization-mode"],
            Default::Nothing,
            Bad::Holds(&["AlwaysAllow"]),
            "mode: Webhook",
        ),
        fails: &["//- /var/lib/kubelet/config.yaml\nauthorization:\n  mode: AlwaysAllow\n"],
        passes: &["//- /var/lib/kubelet/config.yaml\nauthorization:\n  mode: Webhook\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubelet-certificates",
        severity: Severity::Low,
        title: "the kubelet does not renew its certificate",
        why: "A key that got out works for a year.",
        advice: "Set `rotateCertificates: true`.",
        default: false,
        judge: set(
            &KUBELET,
            &["rotateCertificates"],
            Default::Nothing,
            OFF,
            "rotateCertificates: true",
        ),
        fails: &["//- /var/lib/kubelet/config.yaml\nrotateCertificates: false\n"],
        passes: &["//- /var/lib/kubelet/config.yaml\nrotateCertificates: true\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubelet-kernel",
        severity: Severity::Low,
        aliases: &["CIS Kubernetes 4.2.6"],
        title: "the kubelet changes settings of the kernel",
        why: "What somebody set for safety is set back.",
        advice: "Set `protectKernelDefaults: true`.",
        default: false,
        judge: set(
            &KUBELET,
            &["protectKernelDefaults"],
            Default::Nothing,
            OFF,
            "protectKernelDefaults: true",
        ),
        fails: &["//- /var/lib/kubelet/config.yaml\nprotectKernelDefaults: false\n"],
        passes: &["//- /var/lib/kubelet/config.yaml\nprotectKernelDefaults: true\n"],
        ..BASE
    },
    Check {
        id: "baseline-kubernetes-kubelet-read-only-port",
        severity: Severity::Medium,
        aliases: &["CIS Kubernetes 4.2.4"],
        title: "the kubelet tells everybody about its containers",
        why: "The read-only port asks for no login: it shows names, environments and addresses.",
        advice: "Set `readOnlyPort: 0`.",
        judge: set(
            &KUBELET,
            &["readOnlyPort", "read-only-port"],
            Default::Nothing,
            Bad::Not(&["0"]),
            "readOnlyPort: 0",
        ),
        fails: &["//- /var/lib/kubelet/config.yaml\nreadOnlyPort: 10255\n"],
        passes: &["//- /var/lib/kubelet/config.yaml\nreadOnlyPort: 0\n"],
        ..BASE
    },
];
