//! From a challenge to an `Authorization` header: basic, or a token from the token server (the
//! distribution project's token and OAuth 2 specifications).

use reqwest::{
    Method, StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{
    challenge::{Challenge, parse_challenges},
    credentials::{Found, Login},
    options::{Credentials, RetryPolicy},
    retry,
    transport::{
        Failure, FailureSort, Payload, Request, Transport, error_text, is_loopback, place_of,
        read_body, same_origin,
    },
};
use crate::{AcquireError, AcquireErrorKind};
use base64::Engine as _;

/// Largest answer of a token server.
const MAX_TOKEN_RESPONSE_BYTES: u64 = 1 << 20;

/// Longest token that is sent: longer ones exceed what servers take as a header.
const MAX_TOKEN_BYTES: usize = 64 << 10;

/// The name that we give to token servers.
const CLIENT_ID: &str = "plimsoll";

/// What is sent to one repository of one registry; found out once and shared by all of its requests.
pub(super) struct Auth {
    found: Found,
    scope: String,
    access: Access,
    current: Mutex<Option<HeaderValue>>,
}

/// What is wanted of a repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Access {
    Pull,
    Push,
}

#[derive(Deserialize)]
struct TokenResponse {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
}

impl Auth {
    pub(super) fn new(found: Found, repository: &str, access: Access) -> Self {
        let actions = match access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        let scope = format!("repository:{repository}:{actions}");
        Self { found, scope, access, current: Mutex::new(None) }
    }

    /// Whether there is a login, so that it is worth asking for a challenge before the first request:
    /// some registries answer "not found" to strangers where they would challenge.
    pub(super) fn has_login(&self) -> bool {
        self.found.login.is_some()
    }

    /// The header to send, if one is known to be wanted.
    pub(super) async fn header(&self) -> Option<HeaderValue> {
        self.current.lock().await.clone()
    }

    /// Answers the challenge of a 401 that came although `sent` was sent. `false`: there is nothing
    /// (more) to offer.
    pub(super) async fn answer(
        &self,
        transport: &Transport,
        policy: &RetryPolicy,
        registry: &Url,
        headers: &HeaderMap,
        sent: Option<&HeaderValue>,
    ) -> Result<bool, AcquireError> {
        let mut current = self.current.lock().await;
        // Another request has already got a new one.
        if current.is_some() && current.as_ref() != sent {
            return Ok(true);
        }
        let challenges: Vec<_> = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(parse_challenges)
            .collect();
        if let Some(Login::Bearer(token)) = &self.found.login {
            let header = bearer(&token.0);
            if header.as_ref() == sent || header.is_none() {
                return Ok(false);
            }
            *current = header;
            return Ok(true);
        }
        for challenge in challenges {
            match (challenge, &self.found.login) {
                (Challenge::Bearer { realm, service, scope, .. }, _) => {
                    // A challenge to a mere look names the right to pull only; one token for all.
                    let enough = |scope: &String| {
                        self.access == Access::Pull || scope.contains("push") || scope.contains('*')
                    };
                    let scope = scope.filter(enough).unwrap_or_else(|| self.scope.clone());
                    let asked = TokenRequest { realm, service, scope };
                    let token = self.token(transport, policy, registry, asked).await?;
                    *current = Some(token);
                    return Ok(true);
                }
                (Challenge::Basic, Some(Login::Password(credentials))) => {
                    let header = basic(credentials);
                    if header.as_ref() == sent || header.is_none() {
                        return Ok(false);
                    }
                    *current = header;
                    return Ok(true);
                }
                (Challenge::Basic, _) => {}
            }
        }
        Ok(false)
    }

    /// What to do when the registry refuses.
    pub(super) fn advice(&self, host: &str) -> String {
        let mut out = match &self.found.login {
            Some(_) => {
                let right = match self.access {
                    Access::Pull => "pull",
                    Access::Push => "push",
                };
                format!("the login for {host} may be wrong, expired or lack the right to {right}")
            }
            None => format!(
                "no login for {host} was found; log in with `docker login {host}`, or give --username \
                 and --password-stdin"
            ),
        };
        for note in &self.found.notes {
            out.push_str("; ");
            out.push_str(note);
        }
        out
    }

    async fn token(
        &self,
        transport: &Transport,
        policy: &RetryPolicy,
        registry: &Url,
        asked: TokenRequest,
    ) -> Result<HeaderValue, AcquireError> {
        let here = place_of(registry);
        let realm: Url = asked.realm.parse().map_err(|_| {
            let shown = plimsoll_model::CappedText(asked.realm.as_bytes(), 100);
            let message = format!("names `{shown}` as its token server, which is no address");
            AcquireError::new(AcquireErrorKind::Malformed, &here, message)
        })?;
        if !may_be_asked(registry, &realm) {
            let message = format!(
                "names {} as its token server, where a password would go unencrypted or to this machine",
                place_of(&realm)
            );
            return Err(AcquireError::new(AcquireErrorKind::Malformed, &here, message)
                .advice("refused; the registry's configuration should name an https address"));
        }
        let request = self.token_request(registry, realm.clone(), &asked);
        let place = place_of(&realm);
        let response = retry::send(transport, policy, &request)
            .await
            .map_err(|failure| failure.into_error(&place))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => {
                let said = error_text(response).await;
                let message = format!("the token server refused: {said}");
                let host = registry.host_str().unwrap_or_default();
                return Err(AcquireError::new(AcquireErrorKind::Unauthorized, place, message)
                    .advice(self.advice(host)));
            }
            _ => {
                let said = error_text(response).await;
                let message = format!("the token server failed: {said}");
                return Err(AcquireError::new(AcquireErrorKind::Unreachable, place, message));
            }
        }
        let body = read_body(response, MAX_TOKEN_RESPONSE_BYTES)
            .await
            .map_err(|failure| failure.into_error(&place))?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        serde_json::from_slice::<TokenResponse>(&body)
            .ok()
            .and_then(|answer| filled(answer.token).or(filled(answer.access_token)))
            .and_then(|token| bearer(&token))
            .ok_or_else(|| {
                Failure::new(FailureSort::Refused, "the token server's answer holds no token")
                    .into_error(&place)
            })
    }

    fn token_request(&self, registry: &Url, mut realm: Url, asked: &TokenRequest) -> Request {
        let to_registry = same_origin(registry, &realm);
        let mut headers = HeaderMap::new();
        // docker logs in to the token server also where it would give a token to anyone.
        if let Some(Login::Identity(token)) = &self.found.login {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "refresh_token")
                .append_pair("client_id", CLIENT_ID)
                .append_pair("scope", &asked.scope)
                .append_pair("refresh_token", &token.0);
            if let Some(service) = &asked.service {
                form.append_pair("service", service);
            }
            let payload = Payload::Form(form.finish());
            return Request { method: Method::POST, url: realm, headers, payload, to_registry };
        }
        {
            let mut query = realm.query_pairs_mut();
            if let Some(service) = &asked.service {
                query.append_pair("service", service);
            }
            // Several scopes stand in one parameter, divided by spaces, and are sent as several.
            for scope in asked.scope.split(' ').filter(|scope| !scope.is_empty()) {
                query.append_pair("scope", scope);
            }
        }
        if let Some(Login::Password(credentials)) = &self.found.login {
            headers.extend(basic(credentials).map(|value| (AUTHORIZATION, value)));
        }
        Request { method: Method::GET, url: realm, headers, payload: Payload::None, to_registry }
    }
}

struct TokenRequest {
    realm: String,
    service: Option<String>,
    scope: String,
}

/// A token server may be anywhere that is reached over TLS; without TLS only where the registry itself
/// is, or on this machine if the registry is on it too.
fn may_be_asked(registry: &Url, realm: &Url) -> bool {
    let stays = !is_loopback(realm) || is_loopback(registry);
    match realm.scheme() {
        "https" => stays,
        "http" => {
            registry.scheme() == "http"
                && stays
                && (is_loopback(realm) || realm.host_str() == registry.host_str())
        }
        _ => false,
    }
}

fn bearer(token: &str) -> Option<HeaderValue> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    secret(&format!("Bearer {token}"))
}

fn basic(credentials: &Credentials) -> Option<HeaderValue> {
    let Credentials { username, password } = credentials;
    let text = format!("{username}:{password}");
    secret(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text)))
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_token_server_may_be() {
        let asked = |registry: &str, realm: &str| {
            may_be_asked(&registry.parse().unwrap(), &realm.parse().unwrap())
        };
        assert!(asked("https://r.example", "https://auth.example/token"));
        assert!(asked("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"));
        assert!(asked("http://r.lan:5000", "http://r.lan:5001/token"));
        assert!(!asked("https://r.example", "http://auth.example/token"));
        assert!(!asked("https://r.example", "http://r.example/token"));
        assert!(!asked("https://r.example", "http://127.0.0.1/token"));
        assert!(!asked("https://r.example", "https://localhost/token"));
        assert!(!asked("http://r.lan", "http://evil.lan/token"));
        assert!(!asked("https://r.example", "file:///etc/passwd"));
    }
}
