//! Registries, engines and content stores under test.

use async_trait::async_trait;
use plimsoll_image::registry::Environment;
use plimsoll_testkit::{docker_archive, oci_archive};
use serde_json::json;

use crate::{
    daemon::Daemon,
    podman::Podman,
    programs::{Registry, have},
    server::Server,
    shelf::Shelf,
    subject::{Feature, Held, Scenario, Subject},
};

fn held(scheme: &'static str, name: &str, absent: &[String]) -> Held {
    let mut held = Held::new(format!("{scheme}:{name}"), scheme);
    held.absent = absent.iter().map(|name| format!("{scheme}:{name}")).collect();
    held.options.registry.environment = Environment::fixed([("HOME", "/nonexistent")]);
    held
}

fn in_registry(host: &str) -> Held {
    let nowhere = format!("{host}/demo@sha256:{}", "ab".repeat(32));
    let absent = [format!("{host}/demo:2"), format!("{host}/other:1"), nowhere];
    // A registry knows images by the name that they are asked for.
    Held { named: false, ..held("registry", &format!("{host}/demo:1"), &absent) }
}

/// A registry in memory, which also takes what is damaged.
pub(crate) struct MemoryRegistry;

#[async_trait]
impl Subject for MemoryRegistry {
    fn name(&self) -> &'static str {
        "registry in memory"
    }

    fn has(&self, _: Feature) -> bool {
        true
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let (blobs, root) = scenario.blobs();
        let shelf = Shelf::of(&blobs.files(&[]), &root);
        let server = Server::start(move |asked| shelf.answer(asked));
        let mut held = in_registry(&server.host());
        held.keep = vec![Box::new(server)];
        held
    }
}

/// The real `docker-registry`.
pub(crate) struct DockerRegistry;

#[async_trait]
impl Subject for DockerRegistry {
    fn name(&self) -> &'static str {
        "docker-registry"
    }

    fn skip(&self) -> Option<String> {
        (!have(&["docker-registry"])).then(|| "docker-registry is not installed".into())
    }

    fn has(&self, feature: Feature) -> bool {
        // It takes no manifest with URLs unless it is configured to.
        feature == Feature::Platforms
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let (blobs, root) = scenario.blobs();
        let registry = Registry::start(false, None);
        registry.push(&blobs.files(&[]), &root);
        let mut held = in_registry(&registry.host);
        held.keep = vec![Box::new(registry)];
        held
    }
}

/// The real Podman, as itself or through the part of its API that is Docker's.
pub(crate) struct Engine {
    pub(crate) scheme: &'static str,
    pub(crate) variable: &'static str,
}

#[async_trait]
impl Subject for Engine {
    fn name(&self) -> &'static str {
        self.scheme
    }

    fn skip(&self) -> Option<String> {
        static RUNS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        let runs = RUNS.get_or_init(|| {
            let info = |folder: &std::path::Path| Podman::command(folder).arg("info").output();
            have(&["podman"])
                && tempfile::tempdir()
                    .is_ok_and(|folder| info(folder.path()).is_ok_and(|o| o.status.success()))
        });
        (!runs).then(|| "podman cannot run here".into())
    }

    fn has(&self, _: Feature) -> bool {
        false
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let images: Vec<_> = scenario.images.iter().collect();
        let podman = Podman::start(&docker_archive(&images)).expect("podman ran a moment ago");
        let name = scenario.images[0].tags()[0].clone();
        let mut held = held(self.scheme, &name, &["nosuch.test/demo:1".into()]);
        held.options.registry.environment = Environment::fixed([(self.variable, podman.address())]);
        held.keep = vec![Box::new(podman)];
        held
    }
}

/// The folder of a real containerd.
pub(crate) struct ContainerdFolder;

#[async_trait]
impl Subject for ContainerdFolder {
    fn name(&self) -> &'static str {
        "containerd"
    }

    fn skip(&self) -> Option<String> {
        static RUNS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        let runs = RUNS.get_or_init(|| Daemon::start().is_some());
        (!runs).then(|| "containerd cannot run here".into())
    }

    fn has(&self, feature: Feature) -> bool {
        feature == Feature::Platforms
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let (blobs, mut root) = scenario.blobs();
        let name = scenario.images[0].tags()[0].clone();
        root["annotations"] = json!({ "io.containerd.image.name": name });
        let daemon = Daemon::start().expect("containerd ran a moment ago");
        daemon.import("default", &oci_archive(&blobs, &[root]));
        let absent = ["nosuch.test/demo:1".into(), format!("sha256:{}", "ab".repeat(32))];
        let mut held = held("containerd", &name, &absent);
        held.options.containerd_root = Some(daemon.root());
        held.keep = vec![Box::new(daemon)];
        held
    }
}
