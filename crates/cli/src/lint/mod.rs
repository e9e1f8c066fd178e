//! `plimsoll lint`.

mod files;
mod report;
mod sarif;
mod write;

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};
use plimsoll_detect::build::{self, Options, catalogue, checks};
use plimsoll_policy::{ExitCode, FailOn, IgnoreRule};

use crate::{
    args::{Global, LintArgs},
    failure::{Failure, OrExit},
    scan::{color, ignore_files, today},
};
use files::Dockerfile;
use report::LintReport;

/// Judges Dockerfiles, and rewrites them where that is asked for.
pub(crate) fn lint(args: &LintArgs, global: &Global) -> Result<ExitCode, Failure> {
    if args.list_checks {
        print(&catalogue::list())?;
        return Ok(ExitCode::Success);
    }
    if args.schema {
        let schema = schemars::schema_for!(LintReport);
        print(&format!("{:#}\n", schema.as_value()))?;
        return Ok(ExitCode::Success);
    }
    known(args).or_usage()?;
    let options = options(args);
    let ignores = ignores(args, global).or_usage()?;
    let mut found = files::find(args)?;
    if args.fix {
        let changed = mend(&mut found.files, args, &options, &ignores, global)?;
        if args.dry_run {
            return Ok(changed);
        }
    }
    let mut report = LintReport::default();
    for problem in found.problems {
        report.problems.push(problem);
    }
    for file in &found.files {
        let dockerignore = files::dockerignore(file).unwrap_or_else(|error| {
            report
                .problems
                .push(format!("{}: its .dockerignore cannot be read: {error}", file.name));
            None
        });
        let options = Options { dockerignore, ..options.clone() };
        report.add(file, build::lint(&file.name, &file.text, &options), args, &ignores);
    }
    report.finish(&args.fail_on);
    let terminal = args.output.is_none() && io::stdout().is_terminal();
    // What a mended standard input prints is the Dockerfile.
    if !(args.fix && found.files.iter().any(|file| file.path.is_none())) {
        let text = write::write(&report, args, color(args.color, terminal))
            .context("cannot render the report")?;
        match &args.output {
            Some(path) => std::fs::write(path, text)
                .with_context(|| format!("cannot write the report to {}", path.display()))?,
            None => print(&text)?,
        }
    }
    Ok(if report.summary.gate_tripped {
        ExitCode::GateTripped
    } else if args.strict && !report.problems.is_empty() {
        ExitCode::Incomplete
    } else {
        ExitCode::Success
    })
}

/// What does not count, by the command line and the two files that scans read, too.
fn ignores(args: &LintArgs, global: &Global) -> Result<Vec<IgnoreRule>> {
    let today = today(jiff::Timestamp::now());
    let (files, warnings) = ignore_files(global.config.as_deref(), args.ignore_file.as_deref())?;
    for warning in warnings {
        anstream::eprintln!("warning: {}: {}", warning.place, warning.message);
    }
    let (expired, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|rule| rule.is_expired(today));
    for rule in expired {
        anstream::eprintln!("warning: {}: the rule for {rule} has expired", rule.origin);
    }
    Ok(args.ignore.iter().map(IgnoreRule::from_command_line).chain(files).collect())
}

/// Ids that no check has are slips.
fn known(args: &LintArgs) -> Result<()> {
    for id in args.ignore.iter().chain(&args.enable) {
        let is_known = id == "all"
            || checks::all().iter().any(|check| {
                check.id.eq_ignore_ascii_case(id)
                    || check.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id))
            });
        // ShellCheck's rules are hadolint's to judge: who comes from there ignores them in vain, not wrongly.
        if !is_known && !id.to_ascii_uppercase().starts_with("SC") {
            anyhow::bail!("no check is called `{id}` (plimsoll lint --list-checks lists them)");
        }
    }
    for condition in &args.fail_on {
        if !matches!(condition, FailOn::Severity(_) | FailOn::Any) {
            anyhow::bail!(
                "--fail-on {condition} does not apply to Dockerfiles: name a severity, or any"
            );
        }
    }
    Ok(())
}

fn options(args: &LintArgs) -> Options {
    let enable = args.enable.iter().map(|id| if id == "all" { "*".to_owned() } else { id.clone() });
    Options {
        build_args: args.build_arg.clone(),
        registries: args.trusted_registry.clone(),
        labels: args.require_label.clone(),
        strict_labels: args.strict_labels,
        enable: enable.collect(),
        ..Options::default()
    }
}

/// Rewrites files, or shows how it would.
fn mend(
    files: &mut [Dockerfile],
    args: &LintArgs,
    options: &Options,
    ignores: &[IgnoreRule],
    global: &Global,
) -> Result<ExitCode, Failure> {
    for file in files {
        if !file.is_utf8 {
            anstream::eprintln!("warning: {}: not UTF-8, left as it is", file.name);
            continue;
        }
        let fixed = build::fix(&file.name, &file.text, options, &|found| {
            let severity = found.placed.detection.severity;
            args.severity.is_none_or(|filter| filter.counts(severity))
                && report::ignored_by(found, &file.name, ignores).is_none()
        });
        if args.dry_run {
            let diff = similar::TextDiff::from_lines(file.text.as_str(), fixed.text.as_str());
            if !fixed.applied.is_empty() {
                let header = (format!("a/{}", file.name), format!("b/{}", file.name));
                print(
                    &diff.unified_diff().context_radius(3).header(&header.0, &header.1).to_string(),
                )?;
            }
            continue;
        }
        match &file.path {
            None => print(&fixed.text)?,
            Some(path) if fixed.text != file.text => {
                files::replace(path, &fixed.text)
                    .with_context(|| format!("cannot rewrite {}", path.display()))?;
                if !global.quiet {
                    anstream::eprintln!("{}: {} mended", file.name, fixed.applied.len());
                }
            }
            Some(_) => {}
        }
        file.text = fixed.text;
    }
    Ok(ExitCode::Success)
}

fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The reader of a pipe may have seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}
