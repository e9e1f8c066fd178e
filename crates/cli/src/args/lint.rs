//! Flags of `plimsoll lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use plimsoll_detect::build::LabelKind;
use plimsoll_policy::{FailOn, SeverityFilter};

use super::Color;

pub(crate) const EXAMPLES: &str = "\
Examples:
  plimsoll lint                                    every Dockerfile and Containerfile below this folder
  plimsoll lint Dockerfile build/Containerfile
  cat Dockerfile | plimsoll lint -
  plimsoll lint --fail-on medium --ignore DL3008 Dockerfile       a gate for CI
  plimsoll lint --format sarif --output lint.sarif .              annotations in a code-scanning page
  plimsoll lint --fix --dry-run Dockerfile         show what would be rewritten
  plimsoll lint --list-checks                      every check, with its names in other tools

A comment above an instruction sets findings aside: `# plimsoll ignore=ID reason`, and those of
hadolint, Docker and Trivy.";

#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    /// Dockerfiles, folders to search, or - for standard input [default: this folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Value of an ARG; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub(crate) build_arg: Vec<(String, String)>,
    /// How to write the report
    #[arg(short, long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    pub(crate) format: LintFormat,
    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: Color,
    /// List the suppressed findings too
    #[arg(long, help_heading = "Output")]
    pub(crate) show_suppressed: bool,
    /// Say of each finding why it matters and what to do
    #[arg(long, help_heading = "Output")]
    pub(crate) explain: bool,
    /// Name to report standard input under
    #[arg(long, value_name = "NAME", default_value = "Dockerfile", help_heading = "Output")]
    pub(crate) stdin_name: String,
    /// List the checks instead
    #[arg(long, help_heading = "Output")]
    pub(crate) list_checks: bool,
    /// Print the JSON schema of `--format json` instead
    #[arg(long, help_heading = "Output")]
    pub(crate) schema: bool,
    /// Severities that count, as a list (critical,high) or a floor (high+)
    #[arg(long, value_name = "LIST", help_heading = "Policy")]
    pub(crate) severity: Option<SeverityFilter>,
    /// Exit with 1 if a finding counts that is of this severity or worse, or `any`
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Policy")]
    pub(crate) fail_on: Vec<FailOn>,
    /// This check does not count, by our id or another tool's; may be repeated
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Policy")]
    pub(crate) ignore: Vec<String>,
    /// File with what does not count, each with its reason
    /// [default: .plimsollignore in the current folder, if it exists]
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub(crate) ignore_file: Option<PathBuf>,
    /// Run this check too, which does not run by itself (`all` for every one); may be repeated
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Policy")]
    pub(crate) enable: Vec<String>,
    /// Registry that base images may come from (* stands for anything); may be repeated
    #[arg(long, value_name = "REGISTRY", value_delimiter = ',', help_heading = "Policy")]
    pub(crate) trusted_registry: Vec<String>,
    /// Label that the image must have, and what it must be: text, url, rfc3339, semver, hash, spdx,
    /// email; may be repeated
    #[arg(long, value_name = "NAME:KIND", value_parser = parse_label, help_heading = "Policy")]
    pub(crate) require_label: Vec<(String, LabelKind)>,
    /// No other labels than those of --require-label
    #[arg(long, help_heading = "Policy")]
    pub(crate) strict_labels: bool,
    /// Exit with 4 if anything could not be judged
    #[arg(long, help_heading = "Policy")]
    pub(crate) strict: bool,
    /// Rewrite the files where it is certain how
    #[arg(long, help_heading = "Mending")]
    pub(crate) fix: bool,
    /// With --fix: print the changes instead of making them
    #[arg(long, requires = "fix", help_heading = "Mending")]
    pub(crate) dry_run: bool,
}

/// Formats of the report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LintFormat {
    /// FILE:LINE:COLUMN: SEVERITY: MESSAGE [ID], as editors and compilers have it
    Gnu,
    /// For programs; the schema is docs/lint.schema.json
    Json,
    /// SARIF 2.1.0, for code-scanning pages
    Sarif,
    /// For people
    Table,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        // As `docker build` has it: the value of the environment.
        None => std::env::var(text)
            .map(|value| (text.to_owned(), value))
            .map_err(|_| "no value: write NAME=VALUE, or set the variable of that name".to_owned()),
        Some(_) => Err("no name: write NAME=VALUE".to_owned()),
    }
}

fn parse_label(text: &str) -> Result<(String, LabelKind), String> {
    let (name, kind) = text.rsplit_once(':').ok_or("write NAME:KIND")?;
    LabelKind::NAMES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, kind)| (name.to_owned(), *kind))
        .ok_or_else(|| {
            let known: Vec<&str> = LabelKind::NAMES.iter().map(|(name, _)| *name).collect();
            format!("`{kind}` is none of {}", known.join(", "))
        })
}
