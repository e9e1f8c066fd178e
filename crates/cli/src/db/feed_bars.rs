//! The progress of an update: a line for each feed that is being fetched or read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::ProgressBar;
use plimsoll_updater::{Events, Stage};

use crate::progress::Bars;

/// Draws what an update tells.
pub(super) struct FeedBars {
    bars: Arc<Bars>,
    feeds: Mutex<HashMap<String, ProgressBar>>,
}

impl FeedBars {
    pub(super) fn new(bars: Arc<Bars>) -> Self {
        Self { bars, feeds: Mutex::default() }
    }
}

impl Events for FeedBars {
    fn feed(&self, id: &str, stage: Stage) {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if stage == Stage::Done {
            if let Some(bar) = feeds.remove(id) {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = feeds.entry(id.to_owned()).or_insert_with(|| self.bars.download(id));
        match stage {
            Stage::Fetching => bar.set_message("asking"),
            Stage::Begins(Some(len)) => {
                bar.set_message("fetching");
                bar.inc_length(len);
            }
            Stage::Begins(None) => bar.set_message("fetching"),
            Stage::Received(bytes) => bar.inc(bytes),
            Stage::Reading => bar.set_message("reading"),
            Stage::Done => {}
        }
    }

    fn building(&self) {
        let bar = self.bars.step("sorting and writing");
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.insert(String::new(), bar);
    }
}
