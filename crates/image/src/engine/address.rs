//! Where a Docker or Podman engine listens: what the environment says, Docker's contexts, and the
//! sockets that the engines' own packages set up.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Engine;
use crate::{AcquireError, AcquireErrorKind, registry::Environment};

/// Largest file of a Docker context.
const MAX_CONTEXT_BYTES: u64 = 1 << 20;

/// Where an engine may listen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Address {
    Unix(PathBuf),
    Tcp {
        /// `http://host:port/` or `https://host:port/`.
        url: String,
        /// Folder with `ca.pem`, `cert.pem` and `key.pem`, for TLS.
        certificates: Option<PathBuf>,
        /// Whether the server's certificate is checked.
        verify: bool,
    },
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { url, .. } => f.write_str(url),
        }
    }
}

/// Addresses to try, in this order. An address that the user chose is the only one.
pub(super) fn addresses(
    engine: Engine,
    environment: &Environment,
) -> Result<Vec<Address>, AcquireError> {
    let variable = match engine {
        Engine::Docker => "DOCKER_HOST",
        Engine::Podman => "CONTAINER_HOST",
    };
    if let Some(chosen) = environment.get(variable) {
        return Ok(vec![parse(&chosen, variable, environment)?]);
    }
    let runtime = environment.path("XDG_RUNTIME_DIR");
    let mut out: Vec<PathBuf> = Vec::new();
    match engine {
        Engine::Docker => {
            if let Some(host) = context(environment)? {
                return Ok(vec![parse(&host, "the Docker context", environment)?]);
            }
            out.push("/var/run/docker.sock".into());
            out.extend(runtime.map(|folder| folder.join("docker.sock")));
            out.extend(environment.path("HOME").map(|home| home.join(".docker/run/docker.sock")));
        }
        Engine::Podman => {
            out.extend(runtime.map(|folder| folder.join("podman/podman.sock")));
            out.push("/run/podman/podman.sock".into());
        }
    }
    Ok(out.into_iter().map(Address::Unix).collect())
}

fn parse(text: &str, place: &str, environment: &Environment) -> Result<Address, AcquireError> {
    let unsupported = |message: &str| {
        AcquireError::new(AcquireErrorKind::Unsupported, format!("{place}={text}"), message)
            .advice("unix:///path/to/socket and tcp://host:port are supported")
    };
    let (scheme, rest) = text.split_once("://").unwrap_or(("unix", text));
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Address::Unix(rest.into())),
        "tcp" | "http" | "https" => {
            let verify = environment.get("DOCKER_TLS_VERIFY").is_some();
            let tls = scheme == "https" || verify || environment.get("DOCKER_TLS").is_some();
            let folder = environment
                .path("DOCKER_CERT_PATH")
                .or_else(|| Some(environment.path("HOME")?.join(".docker")));
            let host = rest.split('/').next().unwrap_or_default();
            if host.is_empty() || host.contains('@') {
                return Err(unsupported("names no host"));
            }
            Ok(Address::Tcp {
                url: format!("{}://{host}/", if tls { "https" } else { "http" }),
                certificates: folder.filter(|_| tls),
                verify,
            })
        }
        "ssh" => Err(unsupported("engines over ssh are not supported").advice(
            "forward the socket (ssh -L /tmp/docker.sock:/var/run/docker.sock host) and name it",
        )),
        _ => Err(unsupported("this kind of address is not supported")),
    }
}

/// Host of the Docker context in use, unless that is the default one. Contexts lie in
/// `contexts/meta/<SHA-256 of the name>/meta.json` (docker/cli, `cli/context/store`).
fn context(environment: &Environment) -> Result<Option<String>, AcquireError> {
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "currentContext")]
        current: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Meta {
        endpoints: Endpoints,
    }
    #[derive(Deserialize)]
    struct Endpoints {
        docker: Option<EndpointMeta>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct EndpointMeta {
        host: Option<String>,
    }
    let folder = environment
        .path("DOCKER_CONFIG")
        .or_else(|| Some(environment.path("HOME")?.join(".docker")));
    let Some(folder) = folder else { return Ok(None) };
    let chosen = environment.get("DOCKER_CONTEXT").or_else(|| {
        let bytes = read(&folder.join("config.json"))?;
        serde_json::from_slice::<Config>(&bytes).ok()?.current
    });
    let Some(name) = chosen.filter(|name| !name.is_empty() && name != "default") else {
        return Ok(None);
    };
    let id: String = Sha256::digest(name.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let path = folder.join("contexts/meta").join(id).join("meta.json");
    read(&path)
        .and_then(|bytes| serde_json::from_slice::<Meta>(&bytes).ok())
        .and_then(|meta| meta.endpoints.docker?.host)
        .map(Some)
        .ok_or_else(|| {
            let message = format!("the Docker context `{name}` cannot be read");
            AcquireError::new(AcquireErrorKind::NotFound, path.display(), message)
                .advice("choose another with `docker context use`, or set DOCKER_HOST")
        })
}

fn read(path: &Path) -> Option<Vec<u8>> {
    plimsoll_model::read_capped(std::fs::File::open(path).ok()?, MAX_CONTEXT_BYTES).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(engine: Engine, vars: &[(&str, &str)]) -> Vec<String> {
        let environment = Environment::fixed(vars.iter().copied());
        addresses(engine, &environment).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn sockets_in_order() {
        let vars = [("XDG_RUNTIME_DIR", "/run/user/7"), ("HOME", "/nowhere")];
        assert_eq!(
            of(Engine::Docker, &vars),
            [
                "unix:///var/run/docker.sock",
                "unix:///run/user/7/docker.sock",
                "unix:///nowhere/.docker/run/docker.sock"
            ]
        );
        assert_eq!(
            of(Engine::Podman, &vars),
            ["unix:///run/user/7/podman/podman.sock", "unix:///run/podman/podman.sock"]
        );
    }

    #[test]
    fn what_the_environment_names() {
        assert_eq!(of(Engine::Docker, &[("DOCKER_HOST", "unix:///x.sock")]), ["unix:///x.sock"]);
        assert_eq!(of(Engine::Docker, &[("DOCKER_HOST", "tcp://h:2375")]), ["http://h:2375/"]);
        assert_eq!(
            of(Engine::Docker, &[("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS_VERIFY", "1")]),
            ["https://h:2376/"]
        );
        for bad in ["ssh://u@h", "fd://", "unix://relative", "tcp://"] {
            let environment = Environment::fixed([("DOCKER_HOST", bad)]);
            assert!(addresses(Engine::Docker, &environment).is_err(), "{bad}");
        }
    }

    #[test]
    fn contexts() {
        let folder = tempfile::tempdir().unwrap();
        let id: String = Sha256::digest(b"far").iter().map(|b| format!("{b:02x}")).collect();
        let meta = folder.path().join("contexts/meta").join(id);
        std::fs::create_dir_all(&meta).unwrap();
        let json =
            r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///far.sock"}}}"#;
        std::fs::write(meta.join("meta.json"), json).unwrap();
        std::fs::write(folder.path().join("config.json"), r#"{"currentContext":"far"}"#).unwrap();
        let config = folder.path().to_str().unwrap();
        assert_eq!(of(Engine::Docker, &[("DOCKER_CONFIG", config)]), ["unix:///far.sock"]);
        let vars = [("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "gone")];
        assert!(addresses(Engine::Docker, &Environment::fixed(vars)).is_err());
        let vars = [("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "default")];
        assert_eq!(of(Engine::Docker, &vars)[0], "unix:///var/run/docker.sock");
    }
}
