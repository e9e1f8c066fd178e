//! `plimsoll scan` and `plimsoll fix`.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result};
use jiff::Timestamp;
use plimsoll_detect::baseline::Parameters;
use plimsoll_image::Image;
use plimsoll_model::Report;
use plimsoll_policy::{
    ExitCode, IgnoreRule, MAX_IGNORE_BYTES, ParsedIgnores, Policy, PolicyWarning,
    parse_ignore_lines, parse_ignore_yaml,
};
use plimsoll_report::{Format, RenderOptions};
use plimsoll_scan::{AnalyzerSet, CacheDir, Checks, ScanOptions, Scanner};
use plimsoll_vulndb::VulnDb;
use tokio::runtime::Runtime;

use crate::{
    acquire,
    args::{Color, EngineArgs, FixArgs, Global, ImageArgs, PolicyArgs, ScanArgs},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
    quarantine::Quarantine,
};

/// The settings file in the current folder.
const SETTINGS: &str = ".plimsoll.yml";

/// Columns where the terminal does not say.
const DEFAULT_WIDTH: u16 = 80;

/// Scans and prints the report.
pub(crate) fn scan(args: &ScanArgs, global: &Global) -> Result<ExitCode, Failure> {
    let format = plimsoll_report::find(&args.format)
        .with_context(|| format!("no format `{}`", args.format))
        .or_usage()?;
    let bars = Arc::new(Bars::new(global.quiet));
    let (policy, warnings) = policy(&args.policy, &args.engine, global).or_usage()?;
    let baseline = baseline(global).or_usage()?;

    let mut checks = Checks::of(args.scanners.iter().copied()).with_baseline(baseline);
    if checks.has(Scanner::Secret) {
        let rules = crate::rules::secret_rules(args.secret_rules.as_deref(), &bars)?;
        checks = checks.with_secret_rules(rules).with_secret_depth(args.secret_depth.into());
    }
    let (checks, quarantine) = malware(args, checks, global, &bars)?;
    let scanned = run(&args.image, &args.engine, global, &checks, &policy, &bars)?;
    let outcome = &scanned.outcome;
    let samples = quarantine.map(|quarantine| {
        let step = bars.step("reading samples again");
        let summary = quarantine.fill(scanned.image.as_ref(), &outcome.report, &scanned.options);
        step.finish_and_clear();
        (quarantine, summary)
    });
    bars.clear();
    for warning in warnings.iter().chain(&outcome.warnings) {
        bars.warn(&format!("{}: {}", warning.place, warning.message));
    }
    write_report(&outcome.report, format.as_ref(), args)?;
    if let Some((quarantine, summary)) = samples {
        quarantine.tell(summary, &bars)?;
    }
    Ok(ExitCode::of_scan(&outcome.gate, outcome.report.summary.complete, args.policy.strict))
}

/// What the flags about malware add: rules, another opinion, a place for samples.
fn malware(
    args: &ScanArgs,
    mut checks: Checks,
    global: &Global,
    bars: &Bars,
) -> Result<(Checks, Option<Quarantine>), Failure> {
    if !checks.has(Scanner::Malware) {
        let flags = [
            ("--yara", !args.yara.is_empty()),
            ("--clamd", args.clamd.is_some()),
            ("--quarantine", args.quarantine.is_some()),
        ];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            bars.warn(&format!("{flag} does nothing: malware is not looked for (--scanners)"));
        }
        return Ok((checks, None));
    }
    if let Some(rules) = crate::yara::load(&args.yara, global, bars).or_usage()? {
        checks = checks.with_yara_rules(rules);
    }
    if let Some(address) = &args.clamd {
        let daemon = crate::clamd::connect(address, global.offline).or_usage()?;
        checks = checks.with_clamav(daemon);
    }
    let quarantine = args.quarantine.as_deref().map(Quarantine::open).transpose().or_usage()?;
    Ok((checks, quarantine))
}

/// Scans and prints only what to do.
pub(crate) fn fix(args: &FixArgs, global: &Global) -> Result<ExitCode, Failure> {
    let bars = Arc::new(Bars::new(global.quiet));
    let checks = Checks::vulnerabilities();
    let scanned = run(&args.image, &args.engine, global, &checks, &Policy::default(), &bars)?;
    bars.clear();
    let report = &scanned.outcome.report;
    let Some(plan) = &report.fix_plan else {
        bars.warn(if report.summary.complete {
            "nothing to fix"
        } else {
            "no fix is known; the image could not be judged completely, see `plimsoll scan`"
        });
        return Ok(ExitCode::Success);
    };
    let mut out = anstream::stdout().lock();
    let lines: Vec<&String> = if args.dockerfile {
        plan.dockerfile.iter().collect()
    } else {
        plan.command.iter().collect()
    };
    for line in lines {
        writeln!(out, "{line}").context("cannot write to standard output")?;
    }
    plan.notes.iter().for_each(|note| bars.note(note));
    for (reason, findings) in &plan.remaining {
        bars.note(&format!("{findings} not mended: {reason}"));
    }
    Ok(ExitCode::Success)
}

/// What a scan leaves behind. The image can still be read.
struct Scanned {
    outcome: plimsoll_scan::Outcome,
    image: Box<dyn Image>,
    options: ScanOptions,
    runtime: Option<Runtime>,
}

impl Drop for Scanned {
    fn drop(&mut self) {
        // Sockets that linger must not keep the user waiting.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn run(
    image: &ImageArgs,
    engine: &EngineArgs,
    global: &Global,
    checks: &Checks,
    policy: &Policy,
    bars: &Arc<Bars>,
) -> Result<Scanned, Failure> {
    let db = open_db(engine.db.as_deref(), global)?;
    let runtime = acquire::runtime()?;
    let analyzers = AnalyzerSet::of(checks.clone());
    let step = bars.step(format!("opening {}", image.image));
    let image = acquire::open(image, global, &runtime)?;
    step.finish_and_clear();
    for warning in image.warnings() {
        bars.warn(&warning);
    }
    let mut options = ScanOptions { memory: engine.memory, ..ScanOptions::default() };
    if let Some(jobs) = engine.jobs {
        options.jobs = usize::from(jobs);
    }
    options.progress = Some(bars.clone());
    if !engine.no_cache {
        options.cache = places::cache_dir(global).map(CacheDir::new);
    }
    let inventory = plimsoll_scan::scan_image(image.as_ref(), &analyzers, &options)
        .context("cannot scan the image")?;
    let outcome = plimsoll_scan::evaluate(&inventory, &db, checks, policy, Timestamp::now());
    Ok(Scanned { outcome, image, options, runtime: Some(runtime) })
}

/// The database that the user named, the one in the cache folder, or the embedded one.
pub(crate) fn open_db(named: Option<&Path>, global: &Global) -> Result<VulnDb, Failure> {
    let usual = places::default_db(global);
    match named.or(usual.as_deref()) {
        Some(path) => VulnDb::open(path)
            .with_context(|| format!("cannot use the advisory database {}", path.display()))
            .or_usage(),
        None => Ok(plimsoll_vulndb::starter().context("the embedded database is damaged")?),
    }
}

/// The settings of the baseline, from the settings file.
fn baseline(global: &Global) -> Result<Parameters> {
    let file = places::text_file(global.config.as_deref(), SETTINGS, MAX_IGNORE_BYTES)?;
    let Some((name, text)) = file else { return Ok(Parameters::default()) };
    Parameters::of_settings(&text)
        .with_context(|| format!("cannot use the baseline settings of {name}"))
}

/// What counts, from the flags, the settings file and the ignore file; and what is odd about them.
fn policy(
    args: &PolicyArgs,
    engine: &EngineArgs,
    global: &Global,
) -> Result<(Policy, Vec<PolicyWarning>)> {
    let mut policy = Policy {
        ignore_unfixed: args.ignore_unfixed,
        max_age_days: engine.max_db_age,
        lock_files: args.lock_files,
        severities: args.severity.unwrap_or_default(),
        fail_on: args.fail_on.clone(),
        ignores: args.ignore.iter().map(IgnoreRule::from_command_line).collect(),
    };
    let (rules, warnings) = ignore_files(global.config.as_deref(), args.ignore_file.as_deref())?;
    policy.ignores.extend(rules);
    Ok((policy, warnings))
}

/// The rules of the settings file and of the ignore file, named or in the current folder.
pub(crate) fn ignore_files(
    settings: Option<&Path>,
    ignore: Option<&Path>,
) -> Result<(Vec<IgnoreRule>, Vec<PolicyWarning>)> {
    let (mut rules, mut warnings) = (Vec::new(), Vec::new());
    let mut take = |parsed: ParsedIgnores| {
        rules.extend(parsed.rules);
        warnings.extend(parsed.warnings);
    };
    if let Some((name, text)) = places::text_file(settings, SETTINGS, MAX_IGNORE_BYTES)? {
        take(parse_ignore_yaml(&name, &text)?);
    }
    if let Some((name, text)) = places::text_file(ignore, ".plimsollignore", MAX_IGNORE_BYTES)? {
        take(parse_ignore_lines(&name, &text)?);
    }
    Ok((rules, warnings))
}

fn write_report(report: &Report, format: &dyn Format, args: &ScanArgs) -> Result<()> {
    let mut options = RenderOptions::new(today(report.created));
    options.show_suppressed = args.show_suppressed;
    let Some(path) = &args.output else {
        let terminal = io::stdout().is_terminal();
        options.width = terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(w, _)| w.0).into();
        options.color = color(args.color, terminal);
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = format.write(report, &options, &mut out).and_then(|()| out.flush());
        return match written {
            // The reader of a pipe may have seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write the report to standard output"),
        };
    };
    options.color = args.color == Color::Always;
    let mut bytes = Vec::new();
    format.write(report, &options, &mut bytes).context("cannot render the report")?;
    fs::write(path, bytes).with_context(|| format!("cannot write the report to {}", path.display()))
}

/// NO_COLOR: <https://no-color.org>, set and not empty.
pub(crate) fn color(choice: Color, terminal: bool) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !refused && std::env::var_os("TERM").is_none_or(|t| t != "dumb"),
    }
}

/// Prints the JSON schema of the report.
pub(crate) fn schema() -> Result<ExitCode, Failure> {
    let schema = plimsoll_report::json_schema();
    writeln!(io::stdout(), "{schema:#}").context("cannot write to standard output")?;
    Ok(ExitCode::Success)
}

/// The date in UTC: results must not depend on where a scan runs.
pub(crate) fn today(now: Timestamp) -> jiff::civil::Date {
    jiff::tz::Offset::UTC.to_datetime(now).date()
}
