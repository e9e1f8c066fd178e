//! `--quarantine`: puts the files in which malware was found into a folder, each in a zip that nobody opens by mistake.
//!
//! Files are written under the digest of what was read and nothing else: no name in an image decides where on this
//! machine something is written.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    io::Write as _,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use plimsoll_image::Image;
use plimsoll_malware::{identity::identify, quarantine::quarantine};
use plimsoll_model::{FileIdentity, Finding, Report, RiskKind};
use plimsoll_report::text::printable;
use plimsoll_scan::{ScanOptions, WantedFile, retrieve};

use crate::progress::Bars;

/// Largest file that is put away; as much as is searched of a file.
const MAX_SAMPLE: u64 = 128 << 20;

/// Most files that are put away of one image.
const MAX_SAMPLES: usize = 1000;

/// Samples left out that are told one by one; the rest is counted.
const MAX_TOLD: usize = 20;

/// A folder for samples.
#[derive(Debug)]
pub(crate) struct Quarantine {
    folder: PathBuf,
}

/// What became of the samples.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    written: usize,
    known: usize,
    left_out: Vec<String>,
    failed: Option<anyhow::Error>,
}

/// The findings about one file of one layer.
type Targets<'r> = BTreeMap<(u32, &'r str), Vec<&'r Finding>>;

impl Quarantine {
    /// The folder is made where it is missing, so that a wrong name is known before anything is scanned.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let shown = folder.display();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the folder {shown} for samples"))?;
        tempfile::tempfile_in(folder)
            .with_context(|| format!("cannot write samples into {shown}"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Reads the files that the report's findings about malware are about, and puts them away. Findings that do not
    /// count are left where they are.
    pub(crate) fn fill(
        &self,
        image: &dyn Image,
        report: &Report,
        options: &ScanOptions,
    ) -> Summary {
        let targets = targets(report);
        let mut summary = Summary::default();
        let mut worst_first: Vec<_> = targets.iter().collect();
        worst_first.sort_by_key(|(_, findings)| {
            std::cmp::Reverse(findings.iter().map(|finding| finding.severity).max())
        });
        let wanted: Vec<WantedFile> = worst_first
            .into_iter()
            .take(MAX_SAMPLES)
            .map(|((layer, path), findings)| WantedFile {
                layer: *layer,
                path: (*path).to_owned(),
                identity: identity(findings).cloned(),
            })
            .collect();
        let over = targets.len() - wanted.len();
        if over > 0 {
            let text = format!("{over} more files: at most {MAX_SAMPLES} of an image are put away");
            summary.left_out.push(text);
        }
        let missed = retrieve(image, &wanted, MAX_SAMPLE, options, &mut |file, bytes| {
            if summary.failed.is_none() {
                let at = (file.layer, file.path.as_str());
                match self.put(at, bytes, report, &targets) {
                    Ok(true) => summary.written += 1,
                    Ok(false) => summary.known += 1,
                    Err(error) => summary.failed = Some(error),
                }
            }
        });
        for (file, why) in missed {
            let path = printable(&file.path).into_owned();
            summary.left_out.push(format!("{path} of layer {}: {why}", file.layer));
        }
        summary
    }

    /// Whether it was written; a sample that lies there already is left alone.
    fn put(
        &self,
        at: (u32, &str),
        bytes: &[u8],
        report: &Report,
        targets: &Targets<'_>,
    ) -> Result<bool> {
        let known = identify(at.1, bytes);
        let text = about(at, &known, report, targets);
        let (name, archive) = quarantine(bytes, &text)?;
        let path = self.folder.join(name);
        let shown = path.display();
        if fs::symlink_metadata(&path).is_ok() {
            return Ok(false);
        }
        // Only its owner may read what this makes.
        let written = tempfile::NamedTempFile::new_in(&self.folder).and_then(|mut file| {
            file.write_all(&archive)?;
            file.as_file().sync_all()?;
            file.persist_noclobber(&path).map_err(|error| error.error)?;
            Ok(())
        });
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot write the sample {shown}")),
        }
    }

    /// Says what was done; what was not done even with `--quiet`, because the user asked for it.
    pub(crate) fn tell(&self, summary: Summary, bars: &Bars) -> Result<()> {
        let Summary { written, known, left_out, failed } = summary;
        for text in left_out.iter().take(MAX_TOLD) {
            bars.warn(&format!("not put into quarantine: {text}"));
        }
        let folder = self.folder.display();
        let mut text = format!(
            "{written} sample{} written into {folder}",
            if written == 1 { "" } else { "s" }
        );
        if known > 0 {
            let _ = write!(text, ", {known} were there already");
        }
        if left_out.is_empty() {
            bars.note(&text);
        } else {
            anstream::eprintln!("warning: {text}, {} left out", left_out.len());
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The files that findings about malware are about. Those about the image's configuration have none.
fn targets(report: &Report) -> Targets<'_> {
    let mut targets = Targets::new();
    let counted = report.findings.iter().filter(|finding| finding.suppression.is_none());
    for finding in counted.filter(|finding| finding.kind == RiskKind::Malware) {
        if let (Some(path), Some(layer)) = (&finding.path, &finding.layer) {
            targets.entry((layer.index, path.as_str())).or_default().push(finding);
        }
    }
    targets
}

/// What the scan knows of the file itself. A finding inside an archive knows the member.
fn identity<'r>(findings: &[&'r Finding]) -> Option<&'r FileIdentity> {
    let about = findings.iter().filter_map(|finding| finding.detection.as_ref());
    about.filter(|about| about.inside.is_empty()).find_map(|about| about.file.as_ref())
}

/// Where the sample comes from, for whoever looks into it: all places that the report has for the same bytes.
fn about(at: (u32, &str), sample: &FileIdentity, report: &Report, targets: &Targets<'_>) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "{:<12} {}", format!("{name}:"), printable(value));
        }
    };
    line("image", &report.image.reference);
    line("digest", &report.image.digest.map(|digest| digest.to_string()).unwrap_or_default());
    line("scanned", &report.created.to_string());
    line("size", &format!("{} bytes", sample.size));
    line("type", &sample.file_type);
    line("md5", &sample.md5);
    line("sha1", &sample.sha1);
    line("sha256", &sample.sha256);
    for (place, findings) in targets {
        let is_same = identity(findings).is_some_and(|known| known.sha256 == sample.sha256);
        if *place != at && !is_same {
            continue;
        }
        line("path", place.1);
        line("layer", &place.0.to_string());
        let Some(first) = findings.first() else { continue };
        if let Some(layer) = &first.layer {
            line("instruction", &layer.created_by);
        }
        for finding in findings {
            line("rule", &format!("{} ({}): {}", finding.id, finding.severity, finding.title));
            let Some(found) = &finding.detection else { continue };
            if let Some(above) = found.hidden_by {
                line("hidden by", &format!("layer {above}"));
            }
            if !found.inside.is_empty() {
                line("found in", &format!("{} of this archive", found.inside));
                if let Some(member) = &found.file {
                    line("its sha256", &member.sha256);
                }
            } else if let Some(seen) = found.file.as_ref().filter(|f| f.size < sample.size) {
                line("searched", &format!("the first {} bytes, sha256 {}", seen.size, seen.sha256));
            }
        }
    }
    out
}
