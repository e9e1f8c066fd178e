//! Flags of what moves databases: `db push`, `export`, `import`, `keygen`, and those that `db update` shares with
//! them.

use std::path::PathBuf;

use clap::Args;

use super::RegistryArgs;

pub(crate) const PUSH_EXAMPLES: &str = "\
Examples:
  plimsoll db push ghcr.io/org/advisories:v1 --sign-key plimsoll-db.key
  plimsoll db push registry.example/advisories:v1 --db new.db --delta-from yesterday.db

Any registry will do. The tag keeps deltas from the last 7 published databases.
The password of an encrypted key is read from PLIMSOLL_DB_KEY_PASSWORD.";

pub(crate) const EXPORT_EXAMPLES: &str = "\
Examples:
  plimsoll db export advisories.tar                the database in use, with its signatures
  plimsoll db export advisories.tar --sign-key plimsoll-db.key
  plimsoll db import advisories.tar --key plimsoll-db.pub     on the machine without a network";

pub(crate) const KEYGEN_EXAMPLES: &str = "\
Examples:
  plimsoll db keygen plimsoll-db                   writes plimsoll-db.key and plimsoll-db.pub
  PLIMSOLL_DB_KEY_PASSWORD=… plimsoll db keygen plimsoll-db   with an encrypted secret key

The keys are minisign's: `minisign -V -p plimsoll-db.pub -m plimsoll.db` verifies, too.";

/// What is demanded of a database before it is put into use.
#[derive(Args, Debug)]
pub(crate) struct TrustArgs {
    /// Public key that the database must be signed with: a file or its text; may be repeated
    /// [default: db.pub in the user's configuration folder, /etc/plimsoll/db.pub]
    #[arg(
        long,
        value_name = "KEY",
        env = "PLIMSOLL_DB_KEY",
        value_delimiter = ',',
        help_heading = "Trust"
    )]
    pub(crate) key: Vec<String>,
    /// Take a database that is not signed, or without a key to verify it with
    #[arg(long, help_heading = "Trust")]
    pub(crate) allow_unsigned: bool,
    /// Take a database that is older than the one in use
    #[arg(long, help_heading = "Trust")]
    pub(crate) allow_older: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DbPushArgs {
    /// Where to publish: HOST/REPOSITORY:TAG
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// Database to publish [default: the one in use]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub(crate) db: Option<PathBuf>,
    /// Secret key to sign with; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_key: Vec<PathBuf>,
    /// An earlier database that clients may have: a file, or where it was published; may be repeated
    /// [default: the one that the tag names]
    #[arg(long, value_name = "FILE|REF")]
    pub(crate) delta_from: Vec<String>,
    /// Publish it although the tag names a newer one
    #[arg(long)]
    pub(crate) allow_older: bool,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DbExportArgs {
    /// File to write
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Database to export [default: the one in use]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub(crate) db: Option<PathBuf>,
    /// Secret key to sign with; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_key: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct DbImportArgs {
    /// File that `db export` wrote, or a database with its signature beside it (FILE.minisig)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Also a database that was rolled back from
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DbKeygenArgs {
    /// Beginning of the names of both files
    #[arg(value_name = "NAME", default_value = "plimsoll-db")]
    pub(crate) name: PathBuf,
}
