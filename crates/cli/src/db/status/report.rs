//! What `db status` knows, as it is printed with `--json`. Stable: keys are added, never renamed or removed
//! without a new `schema_version`. `docs/db-status.schema.json` is made from here.

use jiff::{Timestamp, civil::Date};
use plimsoll_model::{DatabaseInfo, Digest, Knowledge, Staleness};
use plimsoll_updater::{FeedState, Generation, State};
use plimsoll_vulndb::VulnDb;
use schemars::JsonSchema;
use serde::Serialize;

/// Version of this shape.
const SCHEMA_VERSION: u32 = 1;

/// Build times before this are no times of building: a database of facts bears none.
const FIRST_BUILD: i64 = 1_000_000_000;

/// What `plimsoll db status --json` prints.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct StatusReport {
    /// Version of this shape.
    schema_version: u32,
    /// `starter` for the embedded database, else the path.
    pub(super) origin: String,
    /// Schema version of the file.
    pub(super) schema: u32,
    /// When it was built, UTC.
    #[schemars(with = "String")]
    pub(super) built: Timestamp,
    /// Digest of its content.
    pub(super) digest: Digest,
    /// Whether all of it was read and has that digest; absent if `--verify` was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verified: Option<bool>,
    /// Bytes of the file.
    pub(super) size: u64,
    /// How old it is: since it was built, or since its newest data where it does not say when it was built.
    pub(super) staleness: Staleness,
    /// The feeds that it holds.
    pub(super) feeds: Vec<FeedStatus>,
    /// Feeds that this program knows and that the database lacks: nothing is said about what only they cover.
    pub(super) missing: Vec<MissingFeed>,
    /// What there are advisories for.
    pub(super) covers: Vec<Covers>,
    /// The databases that are kept, newest installation first; empty for a database elsewhere.
    pub(super) kept: Vec<KeptDatabase>,
}

/// A feed of the database.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct FeedStatus {
    /// Feed id.
    pub(super) id: String,
    /// Date of its newest data.
    #[schemars(with = "Option<String>")]
    pub(super) date: Option<Date>,
    /// Days since then.
    pub(super) age_days: Option<i64>,
    /// Records taken.
    pub(super) records: u64,
    /// Records that could not be understood.
    pub(super) bad: u64,
    /// Licence of the data.
    licence: String,
    /// Where it comes from.
    source: String,
    /// Which flaws it can know.
    knows: Knowledge,
    /// How its last updates on this machine went.
    #[serde(flatten)]
    pub(super) update: UpdateStatus,
}

/// A feed that the database lacks.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct MissingFeed {
    /// Feed id.
    pub(super) id: String,
    /// Name for people.
    title: String,
    /// How its last updates on this machine went.
    #[serde(flatten)]
    pub(super) update: UpdateStatus,
}

/// How a feed's last updates on this machine went. All are null where it was never asked for.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(super) struct UpdateStatus {
    /// When it was last asked for.
    #[schemars(with = "Option<String>")]
    pub(super) last_checked: Option<Timestamp>,
    /// When it was last there and understood.
    #[schemars(with = "Option<String>")]
    last_success: Option<Timestamp>,
    /// Why it failed, if it failed the last time.
    pub(super) last_error: Option<String>,
    /// Since when it fails.
    #[schemars(with = "Option<String>")]
    pub(super) failed_since: Option<Timestamp>,
}

/// A distribution's release or a language.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Covers {
    /// `debian:12`, `npm` …
    pub(super) namespace: String,
    /// Statements about its packages.
    pub(super) rows: u64,
    /// Who makes them.
    pub(super) feeds: Vec<String>,
}

/// A database that `db rollback` can go back to.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct KeptDatabase {
    /// Digest of its content.
    digest: Digest,
    /// When it was built, UTC; null if it is damaged.
    #[schemars(with = "Option<String>")]
    built: Option<Timestamp>,
    /// Bytes of the file.
    size: u64,
    /// Whether scans use it now.
    current: bool,
    /// Whether it was rolled back from.
    rolled_back: bool,
}

impl StatusReport {
    pub(super) fn new(
        db: &VulnDb,
        verified: Option<bool>,
        state: &State,
        kept: &[Generation],
        today: Date,
        max_age: i64,
    ) -> Self {
        let DatabaseInfo { origin, schema, built, digest, feeds, .. } = db.info();
        let update = |id: &str| state.feeds.get(id).map(UpdateStatus::from).unwrap_or_default();
        let newest = feeds.iter().filter_map(|feed| feed.date).max();
        let born =
            if built.as_second() >= FIRST_BUILD { Some(crate::scan::today(built)) } else { newest };
        let missing = plimsoll_feeds::all()
            .iter()
            .map(|feed| feed.meta())
            .filter(|meta| !feeds.iter().any(|feed| feed.id == meta.id))
            .map(|meta| MissingFeed {
                id: meta.id.to_owned(),
                title: meta.title.to_owned(),
                update: update(meta.id),
            })
            .collect();
        let feeds = feeds.into_iter().map(|feed| FeedStatus {
            update: update(&feed.id),
            age_days: plimsoll_policy::staleness(feed.date, today, max_age).age_days,
            id: feed.id,
            date: feed.date,
            records: feed.records,
            bad: feed.skipped,
            licence: feed.licence,
            source: feed.source,
            knows: feed.knows,
        });
        let covers = db.meta().namespaces.iter().map(|namespace| Covers {
            namespace: namespace.namespace.to_string(),
            rows: namespace.source_rows + namespace.binary_rows,
            feeds: namespace.feeds.clone(),
        });
        let kept = kept.iter().map(|kept| KeptDatabase {
            digest: kept.digest,
            built: kept.built,
            size: kept.size,
            current: kept.current,
            rolled_back: kept.rolled_back,
        });
        Self {
            schema_version: SCHEMA_VERSION,
            origin,
            schema,
            built,
            digest,
            verified,
            size: db.size(),
            staleness: plimsoll_policy::staleness(born, today, max_age),
            feeds: feeds.collect(),
            missing,
            covers: covers.collect(),
            kept: kept.collect(),
        }
    }
}

impl From<&FeedState> for UpdateStatus {
    fn from(state: &FeedState) -> Self {
        Self {
            last_checked: state.last_checked,
            last_success: state.last_success,
            last_error: state.last_error.clone(),
            failed_since: state.failed_since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes it anew with `PLIMSOLL_BLESS=1`.
    #[test]
    fn the_committed_schema_is_the_one_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/db-status.schema.json");
        let made = format!("{:#}\n", schemars::schema_for!(StatusReport).to_value());
        if std::env::var_os("PLIMSOLL_BLESS").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap() == made, "{path} is not up to date");
    }
}
