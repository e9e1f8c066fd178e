//! One HTTP exchange: connections, proxies, redirects, limits on what is read, and failures sorted by
//! what can be done about them.
//!
//! Redirects are followed here and not by the HTTP library, because three rules must hold and be
//! tested: a password or token is sent to the origin that asked for it and to no other, encryption is
//! never lost on the way, and a server on the network cannot point us at this machine's own services.

use std::{io, path::PathBuf, time::Duration};

use bytes::Bytes;
use reqwest::{
    Body, Client, Method, NoProxy, Proxy, Response, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER},
    redirect,
};

use super::{
    options::{ProxyChoice, RegistryOptions},
    tls,
};
use crate::{AcquireError, AcquireErrorKind};

/// Most redirects from one request.
const MAX_REDIRECTS: usize = 10;

/// Most headers of an answer.
const MAX_HEADERS: usize = 200;

/// Largest error body that is looked at for a message.
const MAX_ERROR_BODY_BYTES: u64 = 64 << 10;

/// Connections that are kept open for each host.
const IDLE_CONNECTIONS: usize = 8;

/// Clients differ in who they are for, since a client certificate belongs to a connection.
pub(super) struct Transport {
    registry: Reach,
    others: Reach,
    insecure: bool,
}

/// Loopback addresses are reached directly, everything else as the options say.
struct Reach {
    far: Client,
    loopback: Client,
}

/// What to send.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) payload: Payload,
    /// Whether the registry itself is asked, which is the one that sees the client certificate.
    pub(super) to_registry: bool,
}

/// What a request carries. It can be sent again, so a file is opened anew each time.
#[derive(Clone)]
pub(super) enum Payload {
    None,
    Form(String),
    Bytes(Bytes),
    /// The file's first bytes, this many.
    File(PathBuf, u64),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) sort: FailureSort,
    pub(super) message: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FailureSort {
    /// No connection: no such host, refused, no route.
    Connect,
    /// The other side does not speak TLS.
    NotTls,
    /// TLS failed otherwise; trying again changes nothing.
    Tls,
    /// The connection broke or went silent.
    Broken,
    /// The server did something that is not allowed; trying again changes nothing.
    Refused,
    /// More than a limit.
    TooLarge,
}

impl Failure {
    pub(super) fn new(sort: FailureSort, message: impl Into<String>) -> Self {
        Self { sort, message: message.into() }
    }

    pub(super) fn is_worth_retrying(&self) -> bool {
        matches!(self.sort, FailureSort::Connect | FailureSort::Broken)
    }

    /// In the words of the crate.
    pub(super) fn into_error(self, place: &str) -> AcquireError {
        let (kind, advice) = match self.sort {
            FailureSort::Connect => (
                AcquireErrorKind::Unreachable,
                Some("check the name, the network and HTTPS_PROXY/NO_PROXY"),
            ),
            FailureSort::NotTls => (
                AcquireErrorKind::Unreachable,
                Some("the server seems to speak plain HTTP, which is only used with --insecure"),
            ),
            FailureSort::Tls => (
                AcquireErrorKind::Unreachable,
                Some(
                    "name the registry's certificate authority with --ca-cert (and --client-cert and \
                     --client-key, if it wants them), or correct its name",
                ),
            ),
            FailureSort::Broken => (AcquireErrorKind::Unreachable, None),
            FailureSort::Refused => (AcquireErrorKind::Malformed, None),
            FailureSort::TooLarge => (AcquireErrorKind::LimitReached, None),
        };
        let error = AcquireError::new(kind, place, self.message);
        match advice {
            Some(advice) => error.advice(advice),
            None => error,
        }
    }
}

impl From<reqwest::Error> for Failure {
    /// Never with the address, whose query may hold a signature.
    fn from(error: reqwest::Error) -> Self {
        let mut deepest: &(dyn std::error::Error + 'static) = &error;
        let mut sort = if error.is_connect() { FailureSort::Connect } else { FailureSort::Broken };
        if error.is_builder() {
            sort = FailureSort::Refused;
        }
        while let Some(inner) = deepest.source() {
            deepest = inner;
            let tls = inner
                .downcast_ref::<rustls::Error>()
                .or_else(|| inner.downcast_ref::<io::Error>().and_then(tls::tls_error));
            if let Some(tls) = tls {
                let sort = match tls {
                    rustls::Error::InvalidMessage(_) => FailureSort::NotTls,
                    _ => FailureSort::Tls,
                };
                return Self::new(sort, format!("TLS failed: {tls}"));
            }
        }
        let what = match (error.is_timeout(), sort) {
            (true, FailureSort::Connect) => "no answer in time while connecting".into(),
            (true, _) => "the server went silent".into(),
            (_, FailureSort::Connect) => format!("cannot connect: {deepest}"),
            (_, FailureSort::Refused) => format!("cannot send this request: {deepest}"),
            _ => format!("the connection broke: {deepest}"),
        };
        Self::new(sort, what)
    }
}

impl Transport {
    pub(super) fn new(options: &RegistryOptions) -> Result<Self, AcquireError> {
        let tls = tls::configs(options)?;
        Ok(Self {
            registry: Reach::new(options, tls.registry)?,
            others: Reach::new(options, tls.others)?,
            insecure: options.insecure,
        })
    }

    /// Sends, and follows redirects. The answer's own address says where it came from.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let mut url = request.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let at_home = same_origin(&url, &request.url);
            let reach = if request.to_registry && at_home { &self.registry } else { &self.others };
            let mut builder = reach.client(&url).request(request.method.clone(), url.clone());
            let mut headers = request.headers.clone();
            if !at_home {
                headers.remove(AUTHORIZATION);
            }
            builder = builder.headers(headers);
            builder = match &request.payload {
                Payload::None => builder,
                Payload::Form(form) => builder
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form.clone()),
                Payload::Bytes(bytes) => builder.body(bytes.clone()),
                Payload::File(path, length) => {
                    let failed = |error: io::Error| {
                        Failure::new(FailureSort::Refused, format!("{}: {error}", path.display()))
                    };
                    let file = tokio::fs::File::open(path).await.map_err(failed)?;
                    let found = file.metadata().await.map_err(failed)?.len();
                    if found != *length {
                        let message = format!("{} changed while it was sent", path.display());
                        return Err(Failure::new(FailureSort::Refused, message));
                    }
                    // Without it the body would be sent in chunks, which many registries refuse.
                    builder.header(CONTENT_LENGTH, *length).body(Body::from(file))
                }
            };
            let response = builder.send().await?;
            // Redirects of a POST would resend a secret: not followed.
            if !is_redirect(response.status()) || request.method != Method::GET {
                return Ok(response);
            }
            url = self.next_stop(&url, &response)?;
        }
        let message = format!("more than {MAX_REDIRECTS} redirects");
        Err(Failure::new(FailureSort::Refused, message))
    }

    /// Where an answer's `Location` leads, if it may be gone there.
    pub(super) fn next_stop(&self, from: &Url, response: &Response) -> Result<Url, Failure> {
        let refused = |message: String| Failure::new(FailureSort::Refused, message);
        let target = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| from.join(value).ok())
            .ok_or_else(|| refused("a redirect without a usable address".into()))?;
        let shown = place_of(&target);
        match target.scheme() {
            "https" => {}
            "http" if self.insecure || (from.scheme() == "http" && is_loopback(&target)) => {}
            "http" => return Err(refused(format!("redirects to {shown} without encryption"))),
            _ => return Err(refused(format!("redirects to {shown}, which is no web address"))),
        }
        if is_loopback(&target) && !is_loopback(from) {
            return Err(refused(format!("redirects to {shown}, an address of this machine")));
        }
        Ok(target)
    }
}

impl Reach {
    fn new(options: &RegistryOptions, tls: rustls::ClientConfig) -> Result<Self, AcquireError> {
        let build = |proxies: Vec<Proxy>| {
            let retry = &options.retry;
            let mut builder = Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .no_proxy()
                .redirect(redirect::Policy::none())
                .http1_only()
                .referer(false)
                .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(retry.connect)
                .read_timeout(retry.silence)
                .http1_max_headers(MAX_HEADERS)
                .pool_max_idle_per_host(IDLE_CONNECTIONS)
                .tcp_keepalive(Duration::from_secs(30));
            for proxy in proxies {
                builder = builder.proxy(proxy);
            }
            builder.build().map_err(|error| Failure::from(error).into_error("HTTP client"))
        };
        Ok(Self { far: build(proxies(options)?)?, loopback: build(Vec::new())? })
    }

    fn client(&self, url: &Url) -> &Client {
        if is_loopback(url) { &self.loopback } else { &self.far }
    }
}

fn proxies(options: &RegistryOptions) -> Result<Vec<Proxy>, AcquireError> {
    let environment = &options.environment;
    let either =
        |name: &str| environment.get(name).or_else(|| environment.get(&name.to_ascii_lowercase()));
    let bad = |place: &str, error: &reqwest::Error| {
        let message = format!("is no address of a proxy: {error}");
        AcquireError::new(AcquireErrorKind::BadReference, place, message)
    };
    match &options.proxy {
        ProxyChoice::Direct => Ok(Vec::new()),
        ProxyChoice::Through { url, except } => {
            let proxy = Proxy::all(url.as_str()).map_err(|error| bad("proxy", &error))?;
            Ok(vec![proxy.no_proxy(NoProxy::from_string(except))])
        }
        ProxyChoice::Environment => {
            let except = either("NO_PROXY").and_then(|list| NoProxy::from_string(&list));
            let mut out = Vec::new();
            for (name, make) in [
                ("HTTPS_PROXY", Proxy::https as fn(String) -> reqwest::Result<Proxy>),
                ("HTTP_PROXY", Proxy::http),
                ("ALL_PROXY", Proxy::all),
            ] {
                if let Some(url) = either(name) {
                    let proxy = make(url).map_err(|error| bad(name, &error))?;
                    out.push(proxy.no_proxy(except.clone()));
                }
            }
            Ok(out)
        }
    }
}

/// Reads a body whole, at most `limit` bytes of it.
pub(super) async fn read_body(mut response: Response, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if out.len() as u64 + chunk.len() as u64 > limit {
            let message = format!("the answer is larger than the limit of {limit} bytes");
            return Err(Failure::new(FailureSort::TooLarge, message));
        }
        out.extend_from_slice(&chunk);
    }
    Ok(out)
}

/// What a server says about an error: the message of the distribution API's error document, or the
/// status alone.
pub(super) async fn error_text(response: Response) -> String {
    #[derive(serde::Deserialize)]
    struct Document {
        #[serde(default)]
        errors: Vec<Item>,
    }
    #[derive(serde::Deserialize)]
    struct Item {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let status = response.status();
    let body = read_body(response, MAX_ERROR_BODY_BYTES).await.unwrap_or_default();
    let said = serde_json::from_slice::<Document>(&body).ok().and_then(|document| {
        let item = document.errors.into_iter().next()?;
        Some(if item.message.is_empty() { item.code } else { item.message })
    });
    match said {
        Some(said) => {
            format!("{status} ({})", plimsoll_model::CappedText(said.as_bytes(), 200))
        }
        None => status.to_string(),
    }
}

/// How long the server asks to wait: seconds or a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let left = at.as_second().saturating_sub(jiff::Timestamp::now().as_second());
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

/// Scheme, host and port, without what may be secret.
pub(super) fn place_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

pub(super) fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether an address is this machine by its form; no name is looked up.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        None => false,
        Some(host) => is_loopback_host(host),
    }
}

/// As [`is_loopback`], of a host without a port.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let bare = bare.trim_end_matches('.');
    match bare.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
        Ok(address) => address.is_loopback(),
        Err(_) => {
            bare.eq_ignore_ascii_case("localhost")
                || bare.to_ascii_lowercase().ends_with(".localhost")
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_by_form() {
        for yes in
            ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "x.localhost", "[::ffff:127.0.0.1]"]
        {
            assert!(is_loopback_host(yes), "{yes}");
        }
        for no in ["example.com", "128.0.0.1", "localhost.example.com", "[::2]", "10.0.0.1"] {
            assert!(!is_loopback_host(no), "{no}");
        }
    }

    #[test]
    fn retry_after_in_both_forms() {
        let header = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(header("7"), Some(Duration::from_secs(7)));
        assert_eq!(header("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(header("Tue, 31 Dec 2999 23:59:59 GMT").unwrap() > Duration::from_secs(86_400));
        assert_eq!(header("soon"), None);
    }
}
