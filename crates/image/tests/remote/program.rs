//! The real `docker-registry`, filled by the real `skopeo`: plain, with a password file, behind TLS, and
//! with a faulty network in between.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use plimsoll_image::{AcquireErrorKind, registry::Credentials, sha256};
use plimsoll_testkit::{Blobs, BuiltImage, ImageFixture, oci_layout};

use super::{
    fixture::{assert_same, image, open, options, refused},
    server::{Reply, Server, forward},
};

/// `plim` with the password `so:ll`, as `htpasswd -B` writes it.
const HTPASSWD: &str = "plim:$2b$05$abcdefghijklmnopqrstuuJww2hHMHRDsJCHSMo0yJB4dVsuI/e1e\n";

/// Whether all programs are there; says which is not.
pub(crate) fn have(programs: &[&str]) -> bool {
    for program in programs {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).exists()));
        if !found {
            println!("skipped: {program} is not installed");
            return false;
        }
    }
    true
}

/// Runs a program that must succeed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A running `docker-registry serve`, with its storage in a folder that goes with it.
pub(crate) struct Registry {
    child: Child,
    pub(crate) host: String,
    pub(crate) folder: tempfile::TempDir,
    tls: bool,
    login: bool,
}

/// Files of a server's and a client's certificate.
pub(crate) struct Pki {
    pub(crate) ca: PathBuf,
    pub(crate) server: (PathBuf, PathBuf),
    pub(crate) client: (PathBuf, PathBuf),
}

impl Registry {
    pub(crate) fn start(password: bool, pki: Option<(&Pki, bool)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem:\n    rootdirectory: {0}/storage\n\
             http:\n  addr: 127.0.0.1:{port}\n  secret: none\n",
            folder.path().display()
        );
        if let Some((pki, wants_client)) = pki {
            let (certificate, key) = &pki.server;
            config.push_str(&format!(
                "  tls:\n    certificate: {}\n    key: {}\n",
                certificate.display(),
                key.display()
            ));
            if wants_client {
                config.push_str(&format!("    clientcas: [{}]\n", pki.ca.display()));
            }
        }
        if password {
            let file = folder.path().join("htpasswd");
            fs::write(&file, HTPASSWD).unwrap();
            config.push_str(&format!(
                "auth:\n  htpasswd:\n    realm: plimsoll\n    path: {}\n",
                file.display()
            ));
        }
        let file = folder.path().join("config.yml");
        fs::write(&file, config).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let host = format!("127.0.0.1:{port}");
        for _ in 0..600 {
            if TcpStream::connect(&host).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, host, folder, tls: pki.is_some(), login: password }
    }

    /// Copies a layout into the repository `demo`.
    pub(crate) fn fill(&self, layout: &Path, tag: &str, pki: Option<&Pki>) {
        let mut command = Command::new("skopeo");
        command.args(["copy", "--insecure-policy", "--all", "-q", "--dest-tls-verify=false"]);
        if self.login {
            command.args(["--dest-creds", "plim:so:ll"]);
        }
        if let Some(pki) = pki.filter(|_| self.tls) {
            let folder = self.folder.path().join("client");
            fs::create_dir_all(&folder).unwrap();
            fs::copy(&pki.client.0, folder.join("client.cert")).unwrap();
            fs::copy(&pki.client.1, folder.join("client.key")).unwrap();
            command.arg("--dest-cert-dir").arg(&folder);
        }
        command
            .arg(format!("oci:{}", layout.display()))
            .arg(format!("docker://{}/demo:{tag}", self.host));
        run(&mut command);
    }

    pub(crate) fn reference(&self) -> String {
        format!("{}/demo:1", self.host)
    }

    /// A registry that holds `built` as `demo:1`.
    pub(crate) fn with(built: &BuiltImage, password: bool, pki: Option<(&Pki, bool)>) -> Self {
        let registry = Self::start(password, pki);
        let layout = tempfile::tempdir().unwrap();
        built.oci_layout(layout.path());
        registry.fill(layout.path(), "1", pki.map(|(pki, _)| pki));
        registry
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_and_with_a_password() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let built = image();
    let registry = Registry::with(&built, false, None);
    assert_same(&registry.reference(), &options(), &built).await;
    let error = refused(&format!("{}/demo:2", registry.host), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    let error = refused(&format!("{}/other:1", registry.host), &options()).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");

    let registry = Registry::with(&built, true, None);
    let mut options = options();
    let error = refused(&registry.reference(), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
    for (password, good) in [("so:ll", true), ("wrong", false)] {
        options.registry.credentials =
            Some(Credentials { username: "plim".into(), password: password.into() });
        if good {
            assert_same(&registry.reference(), &options, &built).await;
        } else {
            let error = refused(&registry.reference(), &options).await;
            assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_schema_2() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    // Docker's form has no zstd.
    let text = "=== config\ntag: demo:1\n\n=== layer compression=gzip A\n//- /a\na\n\n=== layer compression=gzip B\n//- /b\nb\n";
    let built = ImageFixture::parse(text).build();
    let registry = Registry::start(false, None);
    let layout = tempfile::tempdir().unwrap();
    built.oci_layout(layout.path());
    run(Command::new("skopeo")
        .args(["copy", "--insecure-policy", "-q", "--dest-tls-verify=false", "--format", "v2s2"])
        .arg(format!("oci:{}", layout.path().display()))
        .arg(format!("docker://{}", registry.reference())));
    assert_same(&registry.reference(), &options(), &built).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_by_platform() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let make = |platform: &str| {
        let text = format!("=== config\nplatform: {platform}\n\n=== layer A\n//- /{platform}\nx\n");
        ImageFixture::parse(&text).build()
    };
    let (amd, arm) = (make("linux/amd64"), make("linux/arm64/v8"));
    let mut blobs = Blobs::default();
    let descriptors = [blobs.add_image(&amd), blobs.add_image(&arm)];
    let index = blobs.add_index(&descriptors);
    let layout = tempfile::tempdir().unwrap();
    oci_layout(layout.path(), &blobs, &[index]);
    let registry = Registry::start(false, None);
    registry.fill(layout.path(), "1", None);
    let mut options = options();
    for (platform, built) in [("linux/amd64", &amd), ("linux/arm64", &arm)] {
        options.platform = plimsoll_image::PlatformChoice::Exact(platform.parse().unwrap());
        assert_same(&registry.reference(), &options, built).await;
    }
    options.platform = plimsoll_image::PlatformChoice::Exact("linux/s390x".parse().unwrap());
    let error = refused(&registry.reference(), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::PlatformMissing { .. }), "{error}");
    options.platform = plimsoll_image::PlatformChoice::Exact("linux/arm64".parse().unwrap());
    let opened = open(&registry.reference(), &options).await.unwrap();
    assert_eq!(opened.manifest().digest, Some(sha256(&arm.oci_manifest())));
    assert_ne!(
        opened.manifest().repo_digests,
        [format!("{}/demo@{}", registry.host, sha256(&arm.oci_manifest()))],
        "the repository's digest is that of the index"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_behind_a_faulty_network() {
    if !have(&["docker-registry", "skopeo"]) {
        return;
    }
    let built = image();
    let registry = Registry::with(&built, true, None);
    let upstream = registry.host.clone();
    let count = AtomicUsize::new(0);
    let network = Server::start(move |asked| {
        let reply = forward(asked, &upstream);
        // The first request fails in one way, the second in the next, and every third goes through.
        match count.fetch_add(1, Ordering::SeqCst) % 3 {
            0 => Reply::new(502, "bad gateway"),
            1 if reply.status < 300 => Reply { cut: Some(reply.body.len() * 2 / 3), ..reply },
            _ => reply,
        }
    });
    let mut options = options();
    options.registry.retry.attempts = 8;
    options.registry.retry.restarts = 20;
    options.registry.credentials =
        Some(Credentials { username: "plim".into(), password: "so:ll".into() });
    assert_same(&format!("{}/demo:1", network.host()), &options, &built).await;
    let resumed: Vec<_> =
        network.asked().iter().filter_map(|a| a.header("range").map(str::to_owned)).collect();
    assert!(!resumed.is_empty(), "nothing was taken up by range");
}
