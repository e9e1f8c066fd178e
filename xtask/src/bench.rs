//! `cargo xtask bench`: the whole program on a real image; prints what was measured and the goal beside it.
//! Nothing is asserted: a goal that is missed is a line to read, not a failure.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, execute, has, need, output, root};

/// What is measured beside the search for known flaws, each for itself and all together.
const PASSES: &[&str] = &["secret", "baseline,build", "secret,baseline,build"];

/// Runs of each measurement; the median counts.
const RUNS: usize = 5;

pub(crate) struct Measured {
    pub(crate) wall: Duration,
    /// User and system time of all threads.
    pub(crate) processor: Duration,
    /// Highest resident set in bytes (`VmHWM`).
    pub(crate) peak: u64,
}

/// What every measurement needs.
pub(crate) struct Work {
    /// Where images and caches are.
    pub(crate) folder: PathBuf,
    /// The release program.
    pub(crate) program: PathBuf,
    /// How long it took to build.
    built: Duration,
}

impl Work {
    /// Builds the release program and the tools that make images.
    pub(crate) fn prepare(folder: &str) -> Result<Self> {
        let folder = root().join("target").join(folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let started = Instant::now();
        let build = ["build", "--release", "--locked", "--package"];
        run_quiet(cargo().args(build).arg("plimsoll"))?;
        run_quiet(cargo().args(build).args(["plimsoll-testkit", "--examples"]))?;
        let program = root().join("target/release/plimsoll");
        Ok(Self { folder, program, built: started.elapsed() })
    }

    /// An example of `testkit`.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        root().join("target/release/examples").join(name)
    }
}

/// Median seconds that plain decompression of an image's layers takes, and their uncompressed bytes.
pub(crate) fn baseline(work: &Work, archive: &Path) -> Result<(f64, f64)> {
    let raw = output(Command::new(work.tool("decompress")).arg(archive).arg(RUNS.to_string()))?;
    let mut words = raw.split_whitespace();
    let mut number = || -> Result<f64> {
        words.next().context("decompress printed too little")?.parse().context("no number")
    };
    Ok((number()?, number()?))
}

/// A scan with an empty cache, the median of several.
pub(crate) fn cold(work: &Work, archive: &Path, scanners: &str) -> Result<Measured> {
    let cache = work.folder.join("cache");
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let _ = fs::remove_dir_all(&cache);
        runs.push(measure(&work.program, archive, &cache, scanners)?);
    }
    Ok(median(runs))
}

/// Builds the release program, makes the image, measures.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    if args == ["apps"] {
        return crate::bench_apps::run();
    }
    let prepared = Work::prepare("bench-image")?;
    let (work, program) = (prepared.folder.clone(), prepared.program.clone());
    let tree = match args {
        [tree] => PathBuf::from(tree),
        [] => debootstrap(&work)?,
        _ => bail!("bench takes at most one folder"),
    };
    let archive = work.join("bench.docker-archive.tar");
    if !archive.is_file() {
        run_quiet(Command::new(prepared.tool("pack-tree")).arg(&tree).arg(&archive))?;
    }

    let size = fs::metadata(&program).context("no release program")?.len();
    println!("release program       {:>10.1} MB", megabytes(size));
    println!("build (this run)      {:>10.1} s", prepared.built.as_secs_f64());

    let (baseline, tar_bytes) = baseline(&prepared, &archive)?;
    println!("image, uncompressed   {:>10.1} MB", tar_bytes / 1e6);
    println!(
        "decompression alone   {:>10.1} ms   {:>8.0} MB/s",
        baseline * 1e3,
        tar_bytes / 1e6 / baseline
    );

    let cache = work.join("cache");
    let runs = |scanners: &str| -> Result<(Measured, Measured)> {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let _ = fs::remove_dir_all(&cache);
            cold.push(measure(&program, &archive, &cache, scanners)?);
            warm.push(measure(&program, &archive, &cache, scanners)?);
        }
        Ok((median(cold), median(warm)))
    };
    let (cold, warm) = runs("vuln")?;
    let seconds = cold.wall.as_secs_f64();
    println!(
        "cold scan             {:>10.1} ms   {:>8.0} MB/s   {:.2} x decompression (goal 1.5)",
        seconds * 1e3,
        tar_bytes / 1e6 / seconds,
        seconds / baseline
    );
    println!("  peak memory         {:>10.1} MB   (goal 200)", megabytes(cold.peak));
    println!("warm scan             {:>10.1} ms   (goal 100)", warm.wall.as_secs_f64() * 1e3);
    println!("  peak memory         {:>10.1} MB", megabytes(warm.peak));
    for scanners in PASSES {
        let (with, warm) = runs(&format!("vuln,{scanners}"))?;
        let (seconds, before) = (with.wall.as_secs_f64(), cold.wall.as_secs_f64());
        println!(
            "cold with {scanners:<12}{:>10.1} ms   {:>8.0} MB/s   {:+.0} % wall, {:+.0} % processor time",
            seconds * 1e3,
            tar_bytes / 1e6 / seconds,
            (seconds / before - 1.0) * 100.0,
            (with.processor.as_secs_f64() / cold.processor.as_secs_f64() - 1.0) * 100.0,
        );
        println!("  peak memory         {:>10.1} MB", megabytes(with.peak));
        println!("  warm                {:>10.1} ms", warm.wall.as_secs_f64() * 1e3);
    }
    println!(
        "\ndatabase open and match: `cargo bench --package plimsoll-vulndb` (goal for 500 packages: 20 ms)"
    );
    Ok(())
}

pub(crate) fn run_quiet(command: &mut Command) -> Result<()> {
    execute(command.stdout(Stdio::null()))
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn median(mut all: Vec<Measured>) -> Measured {
    all.sort_by_key(|m| m.wall);
    let peak = all.iter().map(|m| m.peak).max().unwrap_or_default();
    let processor = all[all.len() / 2].processor;
    Measured { wall: all[all.len() / 2].wall, processor, peak }
}

/// A real root filesystem of about 250 MB.
fn debootstrap(work: &Path) -> Result<PathBuf> {
    let tree = work.join("bookworm");
    if tree.join("usr/bin/python3").exists() {
        return Ok(tree);
    }
    need("debootstrap", has("debootstrap"), &["apt-get", "install", "-y", "debootstrap"])?;
    let options = ["--variant=minbase", "--include=build-essential,python3", "bookworm"];
    run_quiet(Command::new("debootstrap").args(options).arg(&tree)).context(
        "debootstrap needs root and a Debian mirror; give a folder instead: cargo xtask bench ROOT",
    )?;
    Ok(tree)
}

fn measure(program: &Path, archive: &Path, cache: &Path, scanners: &str) -> Result<Measured> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .arg("scan")
        .arg(archive)
        .args(["--format", "json", "--quiet", "--offline", "--scanners", scanners, "--cache-dir"])
        .arg(cache)
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start the release program")?;
    let status_file = format!("/proc/{}/status", child.id());
    let stat_file = format!("/proc/{}/stat", child.id());
    let (mut peak, mut processor) = (0, Duration::ZERO);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // The kernel's own high-water mark, so that a slow poll loses only the last moment.
        if let Some(kib) = fs::read_to_string(&status_file).ok().as_deref().and_then(high_water) {
            peak = peak.max(kib * 1024);
        }
        if let Some(used) = fs::read_to_string(&stat_file).ok().as_deref().and_then(used) {
            processor = processor.max(used);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    if !status.success() {
        bail!("plimsoll scan ended with {status}");
    }
    Ok(Measured { wall: started.elapsed(), processor, peak })
}

/// User and system time: fields 14 and 15 of proc(5)'s `stat`, in ticks of 10 ms. The name before them may hold
/// anything, so they are counted from the last parenthesis.
fn used(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis(10 * (user + system)))
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
