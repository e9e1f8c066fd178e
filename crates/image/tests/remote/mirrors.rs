//! Mirrors and proxies.

use plimsoll_image::{
    AcquireErrorKind,
    registry::{Credentials, Mirror, ProxyChoice},
};

use super::{
    fixture::{assert_same, image, options, refused},
    server::{Reply, Server},
    shelf::Shelf,
};

#[tokio::test(flavor = "multi_thread")]
async fn mirrors_are_asked_in_order_and_the_registry_last() {
    let built = image();
    let broken = Server::start(|_| Reply::new(404, "{}"));
    let shelf = Shelf::new(&built);
    let partial = Server::start(move |asked| {
        // Under a path, and without the layers.
        let mut inner = asked.clone();
        inner.path = asked.path.replacen("/v2/cache/", "/v2/", 1);
        if asked.path.contains("blobs") && !inner.path.ends_with("none") {
            return Reply::new(404, "{}");
        }
        shelf.answer(&inner)
    });
    let shelf = Shelf::new(&built);
    let registry = Server::start(move |asked| shelf.answer(asked));
    let mut options = options();
    options.registry.credentials = Some(Credentials { username: "u".into(), password: "p".into() });
    let host = registry.host();
    options.registry.mirrors = vec![
        Mirror { registry: "other.example".into(), location: "never.example".into() },
        Mirror { registry: host.clone(), location: format!("http://{}", broken.host()) },
        Mirror { registry: "*".into(), location: format!("{}/cache", partial.host()) },
    ];
    assert_same(&format!("{host}/demo:1"), &options, &built).await;
    assert_eq!(broken.count("/v2/demo/manifests/1"), 1);
    assert_eq!(partial.count("/v2/cache/demo/manifests/1"), 1);
    assert_eq!(registry.count("manifests"), 0, "the mirror had the manifest");
    assert!(registry.count("blobs") >= 4, "the registry helps out with blobs");
    for asked in broken.asked().iter().chain(&partial.asked()) {
        assert_eq!(asked.header("authorization"), None, "the login is not for mirrors");
    }
    let error = refused(&format!("{host}/demo:2"), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    assert_eq!(error.to_string().matches("mirror ").count(), 2, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mirrors_that_are_no_addresses() {
    for location in ["http://far.example", "ftp://x.example", "user@x.example", "x.example/../y"] {
        let mut options = options();
        options.registry.mirrors = vec![Mirror { registry: "*".into(), location: location.into() }];
        let error = refused("localhost:1/demo:1", &options).await;
        assert!(matches!(error.kind, AcquireErrorKind::BadReference), "{location}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_carry_what_is_not_on_this_machine() {
    let built = image();
    let shelf = Shelf::new(&built);
    // A proxy gets the whole address in the request line.
    let proxy = Server::start(move |asked| {
        let mut inner = asked.clone();
        inner.path = asked.path.trim_start_matches("http://registry.example.invalid").to_owned();
        shelf.answer(&inner)
    });
    let mut options = options();
    // Plain HTTP beyond loopback needs saying so.
    options.registry.insecure = true;
    options.registry.proxy =
        ProxyChoice::Through { url: format!("http://{}", proxy.host()), except: String::new() };
    assert_same("registry.example.invalid/demo:1", &options, &built).await;
    assert!(proxy.count("http://registry.example.invalid/v2/demo/blobs/") >= 4);

    options.registry.proxy = ProxyChoice::Environment;
    options.registry.environment = plimsoll_image::registry::Environment::fixed([
        ("http_proxy", format!("http://{}", proxy.host())),
        ("NO_PROXY", "direct.example.invalid".into()),
    ]);
    assert_same("registry.example.invalid/demo:1", &options, &built).await;
    let before = proxy.asked().len();
    let error = refused("direct.example.invalid/demo:1", &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    assert_eq!(proxy.asked().len(), before, "NO_PROXY was not honoured");

    // This machine is never reached through a proxy.
    let shelf = Shelf::new(&built);
    let local = Server::start(move |asked| shelf.answer(asked));
    assert_same(&format!("{}/demo:1", local.host()), &options, &built).await;
    assert_eq!(proxy.asked().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_beyond_this_machine_needs_saying_so() {
    let built = image();
    let shelf = Shelf::new(&built);
    let proxy = Server::start(move |asked| {
        let mut inner = asked.clone();
        inner.path = asked.path.trim_start_matches("http://registry.example.invalid").to_owned();
        shelf.answer(&inner)
    });
    let mut options = options();
    options.registry.proxy =
        ProxyChoice::Through { url: format!("http://{}", proxy.host()), except: String::new() };
    let error = refused("registry.example.invalid/demo:1", &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    assert!(proxy.asked().iter().all(|asked| asked.method == "CONNECT"));
}
