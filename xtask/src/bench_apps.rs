//! `cargo xtask bench apps`: the whole program on images with very large applications; prints what was measured and
//! the goal beside it.

use std::{fs, path::Path, process::Command};

use anyhow::Result;

use crate::bench::{Work, baseline, cold, megabytes, run_quiet};

/// Name of the application for `app-image`, what it is, and the goals: seconds beyond decompression, megabytes.
const IMAGES: &[(&str, &str, f64, f64)] = &[
    ("node", "node_modules of 20,000 files", 1.0, 200.0),
    ("jar", "jar of 200 MB, 300 stored jars", 2.0, 150.0),
    ("jars", "jar of 200 MB, 300 deflated jars", 2.0, 150.0),
];

pub(crate) fn run() -> Result<()> {
    let work = Work::prepare("bench-apps")?;
    println!("load at the start: {}", load());
    for (name, what, seconds, memory) in IMAGES {
        let archive = work.folder.join(format!("{name}.oci.tar"));
        if !archive.is_file() {
            run_quiet(Command::new(work.tool("app-image")).arg(name).arg(&archive))?;
        }
        let (plain, tar_bytes) = baseline(&work, &archive)?;
        let scan = cold(&work, &archive, "vuln")?;
        let (wall, processor) = (scan.wall.as_secs_f64(), scan.processor.as_secs_f64());
        println!("{what} ({:.0} MB of layer)", tar_bytes / 1e6);
        println!("  decompression alone {:>10.1} ms", plain * 1e3);
        println!(
            "  cold scan           {:>10.1} ms   {:.0} ms beyond decompression (goal {:.0})",
            wall * 1e3,
            (wall - plain).max(0.0) * 1e3,
            seconds * 1e3
        );
        println!("  processor time      {:>10.1} ms", processor * 1e3);
        println!("  peak memory         {:>10.1} MB   (goal {memory:.0})", megabytes(scan.peak));
    }
    println!("load at the end: {}", load());
    Ok(())
}

/// The machine's load of the last minute, where it says so: other work on it makes wall clocks lie.
fn load() -> String {
    let text = fs::read_to_string(Path::new("/proc/loadavg")).unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
