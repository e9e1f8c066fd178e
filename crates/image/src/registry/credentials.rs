//! Who the user is to a registry: what `docker login` and `podman login` left behind, and helper
//! programs that keep secrets elsewhere.
//!
//! Only reads. A broken file or helper is no failure by itself: a public image needs no credentials.
//! What went wrong is kept and told when the registry refuses.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use base64::Engine as _;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    DOCKER_HUB,
    options::{Credentials, Environment, RegistryOptions},
};

/// Largest `config.json`.
const MAX_CONFIG_BYTES: u64 = 4 << 20;

/// Largest answer of a helper program.
const MAX_HELPER_OUTPUT_BYTES: u64 = 64 << 10;

/// How long a helper may take: some ask a cloud for a token, none should ask the user.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);

/// The name under which Docker keeps credentials of Docker Hub.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// What is shown to a registry or its token server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Login {
    /// User name and password.
    Password(Credentials),
    /// A refresh token, which only the token server takes.
    Identity(Secret),
    /// A token that the registry itself takes.
    Bearer(Secret),
}

/// A text that is never printed.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// What was found for a registry.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) login: Option<Login>,
    /// Files and helpers that could not be used, for the message when the registry refuses.
    pub(super) notes: Vec<String>,
}

/// The part of `config.json` and `auth.json` that matters.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    auths: Option<BTreeMap<String, Entry>>,
    #[serde(default, rename = "credsStore")]
    store: Option<String>,
    #[serde(default, rename = "credHelpers")]
    helpers: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// Looks for a login for `repository` on `host` (`docker.io` for Docker Hub) in the files of
/// [`files`], in that order; the first file that has one wins.
pub(super) async fn find(options: &RegistryOptions, host: &str, repository: &str) -> Found {
    let mut found = Found::default();
    for path in files(options) {
        let file = match read(&path) {
            Ok(Some(file)) => file,
            Ok(None) if options.auth_file.as_ref() != Some(&path) => continue,
            Ok(None) => {
                found.notes.push(format!("{} does not exist", path.display()));
                continue;
            }
            Err(error) => {
                found.notes.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let keys = keys(host, repository);
        let listed = file.helpers.as_ref().and_then(|helpers| {
            keys.iter().find_map(|key| pick(helpers, key).map(|(_, helper)| helper.clone()))
        });
        for helper in listed.iter().chain(&file.store).filter(|name| !name.is_empty()) {
            match ask_helper(helper, helper_key(host), &options.environment).await {
                Ok(Some(login)) => {
                    found.login = Some(login);
                    return found;
                }
                Ok(None) => {}
                Err(error) => found.notes.push(format!("docker-credential-{helper}: {error}")),
            }
        }
        let entry =
            file.auths.as_ref().and_then(|auths| keys.iter().find_map(|key| pick(auths, key)));
        match entry.map(|(key, entry)| (key, entry.login())) {
            Some((_, Ok(Some(login)))) => {
                found.login = Some(login);
                return found;
            }
            Some((key, Err(error))) => {
                found.notes.push(format!("{}: entry `{key}`: {error}", path.display()));
            }
            _ => {}
        }
    }
    found
}

/// Files that may hold a login, the first to ask first. A file that the user names is the only one.
fn files(options: &RegistryOptions) -> Vec<PathBuf> {
    let environment = &options.environment;
    if let Some(named) =
        options.auth_file.clone().or_else(|| environment.path("REGISTRY_AUTH_FILE"))
    {
        return vec![named];
    }
    let home = environment.path("HOME");
    let docker = environment.path("DOCKER_CONFIG").or_else(|| Some(home.as_ref()?.join(".docker")));
    let mut out = Vec::new();
    out.extend(docker.map(|folder| folder.join("config.json")));
    out.extend(environment.path("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json")));
    let config = environment.path("XDG_CONFIG_HOME").or_else(|| Some(home?.join(".config")));
    out.extend(config.map(|folder| folder.join("containers/auth.json")));
    out
}

fn read(path: &Path) -> Result<Option<File>, String> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let bytes = plimsoll_model::read_capped(file, MAX_CONFIG_BYTES).map_err(|e| e.to_string())?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    // The parser's message would quote what it tripped over, which may be a secret.
    serde_json::from_slice(&bytes).map(Some).map_err(|e| {
        format!("is no valid configuration (line {}, column {})", e.line(), e.column())
    })
}

/// Keys under which an entry may stand, the closest first: Podman keeps logins also for a part of the
/// repository's path.
fn keys(host: &str, repository: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut path = repository;
    loop {
        out.push(format!("{host}/{path}"));
        match path.rsplit_once('/') {
            Some((parent, _)) => path = parent,
            None => break,
        }
    }
    out.push(host.to_owned());
    if host == DOCKER_HUB {
        out.extend(["index.docker.io".to_owned(), "registry-1.docker.io".to_owned()]);
    }
    out
}

/// The entry whose key means `wanted`: keys are written with a scheme and `/v1/` or `/v2/` by old
/// clients, and without by new ones.
fn pick<'a, T>(map: &'a BTreeMap<String, T>, wanted: &str) -> Option<(&'a str, &'a T)> {
    let plain = |key: &str| {
        let key = key.split_once("://").map_or(key, |(_, rest)| rest).trim_end_matches('/');
        let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
        key.to_owned()
    };
    map.get_key_value(wanted)
        .or_else(|| map.iter().find(|(key, _)| plain(key) == wanted))
        .map(|(key, value)| (key.as_str(), value))
}

fn helper_key(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_KEY } else { host }
}

impl Entry {
    fn login(&self) -> Result<Option<Login>, String> {
        let filled = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
        if let Some(token) = filled(&self.registrytoken) {
            return Ok(Some(Login::Bearer(Secret(token))));
        }
        if let Some(token) = filled(&self.identitytoken) {
            return Ok(Some(Login::Identity(Secret(token))));
        }
        if let Some(auth) = filled(&self.auth) {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(auth.trim())
                .map_err(|_| "`auth` is not base64".to_owned())?;
            let text = String::from_utf8(bytes).map_err(|_| "`auth` is not text".to_owned())?;
            let (username, password) =
                text.split_once(':').ok_or_else(|| "`auth` is not user:password".to_owned())?;
            // Docker once padded the field with NUL bytes and still takes them off.
            return Ok(login(username, password.trim_end_matches('\0')));
        }
        Ok(match (filled(&self.username), filled(&self.password)) {
            (Some(username), Some(password)) => login(&username, &password),
            _ => None,
        })
    }
}

fn login(username: &str, password: &str) -> Option<Login> {
    match (username, password) {
        ("", _) | (_, "") => None,
        ("<token>", token) => Some(Login::Identity(Secret(token.into()))),
        (username, password) => Some(Login::Password(Credentials {
            username: username.into(),
            password: password.into(),
        })),
    }
}

/// Asks `docker-credential-NAME get` (the protocol of docker-credential-helpers): the server on standard
/// input, a JSON document on standard output.
async fn ask_helper(
    name: &str,
    server: &str,
    environment: &Environment,
) -> Result<Option<Login>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(default)]
        username: String,
        #[serde(default)]
        secret: String,
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err("is not a plain program name".into());
    }
    let mut command = tokio::process::Command::new(format!("docker-credential-{name}"));
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    if let Some(path) = environment.get("PATH") {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let talk = async {
        if let Some(mut stdin) = stdin {
            // A helper that does not read its input may still answer.
            let _ = stdin.write_all(server.as_bytes()).await;
        }
        let mut out = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(MAX_HELPER_OUTPUT_BYTES).read_to_end(&mut out).await?;
        }
        Ok::<_, std::io::Error>((out, child.wait().await?))
    };
    let (out, status) = tokio::time::timeout(HELPER_TIMEOUT, talk)
        .await
        .map_err(|_| format!("did not answer within {} s", HELPER_TIMEOUT.as_secs()))?
        .map_err(|error| error.to_string())?;
    if !status.success() {
        let said = String::from_utf8_lossy(&out);
        if said.contains("credentials not found") {
            return Ok(None);
        }
        return Err(format!(
            "failed ({status}): {}",
            plimsoll_model::CappedText(said.trim().as_bytes(), 200)
        ));
    }
    let answer: Answer =
        serde_json::from_slice(&out).map_err(|_| "its answer is not understood".to_owned())?;
    Ok(login(&answer.username, &answer.secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(json: &str, host: &str, repository: &str) -> Option<Login> {
        let file: File = serde_json::from_str(json).unwrap();
        let auths = file.auths.unwrap();
        keys(host, repository)
            .iter()
            .find_map(|k| pick(&auths, k))
            .and_then(|(_, e)| e.login().unwrap())
    }

    fn user(name: &str) -> Option<Login> {
        login(name, "p")
    }

    #[test]
    fn keys_in_every_spelling() {
        // "hub:p", "org:p", "all:p"
        let json = r#"{"auths":{
            "https://index.docker.io/v1/":{"auth":"aHViOnA="},
            "quay.io/org/app":{"auth":"b3JnOnA="},
            "quay.io":{"auth":"YWxsOnA="},
            "https://old.example/v2/":{"username":"all","password":"p"},
            "empty.example":{}}}"#;
        assert_eq!(entry(json, "docker.io", "library/alpine"), user("hub"));
        assert_eq!(entry(json, "quay.io", "org/app"), user("org"));
        assert_eq!(entry(json, "quay.io", "org/app/x"), user("org"));
        assert_eq!(entry(json, "quay.io", "org/apple"), user("all"));
        assert_eq!(entry(json, "old.example", "a"), user("all"));
        assert_eq!(entry(json, "empty.example", "a"), None);
        assert_eq!(entry(json, "evil.quay.io", "org/app"), None);
    }

    #[test]
    fn tokens_and_damaged_entries() {
        let get = |json: &str| serde_json::from_str::<Entry>(json).unwrap().login();
        assert_eq!(
            get(r#"{"auth":"eDp5","identitytoken":"t"}"#),
            Ok(Some(Login::Identity(Secret("t".into()))))
        );
        assert_eq!(get(r#"{"registrytoken":"t"}"#), Ok(Some(Login::Bearer(Secret("t".into())))));
        assert!(get(r#"{"auth":"%%"}"#).is_err());
        assert!(get(r#"{"auth":"eA=="}"#).is_err());
        assert_eq!(login("<token>", "r"), Some(Login::Identity(Secret("r".into()))));
        assert!(!format!("{:?}", login("u", "hunter2")).contains("hunter2"));
    }

    #[test]
    fn order_of_files() {
        let environment = Environment::fixed([("HOME", "/h"), ("XDG_RUNTIME_DIR", "/r")]);
        let options = RegistryOptions { environment, ..Default::default() };
        let listed: Vec<_> = files(&options).iter().map(|p| p.display().to_string()).collect();
        assert_eq!(
            listed,
            [
                "/h/.docker/config.json",
                "/r/containers/auth.json",
                "/h/.config/containers/auth.json"
            ]
        );
        let environment = Environment::fixed([("REGISTRY_AUTH_FILE", "/a"), ("HOME", "/h")]);
        let options = RegistryOptions { environment, ..Default::default() };
        assert_eq!(files(&options), [PathBuf::from("/a")]);
    }
}
