//! Feeds that only fill what another one leaves open. Priorities work under one name of a package; a feed that
//! names sources and one that names binaries are told apart here, by the flaws of a release.

use std::collections::{HashMap, HashSet};

use plimsoll_model::Namespace;

use crate::flaw_id::FlawId;

#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// The feeds that fill what a leader leaves open.
    fillers: HashMap<String, Vec<String>>,
    /// What leaders spoke about, by the feed that fills.
    flaws: HashMap<String, HashMap<Namespace, HashSet<FlawId>>>,
}

impl Spoken {
    pub(super) fn fills(&mut self, feed: String, leader: String) {
        self.fillers.entry(leader).or_default().push(feed);
    }

    /// A feed speaks about flaws in a release, `of_channel` only for a support programme of it.
    pub(super) fn note(
        &mut self,
        feed: &str,
        flaws: &[String],
        namespace: &Namespace,
        of_channel: bool,
    ) {
        // What a leader says of a support programme only is nothing about the release.
        let Some(fillers) = self.fillers.get(feed).filter(|_| !of_channel) else {
            return;
        };
        for filler in fillers {
            let known = self.flaws.entry(filler.clone()).or_default();
            let known = known.entry(namespace.clone()).or_default();
            known.extend(flaws.iter().map(|flaw| FlawId::new(flaw)));
        }
    }

    /// The flaws of a release that a feed has nothing to say about.
    pub(super) fn of(&self, feed: &str, namespace: &Namespace) -> Option<&HashSet<FlawId>> {
        self.flaws.get(feed)?.get(namespace)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flaws.is_empty()
    }
}
