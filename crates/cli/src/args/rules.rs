//! `plimsoll rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use plimsoll_scan::Scanner;

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules
    #[command(after_help = LIST_EXAMPLES)]
    List(RulesListArgs),
    /// Show one rule: what it looks for, why, and what to do
    Show(RulesShowArgs),
    /// Run the rules' own examples, or show what they find in a file
    #[command(after_help = TEST_EXAMPLES)]
    Test(RulesTestArgs),
    /// Measure which YARA rules take the most time over files of one's own
    #[command(after_help = PROFILE_EXAMPLES)]
    Profile(RulesProfileArgs),
}

const LIST_EXAMPLES: &str = "\
Examples:
  plimsoll rules list --scanner secret
  plimsoll rules list --class cloud --format json";

const PROFILE_EXAMPLES: &str = "\
Examples:
  plimsoll rules profile /usr/bin                         the built-in rules about malware
  plimsoll rules profile --yara rules.zip /usr/bin        and one's own
  plimsoll rules profile --yara ours.yar --top 0 --format json samples/

Rules are run one by one, so their times do not add up to the time of a scan, which runs them all at once.";

const TEST_EXAMPLES: &str = "\
Examples:
  plimsoll rules test                                 every rule about secrets against its own examples
  plimsoll rules test --secret-rules ours.yml         the examples of one's own rules
  plimsoll rules test .env config/app.yml                    what the rules find in these files
  git show HEAD:.env | plimsoll rules test -

Exits with 1 where an example fails or a file holds something.";

/// How to print rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct RulesListArgs {
    /// Only those of this scanner
    #[arg(long, value_name = "NAME")]
    pub(crate) scanner: Option<Scanner>,
    /// Only those of this class
    #[arg(long, value_name = "NAME")]
    pub(crate) class: Option<String>,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RulesFormat,
    /// Rules about secrets of one's own, in Plimsoll's format or gitleaks'
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_rules: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct RulesShowArgs {
    /// Id of the rule, or what another tool calls the same check
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RulesFormat,
    /// Rules about secrets of one's own, in Plimsoll's format or gitleaks'
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_rules: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct RulesTestArgs {
    /// Files to look for secrets in, `-` for standard input. Without any, the rules' own examples are run
    #[arg(value_name = "FILE")]
    pub(crate) path: Vec<PathBuf>,
    /// Rules about secrets of one's own, in Plimsoll's format or gitleaks'
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_rules: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct RulesProfileArgs {
    /// Files and folders to search [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) path: Vec<PathBuf>,
    /// Also measure these YARA rules of one's own: a file, a folder, a zip or an address; may be repeated
    #[arg(long, value_name = "PATH|URL")]
    pub(crate) yara: Vec<PathBuf>,
    /// How many rules to list, 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: RulesFormat,
}
