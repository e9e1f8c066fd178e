//! A real containerd with a state of its own.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::programs::{have, run};

/// A running containerd, its state in a folder that goes with it.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
}

impl Daemon {
    pub(crate) fn start() -> Option<Self> {
        if !have(&["containerd", "ctr"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        // Only content and metadata are needed; the rest wants more rights than a test has.
        let config = format!(
            "version = 2\nroot = \"{}\"\nstate = \"{}\"\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
             [grpc]\n  address = \"{}\"\n[ttrpc]\n  address = \"{}\"\n",
            path("root"),
            path("state"),
            path("sock"),
            path("ttrpc")
        );
        std::fs::write(path("config.toml"), config).unwrap();
        let child = Command::new("containerd")
            .args(["--config", &path("config.toml")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut daemon = Self { child, folder };
        for _ in 0..1200 {
            // Without root's rights it gives up at once.
            if daemon.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            if daemon.ctr(&["version"]).output().unwrap().status.success() {
                return Some(daemon);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("skipped: containerd does not come up here");
        None
    }

    pub(crate) fn ctr(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("ctr");
        command.arg("--address").arg(self.folder.path().join("sock")).args(arguments);
        command
    }

    /// Imports an OCI archive.
    pub(crate) fn import(&self, namespace: &str, archive: &[u8]) {
        let file = self.folder.path().join("import.tar");
        std::fs::write(&file, archive).unwrap();
        let import = ["images", "import", "--no-unpack", "--all-platforms"];
        run(self.ctr(&["--namespace", namespace]).args(import).arg(&file));
    }

    /// The root of its state.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
