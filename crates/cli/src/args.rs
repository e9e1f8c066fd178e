//! Every command and flag: help, completion and the README's table come from here and nowhere else.

mod inspect;
mod lifecycle;
mod lint;
mod rules;
mod transfer;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
pub(crate) use inspect::{DbQueryArgs, DbShowArgs};
pub(crate) use lifecycle::{DbRollbackArgs, DbStatusArgs, DbUpdateArgs};
pub(crate) use lint::{LintArgs, LintFormat};
use plimsoll_model::Platform;
use plimsoll_policy::{DEFAULT_MAX_AGE_DAYS, FailOn, SeverityFilter};
use plimsoll_scan::Scanner;
pub(crate) use rules::{
    RulesCommand, RulesFormat, RulesListArgs, RulesProfileArgs, RulesShowArgs, RulesTestArgs,
};
pub(crate) use transfer::{DbExportArgs, DbImportArgs, DbKeygenArgs, DbPushArgs, TrustArgs};

use crate::clamd::Address;

/// Finds what makes a container image unsafe to ship, and says how to fix it.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

const EXIT_CODES: &str = "\
Exit codes: 0 nothing at or above the gate, 1 the gate tripped, 2 usage, 3 the image could not be
acquired, 4 the scan was incomplete and --strict was given, 5 internal error,
6 another process is changing the databases.";

#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Print nothing but the result and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Use no network: local images only, no advisories fetched
    #[arg(long, global = true, env = "PLIMSOLL_OFFLINE")]
    pub(crate) offline: bool,
    /// Settings file [default: .plimsoll.yml in the current folder, if it exists]
    #[arg(long, global = true, value_name = "FILE", env = "PLIMSOLL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for cached layer facts and the database [default: the user's cache folder]
    #[arg(long, global = true, value_name = "DIR", env = "PLIMSOLL_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan an image
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(Box<ScanArgs>),
    /// Print the commands that mend an image's fixable flaws
    #[command(after_help = FIX_EXAMPLES)]
    Fix(Box<FixArgs>),
    /// Check Dockerfiles for risky build instructions, and mend them
    #[command(after_help = lint::EXAMPLES)]
    Lint(Box<LintArgs>),
    /// Show, build or inspect the advisory database
    #[command(subcommand)]
    Db(DbCommand),
    /// List, show and test the rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print the JSON schema of `scan --format json`
    Schema,
}

const SCAN_EXAMPLES: &str = "\
Examples:
  plimsoll scan alpine:3.19                        from an engine on this machine or a registry
  plimsoll scan docker:my-app                      from the Docker engine only
  plimsoll scan image.tar                          a `docker save` archive or an OCI archive
  plimsoll scan rootfs:/mnt/tree                   a root filesystem
  plimsoll scan --fail-on high --ignore-unfixed IMAGE     a gate for CI
  plimsoll scan --format json --output report.json IMAGE
  plimsoll scan --scanners malware --quarantine samples IMAGE     keep the files that are found
  plimsoll scan --yara https://rules.example/set.zip IMAGE        also by these YARA rules
  plimsoll scan --clamd /run/clamav/clamd.ctl IMAGE               ask ClamAV, too
  plimsoll scan --platform linux/arm64 registry:ghcr.io/org/app:1.2

Without a scheme an existing path is tried first, then docker, podman, containerd, and a registry.";

const FIX_EXAMPLES: &str = "\
Examples:
  plimsoll fix my-app:1.0                          the command to run, and what it changes
  plimsoll fix --dockerfile my-app:1.0 >> Dockerfile";

/// Which image, and how to get it.
#[derive(Args, Debug)]
pub(crate) struct ImageArgs {
    /// The image: a registry reference, docker:NAME, podman:NAME, containerd:NAME, a tar,
    /// an OCI layout folder, or rootfs:PATH
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// Which platform of a multi-platform image [default: linux on this machine's architecture]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub(crate) platform: Option<Platform>,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// How to talk to a registry.
#[derive(Args, Debug)]
pub(crate) struct RegistryArgs {
    /// User name for the registry
    #[arg(long, value_name = "NAME", requires = "password_stdin", help_heading = "Registry")]
    pub(crate) username: Option<String>,
    /// Read the registry password or token from standard input
    #[arg(long, requires = "username", help_heading = "Registry")]
    pub(crate) password_stdin: bool,
    /// Also trust the certificates of this PEM file
    #[arg(long, value_name = "FILE", help_heading = "Registry")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Client certificate, PEM
    #[arg(long, value_name = "FILE", requires = "client_key", help_heading = "Registry")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Key of the client certificate, PEM
    #[arg(long, value_name = "FILE", requires = "client_cert", help_heading = "Registry")]
    pub(crate) client_key: Option<PathBuf>,
    /// Allow plain HTTP and unverified certificates
    #[arg(long, help_heading = "Registry")]
    pub(crate) insecure: bool,
    /// Try this registry before the image's own (REGISTRY=MIRROR, or MIRROR for Docker Hub);
    /// may be repeated
    #[arg(long, value_name = "[REGISTRY=]MIRROR", help_heading = "Registry")]
    pub(crate) mirror: Vec<String>,
}

/// How to look at it.
#[derive(Args, Debug)]
pub(crate) struct EngineArgs {
    /// Memory for layers in flight: a number with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "512M", value_parser = parse_size, help_heading = "Engine")]
    pub(crate) memory: u64,
    /// Threads [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Engine")]
    pub(crate) jobs: Option<u16>,
    /// Neither read nor write cached layer facts
    #[arg(long, help_heading = "Engine")]
    pub(crate) no_cache: bool,
    /// Advisory database [default: the one in the cache folder, else the embedded starter database]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB", help_heading = "Engine")]
    pub(crate) db: Option<PathBuf>,
    /// Age in days from which the advisories count as stale
    #[arg(long, value_name = "DAYS", default_value_t = DEFAULT_MAX_AGE_DAYS,
          value_parser = clap::value_parser!(i64).range(0..=36_500), help_heading = "Engine")]
    pub(crate) max_db_age: i64,
}

/// What counts.
#[derive(Args, Debug)]
pub(crate) struct PolicyArgs {
    /// Severities that count, as a list (critical,high) or a floor (high+); the others stay in the
    /// report as suppressed
    #[arg(long, value_name = "LIST", help_heading = "Policy")]
    pub(crate) severity: Option<SeverityFilter>,
    /// Exit with 1 if any of these counts: a severity (that or worse), kev, fix-now, fix-later, eol, any
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Policy")]
    pub(crate) fail_on: Vec<FailOn>,
    /// Flaws without a fix do not count
    #[arg(long, help_heading = "Policy")]
    pub(crate) ignore_unfixed: bool,
    /// This flaw or rule does not count; may be repeated
    #[arg(long, value_name = "ID", help_heading = "Policy")]
    pub(crate) ignore: Vec<String>,
    /// File with what does not count, each with its reason
    /// [default: .plimsollignore in the current folder, if it exists]
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub(crate) ignore_file: Option<PathBuf>,
    /// What only lock files and manifests name counts, too, but for development dependencies
    #[arg(long, help_heading = "Policy")]
    pub(crate) lock_files: bool,
    /// Exit with 4 if anything could not be scanned or judged
    #[arg(long, help_heading = "Policy")]
    pub(crate) strict: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) image: ImageArgs,
    /// How to write the report
    #[arg(short, long, value_name = "FORMAT", default_value = "table",
          value_parser = PossibleValuesParser::new(formats()), help_heading = "Output")]
    pub(crate) format: String,
    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: Color,
    /// List the suppressed findings too
    #[arg(long, help_heading = "Output")]
    pub(crate) show_suppressed: bool,
    /// What to look for: vuln (known flaws), secret (credentials and keys), malware, baseline (settings), build
    /// (build instructions)
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = Scanner::ALL.iter().copied(),
          help_heading = "Engine")]
    pub(crate) scanners: Vec<Scanner>,
    /// Rules about secrets of one's own beside the built-in ones, in Plimsoll's format or gitleaks'
    #[arg(long, value_name = "FILE", help_heading = "Engine")]
    pub(crate) secret_rules: Option<PathBuf>,
    /// Levels of archives in which secrets are looked for: 0 is none, 2 is also the jars in a jar
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=4),
          help_heading = "Engine")]
    pub(crate) secret_depth: u8,
    /// YARA rules of one's own beside the built-in ones: a file, a folder, a zip, or the https:// or http://
    /// address of a file or zip; may be repeated
    #[arg(long, value_name = "PATH|URL", help_heading = "Engine")]
    pub(crate) yara: Vec<PathBuf>,
    /// Also have every file searched by ClamAV's daemon: the path of its socket (/run/clamav/clamd.ctl),
    /// unix:PATH or tcp://HOST:PORT
    #[arg(long, value_name = "SOCKET", help_heading = "Engine")]
    pub(crate) clamd: Option<Address>,
    /// Put each file in which malware is found into this folder, as SHA256.zip with the password `infected`
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) quarantine: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
}

#[derive(Args, Debug)]
pub(crate) struct FixArgs {
    #[command(flatten)]
    pub(crate) image: ImageArgs,
    /// Print Dockerfile lines instead of a command
    #[arg(long)]
    pub(crate) dockerfile: bool,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Show what the database holds and how old it is, feed by feed
    #[command(after_help = lifecycle::STATUS_EXAMPLES)]
    Status(DbStatusArgs),
    /// Fetch what changed upstream or in a mirror, and put a new database into use
    #[command(after_help = lifecycle::UPDATE_EXAMPLES)]
    Update(Box<DbUpdateArgs>),
    /// Go back to the last good database
    #[command(after_help = lifecycle::ROLLBACK_EXAMPLES)]
    Rollback(DbRollbackArgs),
    /// Build a database from advisories on disk or from their upstream addresses
    #[command(after_help = DB_BUILD_EXAMPLES)]
    Build(DbBuildArgs),
    /// Publish the database in a registry, for `db update --from oci://…`
    #[command(after_help = transfer::PUSH_EXAMPLES)]
    Push(Box<DbPushArgs>),
    /// Write the database into one file, for a machine without a network
    #[command(after_help = transfer::EXPORT_EXAMPLES)]
    Export(DbExportArgs),
    /// Verify a database from such a file and put it into use
    #[command(after_help = transfer::EXPORT_EXAMPLES)]
    Import(DbImportArgs),
    /// Make a pair of keys to sign databases with
    #[command(after_help = transfer::KEYGEN_EXAMPLES)]
    Keygen(DbKeygenArgs),
    /// Tell what the database says about a package, or which flaws a version of it has
    #[command(after_help = inspect::QUERY_EXAMPLES)]
    Query(DbQueryArgs),
    /// Tell what is known about a flaw, and which packages it affects
    #[command(after_help = inspect::SHOW_EXAMPLES)]
    Show(DbShowArgs),
}

const DB_BUILD_EXAMPLES: &str = "\
Examples:
  plimsoll db build --feed alpine-secdb=./secdb --feed cisa-kev=kev.json --output plimsoll.db
  plimsoll db build --feed alpine-secdb=upstream --output plimsoll.db
  plimsoll db build --base current --feed osv@acme=./advisories --output plimsoll.db
  plimsoll db build --feed osv=https://mirror.example/almalinux-osv.tar.xz --output plimsoll.db";

#[derive(Args, Debug)]
pub(crate) struct DbBuildArgs {
    /// A feed and where to take it from: a file, a folder, an address, or `upstream`; may be repeated,
    /// also the same feed. ID@NAME gives your own advisories a name, and the last word
    #[arg(long, value_name = "ID[@NAME]=ORIGIN", required_unless_present = "list_feeds")]
    pub(crate) feed: Vec<String>,
    /// A database to add to: what it holds of other feeds is kept. `current` is the one that a scan would
    /// use
    #[arg(long, value_name = "FILE")]
    pub(crate) base: Option<PathBuf>,
    /// Where to write the database
    #[arg(short, long, value_name = "FILE", required_unless_present = "list_feeds")]
    pub(crate) output: Option<PathBuf>,
    /// Leave out titles, descriptions and references
    #[arg(long)]
    pub(crate) facts_only: bool,
    /// List the feeds that there are
    #[arg(long)]
    pub(crate) list_feeds: bool,
}

fn formats() -> Vec<&'static str> {
    plimsoll_report::all().iter().map(|format| format.id()).collect()
}

/// Reads `64M`, `2G`, `65536`.
fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        other => return Err(format!("`{other}` is no unit (use K, M or G)")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("`{digits}` is no whole number"))?;
    let bytes = number.checked_mul(1 << shift).ok_or("too large")?;
    if bytes < MIN_MEMORY {
        Err("less than 32M is too little to scan with".into())
    } else {
        Ok(bytes)
    }
}

/// The least memory budget with which every pipeline stage gets a buffer.
const MIN_MEMORY: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn flags_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("512M"), Ok(512 << 20));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert!(parse_size("1M").is_err());
        assert!(parse_size("12x").is_err());
        assert!(parse_size("99999999999999999999G").is_err());
        assert!(parse_size("9999999999999G").is_err());
    }
}
