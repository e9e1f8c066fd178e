//! `plimsoll rules profile`: which YARA rules take the most time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use plimsoll_malware::{
    rules::Pack,
    user::{RuleCost, profile},
};
use plimsoll_policy::ExitCode;
use serde::Serialize;

use crate::{
    args::{Global, RulesFormat, RulesProfileArgs},
    db::columns,
    failure::{Failure, OrExit},
    progress::Bars,
};

/// Most bytes of samples, all held at once.
const MAX_SAMPLE_BYTES: u64 = 256 << 20;

/// Most samples.
const MAX_SAMPLES: usize = 100_000;

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 64;

/// A rule as the JSON has it.
#[derive(Serialize)]
struct Row<'c> {
    rule: &'c str,
    origin: &'c str,
    file: &'c str,
    milliseconds: f64,
    bytes_per_second: u64,
    matches: usize,
}

pub(super) fn run(args: &RulesProfileArgs, global: &Global) -> Result<ExitCode, Failure> {
    let bars = Bars::new(global.quiet);
    let own = crate::yara::load(&args.yara, global, &bars).or_usage()?;
    let samples = Samples::read(&args.path).or_usage()?;
    if samples.is_cut {
        bars.warn(&format!(
            "more than {MAX_SAMPLE_BYTES} bytes or {MAX_SAMPLES} files; the rest is left out"
        ));
    }
    let step = bars.step("running the rules one by one");
    let bytes: Vec<&[u8]> = samples.files.iter().map(Vec::as_slice).collect();
    let pack = Pack::builtin();
    // Apart: rule files of the two may have the same name.
    let mut costs: Vec<(&str, RuleCost)> =
        profile(pack.sources(), &bytes).into_iter().map(|cost| ("built-in", cost)).collect();
    for (_, cost) in &mut costs {
        // By the name that findings have and `rules show` takes.
        if let Some(rule) = pack.rule(&cost.file, &cost.rule) {
            cost.rule.clone_from(&rule.id);
        }
    }
    if let Some(own) = &own {
        costs.extend(profile(own.sources(), &bytes).into_iter().map(|cost| ("own", cost)));
    }
    costs.sort_by_key(|(_, cost)| std::cmp::Reverse(cost.time));
    step.finish_and_clear();
    bars.clear();
    let rules = costs.len();
    if args.top > 0 {
        costs.truncate(args.top);
    }
    let row = |cost: &RuleCost| (cost.time.as_secs_f64(), speed(cost, samples.bytes));
    match args.format {
        RulesFormat::Json => {
            let rows: Vec<Row<'_>> = costs
                .iter()
                .map(|(origin, cost)| Row {
                    rule: &cost.rule,
                    origin,
                    file: &cost.file,
                    milliseconds: row(cost).0 * 1000.0,
                    bytes_per_second: row(cost).1,
                    matches: cost.matches,
                })
                .collect();
            let text = serde_json::to_string_pretty(&rows).context("cannot write the rules")?;
            columns::print(&format!("{text}\n"))?;
        }
        RulesFormat::Table => {
            let rows: Vec<[String; 6]> = costs
                .iter()
                .map(|(origin, cost)| {
                    let (seconds, speed) = row(cost);
                    [
                        format!("{:.1} ms", seconds * 1000.0),
                        format!("{} MB/s", speed / 1_000_000),
                        cost.matches.to_string(),
                        cost.rule.clone(),
                        (*origin).to_owned(),
                        cost.file.clone(),
                    ]
                })
                .collect();
            let table =
                columns::table(["TIME", "SPEED", "MATCHES", "RULE", "ORIGIN", "FILE"], &rows);
            let (files, bytes) = (samples.files.len(), samples.bytes);
            columns::print(&format!("{table}\n{rules} rules over {files} files, {bytes} bytes\n"))?;
        }
    }
    Ok(ExitCode::Success)
}

fn speed(cost: &RuleCost, bytes: u64) -> u64 {
    (bytes as f64 / cost.time.as_secs_f64().max(1e-9)) as u64
}

/// What the rules are run over.
#[derive(Debug, Default)]
struct Samples {
    files: Vec<Vec<u8>>,
    bytes: u64,
    is_cut: bool,
}

impl Samples {
    fn read(places: &[PathBuf]) -> Result<Self> {
        let mut samples = Self::default();
        let here = [PathBuf::from(".")];
        for place in if places.is_empty() { &here } else { places } {
            samples.place(place, 0).with_context(|| format!("cannot read {}", place.display()))?;
        }
        if samples.files.is_empty() {
            bail!("there is no file to run the rules over");
        }
        Ok(samples)
    }

    /// A file, or what lies in a folder. Links below the named place are not followed, and what cannot be read there is
    /// left out: any file serves to measure by.
    fn place(&mut self, place: &Path, depth: usize) -> Result<()> {
        if !place.is_dir() {
            return self.file(place);
        }
        let mut paths: Vec<PathBuf> = fs::read_dir(place)?.flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in paths {
            let Ok(meta) = fs::symlink_metadata(&path) else { continue };
            if meta.is_dir() && depth < MAX_DEPTH {
                let _ = self.place(&path, depth + 1);
            } else if meta.is_file() {
                let _ = self.file(&path);
            }
            if self.is_cut {
                break;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        let size = fs::metadata(path)?.len();
        if self.bytes + size > MAX_SAMPLE_BYTES || self.files.len() >= MAX_SAMPLES {
            self.is_cut = true;
            return Ok(());
        }
        let bytes = plimsoll_model::read_capped(fs::File::open(path)?, MAX_SAMPLE_BYTES)?;
        self.bytes += bytes.len() as u64;
        self.files.push(bytes);
        Ok(())
    }
}
