//! `decompress ARCHIVE RUNS`: plain single-threaded decompression of an OCI archive's gzip layers, the yardstick of
//! `cargo xtask bench`. Prints the median seconds and the uncompressed bytes.

use std::{env, fs, io, process::ExitCode, time::Instant};

use flate2::read::MultiGzDecoder;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let (Some(archive), Some(runs)) = (args.first(), args.get(1).and_then(|r| r.parse().ok()))
    else {
        eprintln!("usage: decompress ARCHIVE RUNS");
        return ExitCode::from(2);
    };
    match measure(archive, runs) {
        Ok((seconds, bytes)) => {
            println!("{seconds} {bytes}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("decompress: {archive}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(archive: &str, runs: usize) -> io::Result<(f64, u64)> {
    let archive = fs::read(archive)?;
    let mut seconds = Vec::new();
    let mut total = 0;
    for _ in 0..runs.max(1) {
        let started = Instant::now();
        total = 0;
        for entry in tar::Archive::new(archive.as_slice()).entries()? {
            let entry = entry?;
            let (start, size) = (entry.raw_file_position() as usize, entry.size() as usize);
            let stored = archive.get(start..start + size).unwrap_or_default();
            if stored.starts_with(&[0x1f, 0x8b]) {
                total += io::copy(&mut MultiGzDecoder::new(stored), &mut io::sink())?;
            }
        }
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok((seconds[seconds.len() / 2], total))
}
