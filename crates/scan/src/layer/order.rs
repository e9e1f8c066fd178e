//! Puts what workers find back into the order of the walk: files are looked at in any order, and a path that is written
//! again, a limit or a problem must mean the same with any number of threads.

use std::collections::VecDeque;

use plimsoll_model::Problem;

use super::workers::{Done, Looked};

/// Most files and events that wait for a file which is still being looked at.
const MAX_WAITING: usize = if cfg!(test) { 300 } else { 20_000 };

/// Something that the walk came upon.
#[derive(Debug)]
pub(super) enum Event {
    Looked(Looked),
    Problem(Problem),
    /// A path is written again.
    Forget(String),
}

/// A file that is being looked at, or was, and what came behind it.
#[derive(Debug)]
struct Place {
    /// `None` while it is being looked at.
    events: Option<Vec<Event>>,
    /// Files and events that were put here.
    count: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Order {
    places: VecDeque<Place>,
    /// Number of the first place.
    first: u64,
    waiting: usize,
}

impl Order {
    /// Whether nothing is being looked at.
    pub(super) fn is_settled(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether one slow file makes too much pile up behind it.
    pub(super) fn is_full(&self) -> bool {
        self.waiting > MAX_WAITING
    }

    /// A place for a file that is handed to the workers.
    pub(super) fn open(&mut self) -> u64 {
        self.waiting += 1;
        self.places.push_back(Place { events: None, count: 1 });
        self.first + self.places.len() as u64 - 1
    }

    /// Puts an event behind what is being looked at; where nothing is, it comes back to be taken in at once.
    pub(super) fn add(&mut self, event: Event) -> Option<Event> {
        match self.places.back_mut() {
            None => return Some(event),
            Some(Place { events: Some(last), count }) => {
                last.push(event);
                *count += 1;
            }
            Some(_) => self.places.push_back(Place { events: Some(vec![event]), count: 1 }),
        }
        self.waiting += 1;
        None
    }

    /// What can be taken in now that these are done.
    pub(super) fn arrive(&mut self, done: Vec<Done>) -> Vec<Event> {
        for done in done {
            let at = usize::try_from(done.place - self.first).unwrap_or(usize::MAX);
            if let Some(place) = self.places.get_mut(at) {
                place.events = Some(done.looked.into_iter().map(Event::Looked).collect());
            }
        }
        let mut ready = Vec::new();
        while self.places.front().is_some_and(|first| first.events.is_some()) {
            let Some(Place { events, count }) = self.places.pop_front() else { break };
            self.first += 1;
            self.waiting -= count;
            ready.extend(events.unwrap_or_default());
        }
        ready
    }
}
