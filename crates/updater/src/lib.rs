//! The advisory database's life on a machine: feeds are fetched
//! and kept, a database is built of them, put into use, replaced by a newer one, and rolled back.
//!
//! Two rules hold everywhere. Scans open the current database by its name and never wait for anybody: it is
//! only ever replaced by renaming a whole, verified file over it. And nothing is thrown away for something
//! worse: what cannot be verified is never put into use, and the last good databases are kept.
//!
//! This crate decides; it prints nothing and knows no command line, because the program and the server both
//! stand on it.

mod files;
mod lock;
mod records;
pub mod store;
pub mod update;

pub use records::{About, Records};
pub use store::{Generation, Installed, MAX_GENERATIONS, RolledBack, Store, StoreError, Writer};
pub use update::{
    DatabaseOutcome, Events, FeedOutcome, FeedReport, FeedState, Kept, Options, Outcome, PlanError,
    Source, Stage, State, Task, UpdateError, plan, set_priorities, update,
};
