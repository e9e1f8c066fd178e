//! Several small pages at once.

use tokio::task::JoinSet;

use super::Http;
use crate::FeedError;

/// Requests under way at the same time: enough to hide the way to the server, few enough to be no burden.
const AT_ONCE: usize = 4;

/// Fetches pages, in the order of their addresses; `None` where the server has none.
pub(crate) async fn pages(http: &Http, urls: &[String]) -> Result<Vec<Option<String>>, FeedError> {
    let mut found: Vec<Option<String>> = vec![None; urls.len()];
    let mut waiting = urls.iter().cloned().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((at, url)) = waiting.next()
        {
            let http = http.clone();
            running.spawn(async move { (at, http.page_if_there(&url).await) });
        }
        let Some(done) = running.join_next().await else { return Ok(found) };
        let (at, page) = done.map_err(|e| FeedError::io("download", std::io::Error::other(e)))?;
        if let Some(slot) = found.get_mut(at) {
            *slot = page?;
        }
    }
}
