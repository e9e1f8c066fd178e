//! The Docker daemon (`daemon.json`, its command line), in images that run one.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, set, set_env};
use crate::baseline::{
    Answer, Check, Image, Judge,
    formats::Format,
    service::{Bad, Config, Default, Service, SettingRule},
};

const BASE: Check = Check {
    references: &["https://docs.docker.com/reference/cli/dockerd/"],
    ..Check::of("docker")
};

static DOCKERD: Service = Service {
    id: "docker",
    files: &["etc/docker/daemon.json", "{root,home/*}/.config/docker/daemon.json"],
    format: Format::Yaml,
    programs: &["dockerd"],
    packages: &["docker-ce", "docker.io", "docker"],
    version_env: "DOCKER_VERSION",
    ..SERVICE
};

fn without_tls(_: &Image<'_>, config: &Config) -> bool {
    config.value(Format::Yaml, &["tlsverify"]).is_none_or(|value| value != "true")
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-docker-api-open",
        severity: Severity::Critical,
        aliases: &["CIS Docker 2.7"],
        title: "the Docker daemon listens on the network without TLS",
        why: "Whoever reaches the port is root on the machine.",
        advice: "Remove the tcp address, or set `tlsverify`, `tlscacert`, `tlscert` and `tlskey`.",
        judge: Judge::Setting(SettingRule {
            service: &DOCKERD,
            names: &["hosts", "host", "-H"],
            several: false,
            env: &[],
            default: Default::Nothing,
            bad: Bad::By(|value| value.contains("tcp://")),
            write: "\"hosts\": [\"unix:///var/run/docker.sock\"]",
            when: Some(without_tls),
        }),
        fails: &[
            "//- /etc/docker/daemon.json\n{\"hosts\": [\"tcp://0.0.0.0:2375\"]}\n",
            "//- config\nCmd: dockerd --host=tcp://0.0.0.0:2375\n",
        ],
        passes: &[
            "//- /etc/docker/daemon.json\n{\n\t\"hosts\": [\"unix:///var/run/docker.sock\"]\n}\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-docker-icc",
        severity: Severity::Low,
        aliases: &["CIS Docker 2.2"],
        title: "containers of the default network reach one another",
        why: "A container that is taken over attacks all others.",
        advice: "Use networks of their own, and set `\"icc\": false`.",
        default: false,
        judge: set(&DOCKERD, &["icc"], Default::Is("true"), ON, "\"icc\": false"),
        fails: &["//- /etc/docker/daemon.json\n{\"debug\": false}\n"],
        passes: &["//- /etc/docker/daemon.json\n{\"icc\": false}\n"],
        ..BASE
    },
    Check {
        id: "baseline-docker-insecure-registry",
        severity: Severity::Medium,
        aliases: &["CIS Docker 2.5"],
        title: "the Docker daemon pulls images without verifying the registry",
        why: "Somebody on the network gives it other images.",
        advice: "Give the registry a certificate, and put its authority into /etc/docker/certs.d.",
        judge: set(
            &DOCKERD,
            &["insecure-registries", "insecure-registry"],
            Default::Nothing,
            Bad::Not(&["", "127.0.0.0/8", "localhost:5000"]),
            "\"insecure-registries\": []",
        ),
        fails: &["//- /etc/docker/daemon.json\n{\"insecure-registries\": [\"r.test:5000\"]}\n"],
        passes: &["//- /etc/docker/daemon.json\n{\"insecure-registries\": []}\n"],
        ..BASE
    },
    Check {
        id: "baseline-docker-live-restore",
        severity: Severity::Negligible,
        aliases: &["CIS Docker 2.15"],
        title: "containers stop when the Docker daemon does",
        why: "Updates of the daemon are put off because they stop everything.",
        advice: "Set `\"live-restore\": true`.",
        default: false,
        judge: set(
            &DOCKERD,
            &["live-restore"],
            Default::Is("false"),
            OFF,
            "\"live-restore\": true",
        ),
        fails: &["//- /etc/docker/daemon.json\n{\"debug\": false}\n"],
        passes: &["//- /etc/docker/daemon.json\n{\"live-restore\": true}\n"],
        ..BASE
    },
    Check {
        id: "baseline-docker-no-new-privileges",
        severity: Severity::Low,
        aliases: &["CIS Docker 2.14"],
        title: "setuid programs work in containers",
        why: "A process becomes root by a flaw in one of them.",
        advice: "Set `\"no-new-privileges\": true`.",
        default: false,
        judge: set(
            &DOCKERD,
            &["no-new-privileges"],
            Default::Is("false"),
            OFF,
            "\"no-new-privileges\": true",
        ),
        fails: &["//- /etc/docker/daemon.json\n{\"debug\": false}\n"],
        passes: &["//- /etc/docker/daemon.json\n{\"no-new-privileges\": true}\n"],
        ..BASE
    },
    Check {
        id: "baseline-docker-tls-disabled",
        severity: Severity::High,
        title: "Docker in Docker runs without TLS",
        why: "With an empty DOCKER_TLS_CERTDIR the daemon's entry point listens on port 2375 without TLS.",
        advice: "Remove the variable.",
        references: &["https://hub.docker.com/_/docker"],
        judge: Judge::Rule(dind),
        fails: &["//- config\nEnv: DOCKER_TLS_CERTDIR=\nCmd: dockerd\n"],
        passes: &["//- config\nEnv: DOCKER_TLS_CERTDIR=/certs\nCmd: dockerd\n"],
        ..BASE
    },
    Check {
        id: "baseline-docker-userland-proxy",
        severity: Severity::Negligible,
        aliases: &["CIS Docker 2.16"],
        title: "the Docker daemon forwards ports by a program of its own",
        why: "It is one more program that the network reaches.",
        advice: "Set `\"userland-proxy\": false` where the kernel does hairpin NAT.",
        default: false,
        judge: set(
            &DOCKERD,
            &["userland-proxy"],
            Default::Is("true"),
            ON,
            "\"userland-proxy\": false",
        ),
        fails: &["//- /etc/docker/daemon.json\n{\"debug\": false}\n"],
        passes: &["//- /etc/docker/daemon.json\n{\"userland-proxy\": false}\n"],
        ..BASE
    },
    Check {
        id: "baseline-docker-userns",
        severity: Severity::Low,
        aliases: &["CIS Docker 2.9"],
        title: "root in containers is root on the machine",
        why: "Who breaks out of a container is root.",
        advice: "Set `\"userns-remap\": \"default\"`.",
        default: false,
        judge: set_env(
            &DOCKERD,
            &["userns-remap"],
            &[],
            Default::Is(""),
            Bad::Empty,
            "\"userns-remap\": \"default\"",
        ),
        fails: &["//- /etc/docker/daemon.json\n{\"debug\": false}\n"],
        passes: &["//- /etc/docker/daemon.json\n{\"userns-remap\": \"default\"}\n"],
        ..BASE
    },
];

fn dind(image: &Image<'_>, answer: &mut Answer) {
    let Some(value) = image.env("DOCKER_TLS_CERTDIR") else { return };
    answer.applies();
    if value.is_empty() {
        answer.fail(crate::baseline::Hit::config("Env", "DOCKER_TLS_CERTDIR=").setting(
            "DOCKER_TLS_CERTDIR",
            "",
            "/certs",
        ));
    }
}
