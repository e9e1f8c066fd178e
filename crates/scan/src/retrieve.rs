//! Takes single files out of an image again, after it was scanned: a scan keeps what a file means and never its bytes.
//!
//! The layers that hold them are read a second time. The caller gets one file after the other and must be done with
//! it before the next comes, so that memory holds one at a time whatever the image holds.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

use plimsoll_image::Image;
use plimsoll_model::{
    Analyzer, AnalyzerId, Fact, FileError, FileIdentity, FileMeta, Fingerprint, LayerFile, Problem,
    Want,
};
use sha2::{Digest as _, Sha256};

use crate::{
    AnalyzerSet, ScanOptions,
    budget::Budget,
    layer::{Reader, stream_memory},
    limits::{LayerLimits, MAX_WHOLE_FILE},
};

/// A file that is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WantedFile {
    /// Index of the layer that wrote it.
    pub layer: u32,
    /// Its path in the finished image.
    pub path: String,
    /// What it must be, where that is known: `sha256` of its first `size` bytes.
    pub identity: Option<FileIdentity>,
}

/// Why a file was not handed over.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotRetrieved {
    /// Larger than the caller allows.
    #[error("{size} bytes are over the limit of {limit} for one file")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Under its name lies something else than what the scan saw.
    #[error("its SHA-256 is not the one that the scan found")]
    Differs,
    /// The layer has no such file.
    #[error("the layer has no file of this name")]
    NotThere,
    /// The layer, or this file in it, cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// What came to light of each wanted file while its layer was read.
#[derive(Debug, Default)]
struct Seen {
    given: bool,
    why_not: Option<NotRetrieved>,
}

/// Reads the `wanted` files of `image` and hands their bytes to `take`, by layer and not in the order of the list. A
/// file that its layer writes twice, and of which no identity is known, is handed over as often. Returns what was not
/// handed over.
pub fn retrieve(
    image: &dyn Image,
    wanted: &[WantedFile],
    max_bytes: u64,
    options: &ScanOptions,
    take: &mut dyn FnMut(&WantedFile, &[u8]),
) -> Vec<(WantedFile, NotRetrieved)> {
    let mut by_layer: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, file) in wanted.iter().enumerate() {
        by_layer.entry(file.layer).or_default().push(at);
    }
    let all: Arc<[WantedFile]> = wanted.into();
    let seen: Arc<Mutex<Vec<Seen>>> =
        Arc::new(Mutex::new(wanted.iter().map(|_| Seen::default()).collect()));
    // No room in the queue: whoever reads waits until the file before has been dealt with.
    let (sender, receiver) = sync_channel::<(usize, Vec<u8>)>(0);
    thread::scope(|scope| {
        let (read, all_read) = (Arc::clone(&seen), Arc::clone(&all));
        scope.spawn(move || {
            for (layer, indices) in by_layer {
                let pick = Pick::new(&all_read, &indices, max_bytes, &sender, &read);
                let missed = read_layer(image, layer, pick, options);
                let mut seen = read.lock().unwrap_or_else(PoisonError::into_inner);
                for at in indices {
                    let (Some(seen), Some(file)) = (seen.get_mut(at), all_read.get(at)) else {
                        continue;
                    };
                    if !seen.given && seen.why_not.is_none() {
                        seen.why_not = Some(missed.why(&file.path));
                    }
                }
            }
        });
        for (at, bytes) in receiver {
            if let Some(file) = wanted.get(at) {
                take(file, &bytes);
            }
        }
    });
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let missed = wanted.iter().zip(seen.drain(..)).filter(|(_, seen)| !seen.given);
    missed
        .map(|(file, seen)| (file.clone(), seen.why_not.unwrap_or(NotRetrieved::NotThere)))
        .collect()
}

/// What went wrong with a layer.
struct Missed(Vec<Problem>);

impl Missed {
    /// The most likely reason why the file at `path` did not come.
    fn why(&self, path: &str) -> NotRetrieved {
        let of = |problem: &&Problem| problem.path.as_deref() == Some(path);
        let whole = |problem: &&Problem| problem.path.is_none() && problem.kind.makes_incomplete();
        let problem = self.0.iter().find(of).or_else(|| self.0.iter().find(whole));
        problem.map_or(NotRetrieved::NotThere, |problem| {
            NotRetrieved::Unreadable(problem.message.clone())
        })
    }
}

fn read_layer(image: &dyn Image, layer: u32, pick: Pick, options: &ScanOptions) -> Missed {
    let unreadable = |message: String| {
        Missed(vec![Problem::new(plimsoll_model::ProblemKind::Unreadable, message)])
    };
    let Some(desc) = image.manifest().layers.get(layer as usize) else {
        return unreadable("the image has no such layer".to_owned());
    };
    let analyzers = AnalyzerSet::new(vec![Box::new(pick)]);
    let budget = Budget::new(options.memory);
    let reader =
        Reader { image, analyzers: &analyzers, budget: &budget, limits: LayerLimits::default() };
    let threads = options.jobs.clamp(1, 3);
    let _memory = budget.take_shared(stream_memory(threads));
    match reader.read(desc, threads, &|_| {}) {
        Ok(outcome) => Missed(outcome.facts.problems),
        Err(error) => unreadable(error.to_string()),
    }
}

/// Sends the wanted files of one layer to whoever asked for them.
struct Pick {
    all: Arc<[WantedFile]>,
    by_path: HashMap<String, Vec<usize>>,
    /// A layer may name a folder through a link of a lower layer, so that the path in the finished image is another: of
    /// files with an identity the name alone makes it worth a look.
    by_name: HashMap<String, Vec<usize>>,
    max_bytes: u64,
    sender: SyncSender<(usize, Vec<u8>)>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Pick {
    fn new(
        all: &Arc<[WantedFile]>,
        indices: &[usize],
        max_bytes: u64,
        sender: &SyncSender<(usize, Vec<u8>)>,
        seen: &Arc<Mutex<Vec<Seen>>>,
    ) -> Self {
        let (mut by_path, mut by_name) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for &at in indices {
            let Some(file) = all.get(at) else { continue };
            by_path.entry(file.path.clone()).or_default().push(at);
            if file.identity.is_some() {
                by_name.entry(name(&file.path).to_owned()).or_default().push(at);
            }
        }
        Self {
            all: Arc::clone(all),
            by_path,
            by_name,
            max_bytes: max_bytes.min(MAX_WHOLE_FILE),
            sender: sender.clone(),
            seen: Arc::clone(seen),
        }
    }

    fn candidates<'p>(&'p self, path: &str) -> impl Iterator<Item = usize> + 'p {
        let exact = self.by_path.get(path);
        let moved = self.by_name.get(name(path)).filter(|_| exact.is_none());
        exact.into_iter().chain(moved).flatten().copied()
    }

    fn note(&self, at: usize, note: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.get_mut(at) {
            note(seen);
        }
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether these bytes are what the scan saw. Of large data a scan sees the beginning only.
fn is_same(bytes: &[u8], identity: &FileIdentity) -> bool {
    let seen = usize::try_from(identity.size).ok().and_then(|size| bytes.get(..size));
    seen.is_some_and(|seen| {
        let digest = plimsoll_model::Digest::from_bytes(Sha256::digest(seen).into());
        digest.to_string() == format!("sha256:{}", identity.sha256.to_ascii_lowercase())
    })
}

impl Analyzer for Pick {
    fn id(&self) -> AnalyzerId {
        "retrieve"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        let (size, limit) = (file.size(), self.max_bytes);
        let mut want = Want::Skip;
        for at in self.candidates(file.path()) {
            if size > limit {
                let is_exact = self.by_path.contains_key(file.path());
                self.note(at, |seen| {
                    if is_exact {
                        seen.why_not = Some(NotRetrieved::TooLarge { size, limit });
                    }
                });
            } else {
                want = Want::Whole;
            }
        }
        want
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        _out: &mut Vec<Fact>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let path = file.meta.path();
        for at in self.candidates(path) {
            let Some(wanted) = self.all.get(at) else { continue };
            if wanted.identity.as_ref().is_some_and(|identity| !is_same(file.bytes, identity)) {
                self.note(at, |seen| {
                    if wanted.path == path {
                        seen.why_not = Some(NotRetrieved::Differs);
                    }
                });
                continue;
            }
            // Whoever asked may have gone; then nobody misses the file.
            if self.sender.send((at, file.bytes.to_vec())).is_ok() {
                self.note(at, |seen| seen.given = true);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::image;

    use super::*;

    fn sha256(bytes: &[u8]) -> String {
        plimsoll_image::sha256(bytes).to_string().trim_start_matches("sha256:").to_owned()
    }

    fn wanted(layer: u32, path: &str, content: Option<&[u8]>) -> WantedFile {
        let identity = content.map(|bytes| FileIdentity {
            md5: String::new(),
            sha1: String::new(),
            sha256: sha256(bytes),
            size: bytes.len() as u64,
            file_type: String::new(),
        });
        WantedFile { layer, path: path.to_owned(), identity }
    }

    #[test]
    fn files_come_one_by_one_and_what_does_not_come_has_a_reason() {
        let image = image(
            "
            === layer
            //- /usr/lib/
            //- /lib -> usr/lib
            //- /srv/a
            first
            //- /srv/b => srv/a
            //- /srv/long
            0123456789012345678901234567890
            === layer
            //- /srv/a
            second
            //- /lib/moved
            through a link
            //- /srv/last
            not asked for
        ",
        );
        let list = [
            wanted(0, "srv/a", Some(b"first\n")),
            wanted(0, "srv/b", Some(b"first\n")),
            wanted(1, "srv/a", None),
            wanted(1, "usr/lib/moved", Some(b"through a link\n")),
            // A scan sees the beginning of large data only.
            wanted(1, "srv/a", Some(b"sec")),
            wanted(1, "srv/a", Some(b"third\n")),
            wanted(0, "srv/long", None),
            wanted(1, "srv/none", None),
            wanted(7, "srv/a", None),
        ];
        let mut given: Vec<(u32, String, String)> = Vec::new();
        let missed =
            retrieve(&image.memory(), &list, 20, &ScanOptions::default(), &mut |file, bytes| {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                given.push((file.layer, file.path.clone(), text));
            });
        given.sort();
        let given: Vec<(u32, &str, &str)> = given
            .iter()
            .map(|(layer, path, text)| (*layer, path.as_str(), text.as_str()))
            .collect();
        assert_eq!(
            given,
            [
                (0, "srv/a", "first\n"),
                (0, "srv/b", "first\n"),
                (1, "srv/a", "second\n"),
                (1, "srv/a", "second\n"),
                (1, "usr/lib/moved", "through a link\n"),
            ]
        );
        let why: Vec<(&str, &NotRetrieved)> =
            missed.iter().map(|(file, why)| (file.path.as_str(), why)).collect();
        let no_layer = NotRetrieved::Unreadable("the image has no such layer".to_owned());
        assert_eq!(
            why,
            [
                ("srv/a", &NotRetrieved::Differs),
                ("srv/long", &NotRetrieved::TooLarge { size: 32, limit: 20 }),
                ("srv/none", &NotRetrieved::NotThere),
                ("srv/a", &no_layer),
            ]
        );
    }
}
