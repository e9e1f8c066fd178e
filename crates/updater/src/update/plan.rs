//! Which feeds an update takes, and from where.

use std::{path::PathBuf, sync::Arc};

use plimsoll_feeds::{Feed, Origin};

/// Where an update takes its feeds from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// Each feed's own addresses.
    Upstream,
    /// An address that has each feed's files below the feed's id.
    Mirror(String),
    /// A folder of this machine that has each feed's files below the feed's id.
    Folder(PathBuf),
}

impl Source {
    /// Reads what a user wrote: an `http(s)` address or a folder.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match Origin::parse(text) {
            Origin::Local(path) => Self::Folder(path),
            Origin::Mirror(url) => Self::Mirror(url),
            Origin::Upstream => Self::Upstream,
        }
    }
}

/// A feed and where to take it from.
#[derive(Clone)]
pub struct Task {
    /// The feed.
    pub feed: Arc<dyn Feed>,
    /// Where its data is.
    pub origin: Origin,
    /// Whether it is no failure if the origin does not have it: mirrors need not carry every feed, and some
    /// feeds have no download of their own.
    pub may_be_absent: bool,
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("feed", &self.feed.id()).field("origin", &self.origin).finish()
    }
}

/// Why an update cannot begin.
#[derive(Debug, thiserror::Error, Eq, PartialEq)]
pub enum PlanError {
    /// There is no such feed.
    #[error("no feed `{0}`")]
    UnknownFeed(String),
    /// A folder without feeds.
    #[error("{0} has no folder that bears a feed's id")]
    EmptyFolder(PathBuf),
    /// Everything was left out.
    #[error("no feed is left to update")]
    Nothing,
    /// The network was forbidden.
    #[error("the network may not be used, but feeds are to be fetched")]
    Offline,
}

/// The feeds of an update: all that the source can have without a key, or `only` these, `without` those.
///
/// # Errors
/// Where the wish cannot be fulfilled.
pub fn plan(
    source: &Source,
    only: &[String],
    without: &[String],
    offline: bool,
) -> Result<Vec<Task>, PlanError> {
    let all = plimsoll_feeds::all();
    if let Some(unknown) = only.iter().chain(without).find(|id| !all.iter().any(|f| f.id() == *id))
    {
        return Err(PlanError::UnknownFeed(unknown.clone()));
    }
    if offline && !matches!(source, Source::Folder(_)) {
        return Err(PlanError::Offline);
    }
    let mut tasks = Vec::new();
    let mut any_there = false;
    for feed in all {
        let named = only.iter().any(|id| id == feed.id());
        let id = feed.id();
        let origin = match source {
            Source::Folder(folder) => {
                let path = folder.join(id);
                any_there |= path.exists();
                if !named && !path.exists() {
                    continue;
                }
                Origin::Local(path)
            }
            Source::Mirror(base) => Origin::Mirror(format!("{}/{id}/", base.trim_end_matches('/'))),
            Source::Upstream if !named && feed.is_by_request() => continue,
            Source::Upstream => Origin::Upstream,
        };
        if (named || only.is_empty()) && !without.iter().any(|w| w == id) {
            tasks.push(Task { feed: Arc::from(feed), origin, may_be_absent: !named });
        }
    }
    match source {
        Source::Folder(folder) if !any_there => Err(PlanError::EmptyFolder(folder.clone())),
        _ if tasks.is_empty() => Err(PlanError::Nothing),
        _ => Ok(tasks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(tasks: &[Task]) -> Vec<&str> {
        tasks.iter().map(|t| t.feed.id()).collect()
    }

    #[test]
    fn feeds_are_chosen() {
        let own = |s: &str| vec![s.to_owned()];
        let all = plan(&Source::Upstream, &[], &[], false).unwrap();
        assert!(ids(&all).contains(&"cisa-kev") && ids(&all).contains(&"alpine-secdb"));
        let but = plan(&Source::Upstream, &[], &own("cisa-kev"), false).unwrap();
        assert_eq!(but.len(), all.len() - 1);
        let one = plan(&Source::Upstream, &own("cisa-kev"), &[], false).unwrap();
        assert_eq!(ids(&one), ["cisa-kev"]);
        // Its address asks for a key; a mirror does not.
        assert!(!ids(&all).contains(&"malware-hashes"));
        let one = plan(&Source::Upstream, &own("malware-hashes"), &[], false).unwrap();
        assert_eq!(ids(&one), ["malware-hashes"]);
        let mirror = plan(&Source::Mirror("http://m/".into()), &[], &[], false).unwrap();
        assert!(ids(&mirror).contains(&"malware-hashes"));
        let fails = |only: &str, without: &str| {
            let list = |s: &str| if s.is_empty() { vec![] } else { own(s) };
            plan(&Source::Upstream, &list(only), &list(without), false).unwrap_err()
        };
        assert_eq!(fails("cisa-kev", "cisa-kev"), PlanError::Nothing);
        assert_eq!(fails("nonsense", ""), PlanError::UnknownFeed("nonsense".into()));
        assert_eq!(fails("", "nonsense"), PlanError::UnknownFeed("nonsense".into()));
        assert_eq!(plan(&Source::Upstream, &[], &[], true).unwrap_err(), PlanError::Offline);
        let mirror = plan(&Source::Mirror("http://m/x/".into()), &own("epss"), &[], false).unwrap();
        assert_eq!(mirror[0].origin, Origin::Mirror("http://m/x/epss/".into()));
        let dir = tempfile::tempdir().unwrap();
        let folder = Source::Folder(dir.path().to_owned());
        assert!(matches!(plan(&folder, &[], &[], true), Err(PlanError::EmptyFolder(_))));
        std::fs::create_dir(dir.path().join("epss")).unwrap();
        assert_eq!(ids(&plan(&folder, &[], &[], true).unwrap()), ["epss"]);
        assert_eq!(plan(&folder, &[], &own("epss"), true).unwrap_err(), PlanError::Nothing);
    }
}
