//! Logins: challenges, token servers, files and helper programs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use plimsoll_image::{
    AcquireErrorKind, OpenOptions,
    registry::{Credentials, Environment},
};
use plimsoll_testkit::BuiltImage;

use super::{
    fixture::{assert_same, image, options, refused},
    server::{Reply, Server},
    shelf::Shelf,
};

/// `plim:so:ll` in base64.
const BASIC: &str = "Basic cGxpbTpzbzpsbA==";

/// A registry that wants the token `TOKEN`, and the token server that gives it for a login (or to anyone).
struct Guarded {
    registry: Server,
    tokens: Server,
}

fn guarded(built: &BuiltImage, field: &'static str, anyone: bool) -> Guarded {
    let tokens = Server::start(move |asked| {
        let identity = String::from_utf8_lossy(&asked.body).contains("refresh_token=identity");
        let login = asked.header("authorization") == Some(BASIC);
        if !(anyone || login || asked.method == "POST" && identity) {
            let body = r#"{"errors":[{"code":"DENIED","message":"wrong user name"}]}"#;
            return Reply::new(401, body);
        }
        Reply::new(200, format!(r#"{{"{field}":"TOKEN","expires_in":60}}"#))
    });
    let realm = format!("http://{}/token?fixed=1", tokens.host());
    let shelf = Shelf::new(built);
    let registry = Server::start(move |asked| {
        if asked.header("authorization") != Some("Bearer TOKEN") {
            let challenge = format!(
                r#"Bearer realm="{realm}",service="the registry",scope="repository:demo:pull""#
            );
            return Reply::new(401, "{}").header("WWW-Authenticate", challenge);
        }
        shelf.answer(asked)
    });
    Guarded { registry, tokens }
}

impl Guarded {
    fn reference(&self) -> String {
        format!("{}/demo:1", self.registry.host())
    }
}

fn with_login(password: &str) -> OpenOptions {
    let mut options = options();
    options.registry.credentials =
        Some(Credentials { username: "plim".into(), password: password.into() });
    options
}

fn with_home(home: &Path) -> OpenOptions {
    let mut options = options();
    let path = format!("{}:{}", home.display(), std::env::var("PATH").unwrap());
    options.registry.environment =
        Environment::fixed([("HOME", home.display().to_string()), ("PATH", path)]);
    options
}

fn with_config(home: &Path, json: &str) -> OpenOptions {
    fs::create_dir_all(home.join(".docker")).unwrap();
    fs::write(home.join(".docker/config.json"), json).unwrap();
    with_home(home)
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_under_both_names_and_once_for_all_layers() {
    let built = image();
    for field in ["token", "access_token"] {
        let guarded = guarded(&built, field, true);
        assert_same(&guarded.reference(), &options(), &built).await;
        let asked = guarded.tokens.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(
            asked[0].path,
            "/token?fixed=1&service=the+registry&scope=repository%3Ademo%3Apull"
        );
        assert_eq!(asked[0].header("authorization"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_goes_to_the_token_server() {
    let built = image();
    let guarded = guarded(&built, "token", false);
    assert_same(&guarded.reference(), &with_login("so:ll"), &built).await;
    for asked in guarded.registry.asked() {
        assert_ne!(asked.header("authorization"), Some(BASIC), "the registry saw the password");
    }
    let error = refused(&guarded.reference(), &with_login("wrong")).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
    assert!(error.to_string().contains("wrong user name"), "{error}");
    assert!(!format!("{error:?}").contains("\"wrong\""), "{error:?}");
    let error = refused(&guarded.reference(), &options()).await;
    assert!(error.to_string().contains("docker login"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed() {
    let built = image();
    let valid = Arc::new(std::sync::Mutex::new(1));
    let current = valid.clone();
    let tokens = Server::start(move |_| {
        Reply::new(200, format!(r#"{{"token":"T{}"}}"#, current.lock().unwrap()))
    });
    let shelf = Shelf::new(&built);
    let (realm, current) = (tokens.host(), valid.clone());
    let registry = Server::start(move |asked| {
        let wanted = format!("Bearer T{}", current.lock().unwrap());
        if asked.header("authorization") != Some(wanted.as_str()) {
            let challenge = format!(r#"Bearer realm="http://{realm}/",error="invalid_token""#);
            return Reply::new(401, "{}").header("WWW-Authenticate", challenge);
        }
        shelf.answer(asked)
    });
    let reference = format!("{}/demo:1", registry.host());
    let opened = super::fixture::open(&reference, &options()).await.unwrap();
    *valid.lock().unwrap() = 2;
    super::fixture::assert_image(&opened, &built).await;
    assert_eq!(tokens.asked().len(), 2, "each layer asked for a token of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_server_without_encryption_elsewhere_gets_nothing() {
    let built = image();
    let shelf = Shelf::new(&built);
    let registry = Server::start(move |asked| {
        if asked.header("authorization").is_none() {
            let challenge = r#"Bearer realm="http://tokens.example.invalid/""#;
            return Reply::new(401, "{}").header("WWW-Authenticate", challenge);
        }
        shelf.answer(asked)
    });
    let error = refused(&format!("{}/demo:1", registry.host()), &with_login("so:ll")).await;
    assert!(error.to_string().contains("unencrypted"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_token_servers_are_limited_and_checked() {
    let built = image();
    let answers: [(Vec<u8>, &str); 3] = [
        (vec![b' '; 2 << 20], "limit"),
        (br#"{"token":""}"#.to_vec(), "no token"),
        (br#"{"token":"a\nb"}"#.to_vec(), "no token"),
    ];
    for (answer, said) in answers {
        let tokens = Server::start(move |_| Reply::new(200, answer.clone()));
        let realm = format!(r#"Bearer realm="http://{}/""#, tokens.host());
        let registry =
            Server::start(move |_| Reply::new(401, "{}").header("WWW-Authenticate", realm.clone()));
        let error = refused(&format!("{}/demo:1", registry.host()), &options()).await;
        assert!(error.to_string().contains(said), "{error}");
    }
    drop(built);
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_and_podman_files() {
    let built = image();
    let guarded = guarded(&built, "token", false);
    let host = guarded.registry.host();
    let home = tempfile::tempdir().unwrap();
    let json = format!(r#"{{"auths":{{"{host}":{{"auth":"cGxpbTpzbzpsbA=="}}}}}}"#);
    assert_same(&guarded.reference(), &with_config(home.path(), &json), &built).await;
    let json = format!(r#"{{"auths":{{"{host}":{{"auth":"","identitytoken":"identity"}}}}}}"#);
    assert_same(&guarded.reference(), &with_config(home.path(), &json), &built).await;
    let json = format!(r#"{{"auths":{{"{host}":{{"registrytoken":"TOKEN"}}}}}}"#);
    assert_same(&guarded.reference(), &with_config(home.path(), &json), &built).await;

    // Podman's file, with a login for part of the path.
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/containers");
    fs::create_dir_all(&folder).unwrap();
    let json = format!(
        r#"{{"auths":{{"{host}":{{"auth":"eDp5"}},"{host}/demo":{{"auth":"cGxpbTpzbzpsbA=="}}}}}}"#
    );
    fs::write(folder.join("auth.json"), json).unwrap();
    assert_same(&guarded.reference(), &with_home(home.path()), &built).await;

    // A broken file is told when it matters.
    let home = tempfile::tempdir().unwrap();
    let error =
        refused(&guarded.reference(), &with_config(home.path(), "{\"auths\": secret")).await;
    let said = error.to_string();
    assert!(said.contains("is no valid configuration") && !said.contains("secret"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn helper_programs() {
    let built = image();
    let guarded = guarded(&built, "token", false);
    let host = guarded.registry.host();
    let home = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = home.path().join(format!("docker-credential-{name}"));
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let listed = home.path().join("listed");
    script(
        "good",
        &format!(
            "[ \"$1\" = get ] || exit 3\ncat > {}\necho '{{\"ServerURL\":\"x\",\"Username\":\"plim\",\"Secret\":\"so:ll\"}}'",
            listed.display()
        ),
    );
    script("token", "echo '{\"Username\":\"<token>\",\"Secret\":\"identity\"}'");
    script("none", "echo 'credentials not found in native keychain'; exit 1");
    script("broken", "echo 'the vault is locked'; exit 1");

    let config = format!(r#"{{"credHelpers":{{"{host}":"good"}},"credsStore":"broken"}}"#);
    assert_same(&guarded.reference(), &with_config(home.path(), &config), &built).await;
    assert_eq!(fs::read_to_string(&listed).unwrap(), host);
    let config = r#"{"credsStore":"token"}"#;
    assert_same(&guarded.reference(), &with_config(home.path(), config), &built).await;
    let config =
        format!(r#"{{"credsStore":"none","auths":{{"{host}":{{"auth":"cGxpbTpzbzpsbA=="}}}}}}"#);
    assert_same(&guarded.reference(), &with_config(home.path(), &config), &built).await;
    for (store, said) in [
        ("broken", "the vault is locked"),
        ("missing", "cannot be started"),
        ("../x", "plain program name"),
    ] {
        let config = format!(r#"{{"credsStore":"{store}"}}"#);
        let error = refused(&guarded.reference(), &with_config(home.path(), &config)).await;
        assert!(matches!(error.kind, AcquireErrorKind::Unauthorized), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}
