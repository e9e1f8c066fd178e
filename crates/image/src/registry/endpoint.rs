//! One host that may serve a repository: the registry itself or a mirror of it.
//!
//! Knows how to ask (scheme, authorisation, retries) and what an answer's status means; knows nothing
//! of what is asked for.

use std::sync::Arc;

use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RANGE},
};
use tokio::sync::OnceCell;

use super::{
    DOCKER_HUB, Reference,
    auth::{Access, Auth},
    credentials::{self, Found, Login},
    options::{Mirror, RegistryOptions, RetryPolicy},
    retry,
    transport::{
        Failure, FailureSort, Payload, Request, Transport, error_text, is_loopback_host, place_of,
        same_origin,
    },
};
use crate::{AcquireError, AcquireErrorKind};

/// What is asked of an endpoint; authorisation is added to it.
pub(super) struct Message {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) payload: Payload,
}

/// Where a repository can be had.
pub(super) struct Endpoint {
    /// Host as the user writes it, for messages.
    shown: String,
    host: String,
    schemes: &'static [&'static str],
    repository: String,
    base: OnceCell<Url>,
    auth: Auth,
    transport: Arc<Transport>,
    policy: RetryPolicy,
}

const SECURE: &[&str] = &["https"];
const PLAIN: &[&str] = &["http"];
const EITHER: &[&str] = &["https", "http"];

impl Endpoint {
    /// The registry that `reference` names.
    pub(super) async fn registry(
        reference: &Reference,
        options: &RegistryOptions,
        transport: &Arc<Transport>,
        access: Access,
    ) -> Self {
        let found = match &options.credentials {
            Some(given) => Found { login: Some(Login::Password(given.clone())), notes: Vec::new() },
            None => credentials::find(options, reference.host(), reference.repository()).await,
        };
        let host = reference.api_host().to_owned();
        Self {
            shown: reference.host().to_owned(),
            schemes: allowed_schemes(&host, options),
            host,
            repository: reference.repository().to_owned(),
            base: OnceCell::new(),
            auth: Auth::new(found, reference.repository(), access),
            transport: transport.clone(),
            policy: options.retry,
        }
    }

    /// A mirror of it.
    ///
    /// # Errors
    /// Where the mirror's address is none, or is plain HTTP that is not allowed.
    pub(super) async fn mirror(
        mirror: &Mirror,
        reference: &Reference,
        options: &RegistryOptions,
        transport: &Arc<Transport>,
    ) -> Result<Self, AcquireError> {
        let (scheme, location) = match mirror.location.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, mirror.location.as_str()),
        };
        let (host, prefix) = location.split_once('/').unwrap_or((location, ""));
        let bad = |message: &str| {
            AcquireError::new(AcquireErrorKind::BadReference, &mirror.location, message)
        };
        let allowed = allowed_schemes(host, options);
        let schemes = match scheme {
            None => allowed,
            Some("https") => SECURE,
            Some("http") if allowed.contains(&"http") => PLAIN,
            Some("http") => {
                return Err(bad("a mirror over plain HTTP")
                    .advice("plain HTTP is only used for this machine or with --insecure"));
            }
            Some(_) => return Err(bad("is no http or https address")),
        };
        let path = [prefix.trim_matches('/'), reference.repository()].map(str::to_owned);
        let repository = path.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("/");
        // The same rule as for references keeps dots, queries and user names out of the address.
        let checked: Reference =
            format!("{host}/{repository}").parse().map_err(|_| bad("is no address of a mirror"))?;
        if checked.host() != host && checked.host() != DOCKER_HUB {
            return Err(bad("is no address of a mirror"));
        }
        let found = credentials::find(options, host, &repository).await;
        Ok(Self {
            shown: host.to_owned(),
            host: host.to_owned(),
            schemes,
            auth: Auth::new(found, &repository, Access::Pull),
            repository,
            base: OnceCell::new(),
            transport: transport.clone(),
            policy: options.retry,
        })
    }

    /// Host as the user writes it.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Gets `tail` below the repository's address. The answer is a success (200 or 206).
    pub(super) async fn get(
        &self,
        tail: &str,
        accept: &[&str],
        from: Option<u64>,
    ) -> Result<Response, AcquireError> {
        let place = self.place();
        let bad =
            |message: String| AcquireError::new(AcquireErrorKind::BadReference, &place, message);
        let url = self.address(tail).await?;
        let mut headers = HeaderMap::new();
        // One header: proxies that keep only one of several would hide a type.
        if !accept.is_empty() {
            let kinds =
                HeaderValue::from_str(&accept.join(", ")).map_err(|e| bad(e.to_string()))?;
            headers.insert(ACCEPT, kinds);
        }
        if let Some(from) = from {
            let range = format!("bytes={from}-");
            headers.insert(RANGE, HeaderValue::from_str(&range).map_err(|e| bad(e.to_string()))?);
        }
        let message = Message { method: Method::GET, url, headers, payload: Payload::None };
        let response = self.exchange(&message, &self.policy).await?;
        let status = response.status();
        if status == StatusCode::OK || status == StatusCode::PARTIAL_CONTENT && from.is_some() {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    /// `host/repository`, for messages.
    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.shown, self.repository)
    }

    /// The address of `tail` below the repository's.
    pub(super) async fn address(&self, tail: &str) -> Result<Url, AcquireError> {
        let base = self.base().await?;
        base.join(&format!("/v2/{}/{tail}", self.repository)).map_err(|error| {
            AcquireError::new(AcquireErrorKind::BadReference, self.place(), error.to_string())
        })
    }

    /// Where an answer's `Location` leads, if it may be gone there. A registry behind a proxy that ends TLS
    /// often names itself without it.
    pub(super) fn follow(&self, response: &Response) -> Result<Url, AcquireError> {
        let from = response.url();
        self.transport
            .next_stop(from, response)
            .or_else(|failure| {
                let target = response
                    .headers()
                    .get(LOCATION)
                    .and_then(|value| value.to_str().ok())
                    .and_then(|value| from.join(value).ok());
                match target {
                    Some(mut url)
                        if from.scheme() == "https"
                            && url.scheme() == "http"
                            && url.host_str() == from.host_str()
                            && url.port().is_none() =>
                    {
                        let changed =
                            url.set_scheme("https").and_then(|()| url.set_port(from.port()));
                        changed.map(|()| url).map_err(|()| failure)
                    }
                    _ => Err(failure),
                }
            })
            .map_err(|failure| failure.into_error(&self.place()))
    }

    /// What an answer that is no success means.
    pub(super) async fn refusal(&self, response: Response) -> AcquireError {
        let place = self.place();
        let status = response.status();
        let came_from = place_of(response.url());
        let elsewhere = self.base.get().is_some_and(|base| !same_origin(response.url(), base));
        let said = error_text(response).await;
        let place = if elsewhere { format!("{place} (redirected to {came_from})") } else { place };
        let error = |kind, message: String| AcquireError::new(kind, &place, message);
        match status.as_u16() {
            401 | 403 if !elsewhere => {
                error(AcquireErrorKind::Unauthorized, format!("the registry refused: {said}"))
                    .advice(self.auth.advice(&self.shown))
            }
            401 | 403 => error(AcquireErrorKind::Unauthorized, format!("refused: {said}")),
            404 => error(AcquireErrorKind::NotFound, format!("it is missing there: {said}"))
                .advice(
                    "check repository, tag and digest; a private repository may also say so to \
                         those who are not logged in",
                ),
            429 => error(AcquireErrorKind::Unreachable, format!("too many requests: {said}"))
                .advice("wait, log in, or name a mirror with --mirror"),
            500..=599 => error(AcquireErrorKind::Unreachable, format!("the server failed: {said}")),
            _ => error(AcquireErrorKind::Malformed, format!("unexpected answer: {said}")),
        }
    }

    /// Sends with what authorisation is known; answers one challenge.
    pub(super) async fn exchange(
        &self,
        message: &Message,
        policy: &RetryPolicy,
    ) -> Result<Response, AcquireError> {
        let base = self.base().await?;
        let at_home = same_origin(&message.url, base);
        let mut challenged = false;
        loop {
            let sent = self.auth.header().await.filter(|_| at_home);
            let mut headers = message.headers.clone();
            headers.extend(sent.clone().map(|value| (AUTHORIZATION, value)));
            let request = Request {
                method: message.method.clone(),
                url: message.url.clone(),
                headers,
                payload: message.payload.clone(),
                to_registry: at_home,
            };
            let response = retry::send(&self.transport, policy, &request)
                .await
                .map_err(|failure| failure.into_error(&place_of(&message.url)))?;
            let is_challenge = response.status() == StatusCode::UNAUTHORIZED
                && same_origin(response.url(), base)
                && !challenged;
            if !is_challenge || !self.answer(base, &response, sent.as_ref()).await? {
                return Ok(response);
            }
            challenged = true;
        }
    }

    async fn answer(
        &self,
        base: &Url,
        response: &Response,
        sent: Option<&HeaderValue>,
    ) -> Result<bool, AcquireError> {
        self.auth.answer(&self.transport, &self.policy, base, response.headers(), sent).await
    }

    /// The address, once it is known which scheme is spoken.
    async fn base(&self) -> Result<&Url, AcquireError> {
        self.base.get_or_try_init(|| self.settle()).await
    }

    async fn settle(&self) -> Result<Url, AcquireError> {
        let mut last = None;
        for (scheme, is_last) in self.schemes.iter().zip([self.schemes.len() == 1, true]) {
            let base: Url = format!("{scheme}://{}/", self.host).parse().map_err(|_| {
                AcquireError::new(AcquireErrorKind::BadReference, &self.host, "is no host")
            })?;
            if self.schemes.len() == 1 && !self.auth.has_login() {
                return Ok(base);
            }
            let url = base.join("/v2/").map_err(|_| {
                AcquireError::new(AcquireErrorKind::BadReference, &self.host, "is no host")
            })?;
            let request = Request {
                method: Method::GET,
                url,
                headers: HeaderMap::new(),
                payload: Payload::None,
                to_registry: true,
            };
            let first = match is_last {
                true => None,
                false => Some(self.transport.send(&request).await),
            };
            let outcome = match first {
                // A connection that broke had spoken TLS: a server that wants a certificate may close it so.
                None | Some(Err(Failure { sort: FailureSort::Broken, .. })) => {
                    retry::send(&self.transport, &self.policy, &request).await
                }
                Some(outcome) => outcome,
            };
            match outcome {
                Ok(response) => {
                    let challenges = response.status() == StatusCode::UNAUTHORIZED
                        && same_origin(response.url(), &base);
                    if challenges && self.auth.has_login() {
                        self.answer(&base, &response, None).await?;
                    }
                    return Ok(base);
                }
                // Whoever cannot speak TLS may speak plain HTTP; whoever speaks it badly may not be
                // talked to without it.
                Err(Failure { sort: FailureSort::Connect | FailureSort::NotTls, .. })
                    if !is_last => {}
                Err(failure) => {
                    last = Some(failure.into_error(&format!("{} ({scheme})", self.shown)));
                    break;
                }
            }
        }
        Err(last.unwrap_or_else(|| {
            AcquireError::new(AcquireErrorKind::Unreachable, &self.shown, "nobody answers")
        }))
    }
}

fn allowed_schemes(host: &str, options: &RegistryOptions) -> &'static [&'static str] {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    };
    if options.insecure || is_loopback_host(name) { EITHER } else { SECURE }
}
