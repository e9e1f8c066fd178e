//! One file that is too large to be held, read once from front to back for several analysers.
//!
//! Each analyser that reads streams runs in a thread of its own behind a short queue of shared pieces; analysers that
//! want only the beginning get that at the end. So no analyser loses a file because another wants it, too.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use plimsoll_model::{Analyzer, Fact, FileError, FileMeta, Problem};

use super::pass::guarded;

/// Bytes of one piece.
const PIECE: usize = 64 << 10;

/// Pieces that wait for a slow analyser.
const QUEUE: usize = 8;

/// What one analyser made of the file: `None` where it crashed.
pub(super) struct Shared {
    pub(super) facts: Vec<Fact>,
    pub(super) problems: Vec<Problem>,
    pub(super) result: Option<Result<(), FileError>>,
}

/// The reading end of a queue of pieces.
struct Pieces {
    queue: Receiver<Arc<[u8]>>,
    piece: Arc<[u8]>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            // The other end is closed when the file ends.
            let Ok(piece) = self.queue.recv() else { return Ok(0) };
            self.piece = piece;
            self.at = 0;
        }
        let ready = &self.piece[self.at..];
        let n = ready.len().min(out.len());
        out[..n].copy_from_slice(&ready[..n]);
        self.at += n;
        Ok(n)
    }
}

/// Reads `content` to its end for all `streams`, and returns what each made of it, with the first `head` bytes.
pub(super) fn share(
    content: &mut dyn Read,
    head: usize,
    streams: &[(&dyn Analyzer, FileMeta<'_>)],
) -> (Vec<Shared>, Vec<u8>) {
    thread::scope(|scope| {
        let mut queues: Vec<Option<SyncSender<Arc<[u8]>>>> = Vec::new();
        let mut running = Vec::new();
        for &(analyzer, meta) in streams {
            let (sender, queue) = sync_channel(QUEUE);
            queues.push(Some(sender));
            running.push(scope.spawn(move || {
                let (mut facts, mut problems) = (Vec::new(), Vec::new());
                let mut content = Pieces { queue, piece: Arc::default(), at: 0 };
                let result = guarded(|| {
                    analyzer.analyze_stream(&meta, &mut content, &mut facts, &mut problems)
                });
                Shared { facts, problems, result }
            }));
        }
        let mut beginning = Vec::new();
        let mut buffer = vec![0; PIECE];
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // The reader keeps the error; the caller says it once for all.
                Err(_) => break,
            };
            let piece = &buffer[..read];
            let room = head.saturating_sub(beginning.len()).min(read);
            beginning.extend_from_slice(&piece[..room]);
            let piece: Arc<[u8]> = piece.into();
            for queue in &mut queues {
                // An analyser that has seen enough has closed its end.
                if queue.as_ref().is_some_and(|queue| queue.send(Arc::clone(&piece)).is_err()) {
                    *queue = None;
                }
            }
            if beginning.len() >= head && queues.iter().all(Option::is_none) {
                break;
            }
        }
        drop(queues);
        let shared = running.into_iter().map(|thread| {
            thread.join().unwrap_or(Shared { facts: vec![], problems: vec![], result: None })
        });
        (shared.collect(), beginning)
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{AnalyzerId, EntryKind, Fingerprint, LayerFile, PathEntry, Want};

    use super::*;

    /// Counts the bytes up to a limit, and crashes where it is told to.
    struct Count {
        limit: usize,
        crash: bool,
    }

    impl Analyzer for Count {
        fn id(&self) -> AnalyzerId {
            "count"
        }

        fn fingerprint(&self) -> Fingerprint {
            Fingerprint { version: 1, rules: None }
        }

        fn wants(&self, _: &FileMeta<'_>, _: &[u8]) -> Want {
            Want::Stream
        }

        fn analyze(
            &self,
            _: &LayerFile<'_>,
            _: &mut Vec<Fact>,
            _: &mut Vec<Problem>,
        ) -> Result<(), FileError> {
            Ok(())
        }

        fn analyze_stream(
            &self,
            _: &FileMeta<'_>,
            content: &mut dyn Read,
            out: &mut Vec<Fact>,
            _: &mut Vec<Problem>,
        ) -> Result<(), FileError> {
            let mut bytes = Vec::new();
            content.take(self.limit as u64).read_to_end(&mut bytes).unwrap();
            assert!(!self.crash, "as it should");
            let sum: u64 = bytes.iter().map(|&b| u64::from(b)).sum();
            out.push(Fact::Text { text: format!("{} {sum}", bytes.len()) });
            Ok(())
        }
    }

    #[test]
    fn everybody_gets_everything_once_whatever_the_others_do() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let sum: u64 = bytes.iter().map(|&b| u64::from(b)).sum();
        let entry = PathEntry {
            path: "x",
            kind: EntryKind::File,
            mode: 0,
            uid: 0,
            gid: 0,
            size: bytes.len() as u64,
            target: "",
        };
        let meta = FileMeta { entry };
        let all = [
            Count { limit: usize::MAX, crash: false },
            Count { limit: 10, crash: false },
            Count { limit: 1_000_000, crash: true },
            Count { limit: usize::MAX, crash: false },
        ];
        let streams: Vec<(&dyn Analyzer, FileMeta<'_>)> =
            all.iter().map(|count| (count as &dyn Analyzer, meta)).collect();
        let (shared, head) = share(&mut bytes.as_slice(), 100_000, &streams);
        assert_eq!(head, bytes[..100_000]);
        let texts: Vec<Option<String>> = shared
            .iter()
            .map(|shared| match shared.facts.as_slice() {
                [Fact::Text { text }] => Some(text.clone()),
                _ => None,
            })
            .collect();
        let whole = Some(format!("3000000 {sum}"));
        assert_eq!(texts, [whole.clone(), Some("10 45".to_owned()), None, whole]);
        assert!(shared[2].result.is_none() && shared[3].result.is_some());
        // Nobody wants more: the rest is not read.
        let mut rest = bytes.as_slice();
        share(&mut rest, 10, &streams[1..2]);
        assert!(!rest.is_empty());
    }
}
