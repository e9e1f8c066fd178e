//! Flags of `db status`, `db update` and `db rollback`.

use std::path::PathBuf;

use clap::Args;
use plimsoll_policy::DEFAULT_MAX_AGE_DAYS;

use super::{RegistryArgs, TrustArgs};

pub(crate) const STATUS_EXAMPLES: &str = "\
Examples:
  plimsoll db status                               the database that scans use
  plimsoll db status --verify                      … read whole and compared with its digest
  plimsoll db status --max-age 2                   for monitoring: ends with 4 if it is older
  plimsoll db status --json | jq '.feeds[] | select(.last_error)'

Ends with 4 if the database is older than --max-age.";

pub(crate) const UPDATE_EXAMPLES: &str = "\
Examples:
  plimsoll db update                               from the feeds' own addresses
  plimsoll db update --from https://mirror.example/advisories
  plimsoll db update --from /mnt/mirror --offline  a folder with a folder for each feed
  plimsoll db update --from oci://registry.example/advisories:latest
  plimsoll db update --without epss --without nvd-scores
  plimsoll db update --force                       fetch and build anew whatever is known

Only what changed is fetched and read. A feed that fails is replaced by what it said last.
Ends with 4 if some feeds failed, 3 if all did, 6 if another update is running.";

pub(crate) const ROLLBACK_EXAMPLES: &str = "\
Examples:
  plimsoll db rollback                             the one before the current one
  plimsoll db rollback --list                      what is kept
  plimsoll db rollback --to 4f1c                   the one whose digest begins like this

`db update` does not put back what was rolled back from until the feeds change, or --force is given.";

#[derive(Args, Debug)]
pub(crate) struct DbStatusArgs {
    /// Database [default: the one that a scan would use]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub(crate) db: Option<PathBuf>,
    /// Read all of it and compare its digest
    #[arg(long)]
    pub(crate) verify: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Age in days from which the database counts as expired
    #[arg(long, value_name = "DAYS", default_value_t = DEFAULT_MAX_AGE_DAYS,
          value_parser = clap::value_parser!(i64).range(0..=36_500))]
    pub(crate) max_age: i64,
}

#[derive(Args, Debug)]
pub(crate) struct DbUpdateArgs {
    /// A mirror in place of the upstream addresses: a folder or an address that has each feed's files
    /// below the feed's id; or a published database: oci://HOST/REPOSITORY:TAG, oci-layout:FOLDER
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) from: Option<String>,
    /// Make the database of these feeds only; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) feed: Vec<String>,
    /// Leave this feed out; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) without: Vec<String>,
    /// Fetch and read everything anew, and put the result into use even if nothing changed, if it was
    /// rolled back from, or if it lacks feeds that failed
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DbRollbackArgs {
    /// The database whose digest begins like this [default: the one before the current one]
    #[arg(long, value_name = "DIGEST", conflicts_with = "list")]
    pub(crate) to: Option<String>,
    /// List the databases that are kept, and change nothing
    #[arg(long)]
    pub(crate) list: bool,
}
