//! What the engine costs for one layer, apart from everything else:
//! `measure LAYER plain|hash|scan [CACHE]` prints seconds, uncompressed bytes and the peak of resident memory.
//! Each number needs a process of its own, because the peak is the process's.
#![allow(clippy::unwrap_used)]

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::PathBuf,
    time::Instant,
};

use plimsoll_image::{Image, layer_stream};
use plimsoll_model::{
    Compression, Digest, ImageConfig, ImageManifest, LayerDesc, LayerKind, Platform,
};
use plimsoll_scan::{AnalyzerSet, CacheDir, ScanOptions, scan_image};
use sha2::{Digest as _, Sha256};

struct OneLayer(PathBuf, ImageManifest);

impl Image for OneLayer {
    fn manifest(&self) -> &ImageManifest {
        &self.1
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        layer_stream(File::open(&self.0)?, layer)
    }
}

/// Reads `path` to its end; the digest only where it is asked for.
fn decompress(path: &str, hash: bool) -> (u64, Option<Digest>) {
    let file = BufReader::with_capacity(64 << 10, File::open(path).unwrap());
    let mut stream = flate2::bufread::MultiGzDecoder::new(file);
    let mut buf = vec![0; 256 << 10];
    let (mut total, mut sum) = (0, Sha256::new());
    loop {
        let n = stream.read(&mut buf).unwrap();
        if n == 0 {
            return (total, hash.then(|| Digest::from_bytes(sum.finalize().into())));
        }
        total += n as u64;
        if hash {
            sum.update(&buf[..n]);
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [path, what, rest @ ..] = args.as_slice() else { panic!("measure LAYER WHAT [CACHE]") };
    let diff_id = rest.get(1).map(|digest| digest.parse::<Digest>().unwrap());
    let started = Instant::now();
    let done = match what.as_str() {
        "plain" => format!("{} bytes", decompress(path, false).0),
        "hash" => decompress(path, true).1.unwrap().to_string(),
        _ => {
            let layer = LayerDesc {
                index: 0,
                blob: None,
                diff_id,
                size: File::open(path).unwrap().metadata().ok().map(|m| m.len()),
                compression: Compression::Detect,
                kind: LayerKind::Present,
                created_by: String::new(),
            };
            let manifest = ImageManifest {
                reference: path.clone(),
                source: "measure".into(),
                digest: None,
                config_digest: None,
                tags: Vec::new(),
                repo_digests: Vec::new(),
                platform: Platform::default(),
                config: ImageConfig::default(),
                history: Vec::new(),
                layers: vec![layer],
            };
            let mut options =
                ScanOptions { cache: rest.first().map(CacheDir::new), ..Default::default() };
            if let Ok(jobs) = std::env::var("JOBS") {
                options.jobs = jobs.parse().unwrap();
            }
            let image = OneLayer(path.into(), manifest);
            let found = scan_image(&image, &AnalyzerSet::all(), &options).unwrap();
            let system =
                found.os.map_or_else(String::new, |os| format!("{} {}", os.id, os.version));
            format!(
                "{} packages, {system}, {} problems, {} entries, cached {}",
                found.packages.len(),
                found.problems.len(),
                found.layers[0].entries,
                found.layers[0].cached
            )
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("{seconds:.3} s  {done}  {peak}");
}
