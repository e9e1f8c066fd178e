//! A real containerd, filled with `ctr images import`, whose folder is read while it runs.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use plimsoll_image::{
    AcquireError, AcquireErrorKind, Image, ImageSource, OpenOptions, containerd::Containerd, sha256,
};
use plimsoll_testkit::{BuiltImage, ImageFixture};

use super::{
    fixture::{assert_image, image, options},
    program::{have, run},
};

/// A running containerd, its state in a folder that goes with it.
struct Daemon {
    child: Child,
    folder: tempfile::TempDir,
}

impl Daemon {
    fn start() -> Option<Self> {
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
        let daemon = Self { child, folder };
        for _ in 0..400 {
            if daemon.ctr(&["version"]).output().unwrap().status.success() {
                return Some(daemon);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("skipped: containerd does not come up here");
        None
    }

    fn ctr(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("ctr");
        command.arg("--address").arg(self.folder.path().join("sock")).args(arguments);
        command
    }

    fn import(&self, namespace: &str, built: &BuiltImage) {
        let file = self.folder.path().join("import.tar");
        std::fs::write(&file, built.oci_archive()).unwrap();
        run(self.ctr(&["--namespace", namespace, "images", "import", "--no-unpack"]).arg(&file));
    }

    fn options(&self) -> OpenOptions {
        let mut options = options();
        options.containerd_root = Some(self.folder.path().join("root"));
        options
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn open(name: &str, options: &OpenOptions) -> Result<Arc<dyn Image>, AcquireError> {
    Containerd.open(name, options).await.map(Into::into)
}

fn named(tag: &str) -> BuiltImage {
    let text = format!("=== config\ntag: {tag}\n\n=== layer A\n//- /{tag}\nx\n");
    ImageFixture::parse(&text).build()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_containerd() {
    let Some(daemon) = Daemon::start() else { return };
    let built = named("docker.io/library/plimsoll:1");
    daemon.import("default", &built);
    let cluster = named("registry.example/plimsoll:1");
    daemon.import("k8s.io", &cluster);
    // Enough names for the tree to have branches.
    let target = "docker.io/library/plimsoll:1";
    for at in 0..150 {
        run(&mut daemon.ctr(&[
            "images",
            "tag",
            target,
            &format!("docker.io/copies/plimsoll:{at:0>60}"),
        ]));
    }
    let mut options = daemon.options();
    for name in
        ["plimsoll:1", "docker.io/library/plimsoll:1", &format!("copies/plimsoll:{:0>60}", 77)]
    {
        let opened = open(name, &options).await.unwrap();
        assert_image(&opened, &built).await;
        assert_eq!(opened.manifest().source, "containerd");
    }
    assert_image(&open("registry.example/plimsoll:1", &options).await.unwrap(), &cluster).await;
    let digest = sha256(&built.oci_manifest()).to_string();
    let root = daemon.folder.path().join("root");
    let by_path = format!("{}@{digest}", root.display());
    assert_image(&open(&by_path, &options).await.unwrap(), &built).await;

    let error = open("plimsoll:2", &options).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    options.registry.environment =
        plimsoll_image::registry::Environment::fixed([("CONTAINERD_NAMESPACE", "k8s.io")]);
    let error = open("plimsoll:1", &options).await.err().unwrap();
    assert!(error.to_string().contains("k8s.io"), "{error}");

    // A layer that containerd has thrown away.
    let layer = built.layers()[0].digest.hex();
    let blob = root.join("io.containerd.content.v1.content/blobs/sha256").join(layer);
    std::fs::remove_file(blob).unwrap();
    let error = open("plimsoll:1", &daemon.options()).await.err().unwrap();
    assert!(error.to_string().contains("discard_unpacked_layers"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_store_without_containerd() {
    let built = image();
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("io.containerd.content.v1.content/blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    for (digest, bytes) in built.blobs() {
        std::fs::write(blobs.join(digest.hex()), bytes).unwrap();
    }
    let manifest = built.oci_manifest();
    let digest = sha256(&manifest);
    std::fs::write(blobs.join(digest.hex()), &manifest).unwrap();
    for path in [folder.path(), blobs.parent().unwrap(), blobs.parent().unwrap().parent().unwrap()]
    {
        let opened = open(&format!("{}@{digest}", path.display()), &options()).await.unwrap();
        assert_image(&opened, &built).await;
    }
    // Damage is found.
    let layer = blobs.join(built.layers()[0].digest.hex());
    let mut bytes = std::fs::read(&layer).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&layer, bytes).unwrap();
    let opened = open(&format!("{}@{digest}", folder.path().display()), &options()).await.unwrap();
    assert!(super::fixture::read_layers(&opened).await[0].is_err());
    for bad in ["/", "/x@sha256:1", "/nowhere@sha256:00"] {
        assert!(open(bad, &options()).await.is_err(), "{bad}");
    }
    let mut options = options();
    options.containerd_root = Some(Path::new("/nowhere").into());
    let error = open("x", &options).await.err().unwrap();
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
}
