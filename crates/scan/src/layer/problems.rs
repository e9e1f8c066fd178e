//! The problems of one layer, bounded: a hostile layer can have one for every entry.

use plimsoll_model::{Problem, ProblemKind};

use crate::limits::MAX_PROBLEMS;

#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    more: u64,
    hides_something: bool,
}

impl Problems {
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        } else {
            self.more += 1;
            self.hides_something |= problem.kind.makes_incomplete();
        }
    }

    /// Adds one at the front of the queue for the limit: those that stand for the whole layer must not
    /// drown in those of its entries.
    pub(crate) fn push_always(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    pub(crate) fn finish(mut self) -> Vec<Problem> {
        if self.more > 0 {
            let kind = if self.hides_something {
                ProblemKind::LimitReached
            } else {
                ProblemKind::UnsafeEntry
            };
            let message = format!("{} more problems in this layer are not listed", self.more);
            self.list.push(Problem::new(kind, message));
        }
        self.list
    }
}
