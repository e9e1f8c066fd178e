//! Good manners: few connections to one server, and silence for as long as it asks for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// Requests to one host at a time.
pub(super) const MAX_PER_HOST: usize = 4;

/// Longest pause before another try; where a server asks for a longer one the fetch is given up for now.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// No server is believed that asks for more.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);

/// The hosts that were asked so far; shared by all clones of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(Arc<Mutex<HashMap<String, Arc<Host>>>>);

/// One host.
#[derive(Debug)]
pub(super) struct Host {
    permits: Arc<Semaphore>,
    not_before: Mutex<Option<Instant>>,
}

impl Hosts {
    pub(super) fn of(&self, url: &str) -> Arc<Host> {
        let name = Url::parse(url)
            .ok()
            .and_then(|u| Some(format!("{}:{}", u.host_str()?, u.port_or_known_default()?)))
            .unwrap_or_default();
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name).or_insert_with(|| {
            let permits = Arc::new(Semaphore::new(MAX_PER_HOST));
            Arc::new(Host { permits, not_before: Mutex::new(None) })
        });
        host.clone()
    }
}

impl Host {
    /// One of its places, held for as long as the answer is read; `None` only if the semaphore was closed,
    /// which nobody does.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.ok()
    }

    /// How long it still wants to be left alone.
    pub(super) fn pause(&self) -> Duration {
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()))
    }

    /// It asked for silence.
    pub(super) fn leave_alone(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(until, |at| at.max(until)));
    }
}

/// Whether an answer says "too often": 429, or what GitHub sends, 403 with its limit used up
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>).
pub(super) fn is_limited(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN
            && (text(headers, "x-ratelimit-remaining") == Some("0")
                || headers.contains_key(RETRY_AFTER))
}

/// The pause that a server asks for: `Retry-After` in seconds or as a date, else the reset of a used-up limit
/// in seconds since 1970.
pub(super) fn asked_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let until = |seconds: u64| {
        let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
        Some(at.duration_since(now).unwrap_or_default())
    };
    let retry_after = text(headers, "retry-after").and_then(|value| {
        let seconds = value.parse().ok().map(Duration::from_secs);
        seconds.or_else(|| {
            until(u64::try_from(rfc2822::parse(value).ok()?.timestamp().as_second()).ok()?)
        })
    });
    let used_up = text(headers, "x-ratelimit-remaining") == Some("0");
    let reset = || text(headers, "x-ratelimit-reset").filter(|_| used_up)?.parse().ok();
    retry_after.or_else(|| until(reset()?)).map(|pause| pause.min(LONGEST_ASKED))
}

/// The time at which a pause ends.
pub(super) fn end_of(pause: Duration) -> Timestamp {
    let end = SystemTime::now().checked_add(pause).and_then(|end| Timestamp::try_from(end).ok());
    let end = end.unwrap_or(Timestamp::MAX);
    // Whole seconds: it is shown to people.
    Timestamp::from_second(end.as_second().saturating_add(1)).unwrap_or(end)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn pauses_are_read_in_every_form() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_755_674_880);
        let asked = |pairs| asked_pause(&headers(pairs), now).map(|p| p.as_secs());
        assert_eq!(asked(&[("retry-after", " 30 ")]), Some(30));
        assert_eq!(asked(&[("retry-after", "Wed, 20 Aug 2025 07:30:00 GMT")]), Some(120));
        assert_eq!(asked(&[("retry-after", "Wed, 20 Aug 2014 07:30:00 GMT")]), Some(0));
        assert_eq!(asked(&[("retry-after", "99999999999999")]), Some(86_400));
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        let github = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1755675000")];
        assert_eq!(asked(&github), Some(120));
        let left = [("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "1755675000")];
        assert_eq!(asked(&left), None);
        assert!(is_limited(StatusCode::FORBIDDEN, &headers(&github)));
        assert!(!is_limited(StatusCode::FORBIDDEN, &headers(&left)));
        assert!(is_limited(StatusCode::TOO_MANY_REQUESTS, &headers(&[])));
    }

    #[tokio::test]
    async fn one_host_has_few_places_and_another_its_own() {
        let hosts = Hosts::default();
        let first = hosts.of("https://example.org/a");
        let mut held = Vec::new();
        for _ in 0..MAX_PER_HOST {
            held.push(first.place().await);
        }
        assert_eq!(hosts.of("https://example.org:443/b").permits.available_permits(), 0);
        assert_eq!(hosts.of("http://example.org/").permits.available_permits(), MAX_PER_HOST);
        held.pop();
        assert_eq!(first.permits.available_permits(), 1);
        first.leave_alone(Duration::from_secs(50));
        first.leave_alone(Duration::from_secs(5));
        assert!(hosts.of("https://example.org/c").pause() > Duration::from_secs(40));
    }
}
