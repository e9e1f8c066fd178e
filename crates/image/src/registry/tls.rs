//! What is trusted, and which certificate is shown.
//!
//! The machine's own store comes first, because that is where companies put their certificate
//! authorities and what `docker` and `skopeo` use; Mozilla's list, compiled in, only where there is no
//! store at all, as in a container image without `ca-certificates`.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
};

use super::options::{ClientCertificate, RegistryOptions};
use crate::{AcquireError, AcquireErrorKind};

/// Largest PEM file that is read.
const MAX_PEM_BYTES: u64 = 4 << 20;

/// Deepest nesting of I/O errors that is looked into.
const MAX_WRAPPINGS: usize = 8;

/// TLS for a registry (with the client certificate, if there is one) and for every other host.
pub(super) struct TlsConfigs {
    pub(super) registry: ClientConfig,
    pub(super) others: ClientConfig,
}

/// # Errors
/// Where a file that the options name cannot be read or holds no certificate or key.
pub(super) fn configs(options: &RegistryOptions) -> Result<TlsConfigs, AcquireError> {
    let others = client_config(options.ca_file.as_deref(), None, options.insecure)?;
    let registry = match &options.client_certificate {
        None => others.clone(),
        shown => client_config(options.ca_file.as_deref(), shown.as_ref(), options.insecure)?,
    };
    Ok(TlsConfigs { registry, others })
}

/// A rustls configuration: trusts the machine's roots and those of `ca`, shows `shown`.
///
/// # Errors
/// As [`configs`].
pub(crate) fn client_config(
    ca: Option<&Path>,
    shown: Option<&ClientCertificate>,
    insecure: bool,
) -> Result<ClientConfig, AcquireError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unsupported = |error: TlsError| {
        AcquireError::new(AcquireErrorKind::Unsupported, "TLS", error.to_string())
    };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(unsupported)?;
    let builder = if insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAnything(provider.clone())))
    } else {
        let mut roots = machine_roots().clone();
        if let Some(ca) = ca {
            add_ca(&mut roots, ca)?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| {
                AcquireError::new(AcquireErrorKind::Unsupported, "TLS", error.to_string())
            })?;
        builder.with_webpki_verifier(verifier)
    };
    let Some(shown) = shown else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(&shown.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&read_pem(&shown.key)?)
        .map_err(|error| bad_pem(&shown.key, "a private key", &error))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| {
        AcquireError::new(
            AcquireErrorKind::Malformed,
            shown.certificate.display(),
            format!("certificate and key do not fit together: {error}"),
        )
    })
}

fn machine_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        roots
    })
}

fn add_ca(roots: &mut RootCertStore, path: &Path) -> Result<(), AcquireError> {
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| {
            let message = format!("holds a certificate that cannot be used: {error}");
            AcquireError::new(AcquireErrorKind::Malformed, path.display(), message)
        })?;
    }
    Ok(())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AcquireError> {
    let bytes = read_pem(path)?;
    let found = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| bad_pem(path, "a certificate", &error))?;
    if found.is_empty() {
        return Err(bad_pem(path, "a certificate", &pem::Error::NoItemsFound));
    }
    Ok(found)
}

fn read_pem(path: &Path) -> Result<Vec<u8>, AcquireError> {
    std::fs::File::open(path)
        .and_then(|file| plimsoll_model::read_capped(file, MAX_PEM_BYTES))
        .map_err(|error| AcquireError::io(path.display(), error))
}

fn bad_pem(path: &Path, what: &str, error: &pem::Error) -> AcquireError {
    let message = format!("holds no PEM of {what}: {error}");
    AcquireError::new(AcquireErrorKind::Malformed, path.display(), message)
}

/// The TLS error inside an I/O error, if one is. HTTP libraries wrap I/O errors in I/O errors, and
/// `source` skips what an I/O error holds.
pub(super) fn tls_error(error: &io::Error) -> Option<&TlsError> {
    let mut error = error;
    for _ in 0..MAX_WRAPPINGS {
        let inner = error.get_ref()?;
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        error = inner.downcast_ref()?;
    }
    None
}

/// For `insecure`: encrypts, believes anyone.
struct AcceptAnything(Arc<CryptoProvider>);

impl fmt::Debug for AcceptAnything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcceptAnything")
    }
}

impl ServerCertVerifier for AcceptAnything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
