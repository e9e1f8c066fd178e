//! Real programs for tests: whether they are there, and a `docker-registry` that `skopeo` fills.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use plimsoll_testkit::BuiltImage;

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

    /// Puts the blobs of a layout into the repository `demo` and `root` under the tag `1`, request by
    /// request: skopeo copies no nested indexes.
    pub(crate) fn push(&self, blobs: &[(String, Vec<u8>)], root: &serde_json::Value) {
        let mut documents = Vec::new();
        for (name, bytes) in blobs {
            let Some(hex) = name.strip_prefix("blobs/sha256/") else { continue };
            let document = serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_default();
            if let Some(kind) = document["mediaType"].as_str() {
                documents.push((format!("sha256:{hex}"), kind.to_owned(), bytes.clone()));
                continue;
            }
            let (status, place) = self.send("POST", "/v2/demo/blobs/uploads/", "", &[]);
            assert_eq!(status, 202);
            let place = place.split_once(&self.host).unwrap().1.to_owned();
            let target = format!("{place}&digest=sha256:{hex}");
            assert_eq!(self.send("PUT", &target, "application/octet-stream", bytes).0, 201);
        }
        // A manifest is taken once all that it names is there.
        while !documents.is_empty() {
            let before = documents.len();
            documents.retain(|(digest, kind, bytes)| {
                let name = if root["digest"] == *digest { "1" } else { digest };
                self.send("PUT", &format!("/v2/demo/manifests/{name}"), kind, bytes).0 != 201
            });
            assert!(documents.len() < before, "{documents:?} not accepted");
        }
    }

    /// Status and `Location` of an answer.
    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split_whitespace().nth(1).unwrap().parse().unwrap();
        let place = answer.lines().find_map(|line| line.strip_prefix("Location: "));
        (status, place.unwrap_or_default().trim().to_owned())
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
