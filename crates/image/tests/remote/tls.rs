//! Certificates, made by `openssl` for each run.

use std::{fs, path::Path, process::Command};

use plimsoll_image::{AcquireErrorKind, registry::ClientCertificate};

use super::{
    fixture::{assert_same, image, open, options, refused},
    programs::{Pki, Registry, have, run},
};

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    run(command.current_dir(folder).args(arguments.split_whitespace()));
}

fn pki(folder: &Path) -> Pki {
    fs::write(folder.join("server.ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    fs::write(folder.join("client.ext"), "extendedKeyUsage=clientAuth\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        folder,
        &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=plimsoll-test-ca -days 2"),
    );
    for name in ["server", "client"] {
        openssl(folder, &format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {name}.pem \
                 -days 2 -extfile {name}.ext"
            ),
        );
    }
    let pair =
        |name: &str| (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    Pki { ca: folder.join("ca.pem"), server: pair("server"), client: pair("client") }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_authorities_and_client_certificates() {
    if !have(&["docker-registry", "skopeo", "openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pki = pki(folder.path());
    let built = image();
    let registry = Registry::with(&built, true, Some((&pki, true)));
    let mut options = options();
    options.registry.credentials = Some(plimsoll_image::registry::Credentials {
        username: "plim".into(),
        password: "so:ll".into(),
    });

    // Unknown authority: no fall-back to plain HTTP, although this is loopback.
    let error = refused(&registry.reference(), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");

    // Known authority, but no client certificate.
    options.registry.ca_file = Some(pki.ca.clone());
    let error = refused(&registry.reference(), &options).await;
    assert!(matches!(error.kind, AcquireErrorKind::Unreachable), "{error}");
    // The server closes the connection; its reason may come after what the client still sends is refused.
    let said = error.to_string();
    assert!(said.contains("TLS failed") || said.contains("connection broke"), "{error}");

    let (certificate, key) = pki.client.clone();
    options.registry.client_certificate = Some(ClientCertificate { certificate, key });
    assert_same(&registry.reference(), &options, &built).await;
    assert!(open(&registry.reference(), &options).await.unwrap().warnings().is_empty());

    // Without checking, and said so.
    options.registry.ca_file = None;
    options.registry.insecure = true;
    assert_same(&registry.reference(), &options, &built).await;
    let warnings = open(&registry.reference(), &options).await.unwrap().warnings();
    assert!(warnings[0].contains("without checking"), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let junk = folder.path().join("junk.pem");
    fs::write(&junk, "no certificate").unwrap();
    let mut with_ca = options();
    with_ca.registry.ca_file = Some(junk.clone());
    let error = refused("localhost:1/demo", &with_ca).await;
    assert!(error.to_string().contains("junk.pem"), "{error}");
    with_ca.registry.ca_file = Some(folder.path().join("missing.pem"));
    let error = refused("localhost:1/demo", &with_ca).await;
    assert!(matches!(error.kind, AcquireErrorKind::NotFound), "{error}");
    let mut with_certificate = options();
    with_certificate.registry.client_certificate =
        Some(ClientCertificate { certificate: junk.clone(), key: junk });
    let error = refused("localhost:1/demo", &with_certificate).await;
    assert!(matches!(error.kind, AcquireErrorKind::Malformed), "{error}");
}
