//! A real Podman with a storage of its own.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::programs::have;

/// A running `podman system service`, its storage in a folder that goes with it.
pub(crate) struct Podman {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
}

impl Podman {
    pub(crate) fn command(folder: &Path) -> Command {
        let mut command = Command::new("podman");
        command
            .arg("--root")
            .arg(folder.join("root"))
            .arg("--runroot")
            .arg(folder.join("run"))
            .args([
                "--storage-driver",
                "vfs",
                "--cgroup-manager",
                "cgroupfs",
                "--events-backend",
                "none",
            ]);
        command
    }

    /// `None`, with the reason printed, where Podman cannot run.
    pub(crate) fn start(archive: &[u8]) -> Option<Self> {
        if !have(&["podman"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("image.tar");
        std::fs::write(&file, archive).unwrap();
        let loaded =
            Self::command(folder.path()).args(["load", "-q", "-i"]).arg(&file).output().unwrap();
        if !loaded.status.success() {
            println!(
                "skipped: podman cannot run here: {}",
                String::from_utf8_lossy(&loaded.stderr)
            );
            return None;
        }
        let socket = folder.path().join("podman.sock");
        let child = Self::command(folder.path())
            .args(["system", "service", "--time=0"])
            .arg(format!("unix://{}", socket.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let podman = Self { child, folder };
        for _ in 0..600 {
            if UnixStream::connect(&socket).is_ok() {
                return Some(podman);
            }
            thread::sleep(Duration::from_millis(50));
        }
        println!("skipped: podman's service does not come up");
        None
    }

    /// The variable's value that leads to it.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("podman.sock").display())
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // vfs leaves folders that only an unmount may remove.
        let _ = Self::command(self.folder.path()).args(["unmount", "--all"]).output();
    }
}
