//! Builds the set and measures what a user feels.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use jiff::{Timestamp, civil::Date};
use plimsoll_model::{
    FeedInfo, ImageConfig, ImageIdentity, Inventory, Knowledge, NameKind, OperatingSystem,
    OwnedPackage, Package, PackageFamily, PackageKind, Platform, SourcePackage,
};
use plimsoll_vulndb::{BuildOptions, BuildStats, Builder, VulnDb, delta, match_packages_on};

use super::generate::World;

/// Flaws, unless told otherwise.
const FLAWS: u64 = 350_000;
/// Runs of each short measurement; the median counts.
const RUNS: usize = 31;
/// Packages of the inventory.
const PACKAGES: usize = 1000;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let (mut flaws, mut work) = (FLAWS, crate::process::root().join("target/full-size"));
    let mut again = false;
    let mut args = args.iter();
    while let Some(&arg) = args.next() {
        if arg == "--again" {
            again = true;
            continue;
        }
        let value = args.next().with_context(|| format!("{arg} needs a value"))?;
        match arg {
            "--flaws" => flaws = value.parse().context("--flaws takes a number")?,
            "--work" => work = PathBuf::from(value),
            _ => bail!("unknown option {arg} (use --flaws N, --work DIR and --again)"),
        }
    }
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let (old, new) = (work.join("day-0.db"), work.join("day-1.db"));
    if !(again && old.is_file() && new.is_file()) {
        let world = World::new(&plimsoll_vulndb::starter()?, flaws)?;
        println!(
            "resident without a build  {:>10.0} MB (the generator)",
            megabytes(status("VmRSS")?)
        );
        let stats = build(&world, 0, &old, None)?;
        println!("rows                      {:>10}    in {} packages", stats.rows, stats.packages);
        println!(
            "blocks                    {:>10}    {:.1} MB before compression",
            stats.blocks,
            megabytes(stats.raw_bytes)
        );
        let next = build(&world, 1, &new, Some(&old))?;
        println!(
            "the next day's build      {:>10.1} MB, dictionary {}",
            megabytes(next.bytes),
            if next.dictionary_kept { "kept" } else { "new" }
        );
    }
    reads(&old)?;
    update(&old, &new, &work)
}

/// What a scan and the commands that show the database do.
fn reads(old: &Path) -> Result<()> {
    let old = old.to_owned();
    let db = VulnDb::open(&old)?;
    println!("flaw records              {:>10}    and {} rows", db.meta().flaws, db.meta().rows);
    println!("file and full download    {:>10.1} MB (goal 150)", megabytes(db.size()));
    println!(
        "open                      {:>10.3} ms (goal 5)",
        median(|| drop(VulnDb::open(&old)))?
    );
    for behind in [20, 1] {
        let inventory = inventory(&db, behind)?;
        let found = match_packages_on(&db, &inventory, today());
        anyhow::ensure!(found.problems.is_empty(), "{:?}", found.problems.first());
        let before = cpu()?;
        let took = median(|| {
            let db = VulnDb::open(&old);
            drop(db.map(|db| match_packages_on(&db, &inventory, today())));
        })?;
        let busy = (cpu()? - before) * 1000.0 / RUNS as f64;
        let mut ids: Vec<&String> = found.findings.iter().map(|finding| &finding.id).collect();
        ids.sort();
        ids.dedup();
        let before = cpu()?;
        median(|| ids.iter().for_each(|id| drop(db.flaw(id))))?;
        let records = (cpu()? - before) * 1000.0 / RUNS as f64;
        println!(
            "match {PACKAGES} packages       {took:>10.1} ms (goal 50; {busy:.1} ms of CPU, {records:.1} of them for what is known about flaws): {} findings, one package in {behind} is far behind",
            found.findings.len()
        );
    }
    let started = Instant::now();
    let rows = db.affected_by("CVE-2016-5195")?.len();
    println!(
        "search all rows for a flaw{:>10.2} s  ({rows} rows found)",
        started.elapsed().as_secs_f64()
    );
    let started = Instant::now();
    let verified = db.verify()?;
    println!(
        "verify everything         {:>10.2} s  ({} entries)",
        started.elapsed().as_secs_f64(),
        verified.entries
    );

    Ok(())
}

/// The difference between two days.
fn update(old: &Path, new: &Path, work: &Path) -> Result<()> {
    let (path, made) = (work.join("day-1.delta"), work.join("day-1.made.db"));
    reset_peak();
    let started = (Instant::now(), cpu()?);
    let difference = delta::make(old, new, &path)?;
    println!("make the delta            {}", since(started)?);
    let share = 100.0 * difference.delta_bytes as f64 / difference.new_bytes as f64;
    println!(
        "delta                     {:>10.2} MB, {share:.2} % of the full download (goal 5)",
        megabytes(difference.delta_bytes)
    );
    println!(
        "                          {} blocks: {} copied, {} compressed against old ones, {} carried",
        difference.blocks, difference.copied, difference.patched, difference.literal
    );
    reset_peak();
    let started = (Instant::now(), cpu()?);
    delta::apply(old, &path, &made)?;
    println!("apply the delta           {}", since(started)?);
    fs::remove_file(&made)?;
    Ok(())
}

fn build(world: &World, day: u64, out: &Path, previous: Option<&Path>) -> Result<BuildStats> {
    let date = Date::constant(2026, 11, 22 + day as i8);
    let built: Timestamp = format!("{date}T06:00:00Z").parse()?;
    let mut options = BuildOptions::new("plimsoll full-size", built);
    options.previous = previous.map(Into::into);
    reset_peak();
    let started = (Instant::now(), cpu()?);
    let mut builder = Builder::new(options)?;
    builder.feed(FeedInfo {
        id: "epss".into(),
        date: Some(date),
        records: 0,
        skipped: 0,
        licence: String::new(),
        source: String::new(),
        knows: Knowledge::RatingsOnly,
    });
    world.advisories(day, |advisory| Ok(builder.add(advisory)?))?;
    let stats = builder.finish_to_path(out)?;
    println!(
        "build of day {day}            {} (goal 1000 MB), generator included",
        since(started)?
    );
    Ok(stats)
}

/// What no container image has, and what would outweigh all the rest.
const LEFT_OUT: &[&str] =
    &["linux", "chromium", "firefox", "thunderbird", "webkit", "qtwebkit", "mozjs"];

/// So many packages of one release: one in `behind` as old as its oldest fix, the others up to date, flaws without a
/// fix in both.
fn inventory(db: &VulnDb, behind: usize) -> Result<Inventory> {
    let mut all = Vec::new();
    db.for_each_package(|namespace, kind, name, rows| {
        if namespace.to_string() == "ubuntu:18.04"
            && kind == NameKind::Source
            && !LEFT_OUT.iter().any(|left_out| name.starts_with(left_out))
        {
            let mut fixes: Vec<String> = rows
                .into_iter()
                .flat_map(|row| row.ranges)
                .filter_map(|range| range.fixed)
                .collect();
            fixes.sort_by_key(|version| (version.len(), version.clone()));
            all.push((name.to_owned(), fixes));
        }
        true
    })?;
    anyhow::ensure!(all.len() >= PACKAGES, "only {} packages", all.len());
    let step = all.len() / PACKAGES;
    let packages =
        all.into_iter().step_by(step).take(PACKAGES).enumerate().map(|(n, (name, fixes))| {
            let newest = "999:9".to_owned();
            let version =
                if n % behind == 0 { fixes.first().cloned().unwrap_or(newest) } else { newest };
            let mut package = Package::new(PackageKind::Deb, &name, &version);
            package.arch = Some("amd64".into());
            package.source = Some(SourcePackage { name, version });
            OwnedPackage { package, path: "var/lib/dpkg/status".into(), layer: 0, set_aside: None }
        });
    Ok(Inventory {
        schema: plimsoll_model::INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: String::new(),
            source: String::new(),
            digest: None,
            config_digest: None,
            tags: vec![],
            repo_digests: vec![],
            platform: Platform::default(),
        },
        layers: vec![],
        config: ImageConfig::default(),
        history: vec![],
        os: Some(OperatingSystem {
            id: "ubuntu".into(),
            name: "Ubuntu".into(),
            version: "18.04".into(),
            release: "18.04".into(),
            codename: None,
            family: PackageFamily::Dpkg,
            evidence: "etc/os-release".into(),
            evidence_deleted: false,
            end_of_life: None,
        }),
        packages: packages.collect(),
        problems: vec![],
    })
}

fn today() -> Date {
    Date::constant(2026, 11, 23)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn median(mut run: impl FnMut()) -> Result<f64> {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort();
    Ok(times.get(RUNS / 2).context("no run")?.as_secs_f64() * 1000.0)
}

/// Wall and CPU time since then, and the highest resident set since it was last reset.
fn since((wall, before): (Instant, f64)) -> Result<String> {
    let peak = megabytes(status("VmHWM")?);
    Ok(format!(
        "{:>10.1} s  ({:.1} s of CPU), peak {peak:.0} MB",
        wall.elapsed().as_secs_f64(),
        cpu()? - before
    ))
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.with_context(|| format!("no {name}"))?.parse::<u64>()? * 1024)
}

/// Seconds of CPU time of this process; the kernel counts in hundredths (proc(5), `utime` and `stime`).
fn cpu() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let fields = text.rsplit_once(')').context("no stat")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<std::result::Result<f64, _>>()? / 100.0)
}

/// Lets `VmHWM` begin anew (proc(5), `clear_refs`).
fn reset_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}
