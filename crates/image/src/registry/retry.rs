//! When to try again, and how long to wait before.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use reqwest::{Response, StatusCode};

use super::{
    options::RetryPolicy,
    transport::{Failure, FailureSort, Request, Transport, retry_after},
};

/// Tries of a request while not even a connection comes about: a name that does not resolve or a port
/// where nobody listens rarely changes within seconds, and the user waits.
const CONNECT_ATTEMPTS: u32 = 2;

/// A random part of `min(longest, base * 2^round)` ("full jitter"): many scanners that were turned away
/// together must not come back together.
pub(super) fn backoff(policy: &RetryPolicy, round: u32) -> Duration {
    let ceiling = policy.base.saturating_mul(1 << round.min(16)).min(policy.longest);
    let share = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
    ceiling.mul_f64(share.clamp(0.0, 1.0))
}

/// Sends until there is an answer that is not "later": 429 and 5xx and broken connections are tried
/// again. The last answer or failure is returned as it is.
pub(super) async fn send(
    transport: &Transport,
    policy: &RetryPolicy,
    request: &Request,
) -> Result<Response, Failure> {
    let mut round = 0;
    loop {
        let outcome = transport.send(request).await;
        round += 1;
        let wait = match &outcome {
            Ok(response) if is_later(response.status()) => {
                match retry_after(response.headers()) {
                    Some(asked) if asked > policy.longest_asked => {
                        let message = format!(
                            "{}: asks to wait {} s, longer than the {} s that are allowed",
                            response.status(),
                            asked.as_secs(),
                            policy.longest_asked.as_secs()
                        );
                        return Err(Failure::new(FailureSort::Broken, message));
                    }
                    // A little more, so that not everyone comes back in the same moment.
                    Some(asked) => asked + backoff(policy, 0),
                    None => backoff(policy, round - 1),
                }
            }
            Ok(_) => return outcome,
            Err(failure) if failure.sort == FailureSort::Connect && round >= CONNECT_ATTEMPTS => {
                return outcome;
            }
            Err(failure) if failure.is_worth_retrying() => backoff(policy, round - 1),
            Err(_) => return outcome,
        };
        if round >= policy.attempts {
            return outcome;
        }
        tokio::time::sleep(wait).await;
    }
}

fn is_later(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest() {
        let policy = RetryPolicy::default();
        for round in 0..100 {
            let wait = backoff(&policy, round);
            assert!(wait <= policy.longest);
            assert!(wait <= policy.base.saturating_mul(1 << round.min(16)));
        }
        assert!((0..50).any(|_| backoff(&policy, 10) > policy.base), "never grows");
    }
}
