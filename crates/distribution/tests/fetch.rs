//! What a client takes, and what it refuses: published databases in layouts and from a server, whole and by deltas,
//! damaged on purpose in every way that we could think of. The database in use is never touched here; what counts is
//! that nothing is offered to be put into use that should not be.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use plimsoll_distribution::{
    ARTIFACT_TYPE, DELTA_TYPE, DbManifest, DeltaPart, DistributionError, Fetched, KeyPair, Outcome,
    Request, SIGNATURE_TYPE, SigningKey, Trust, TrustedKeys, Way, export, fetch, generate, import,
};
use plimsoll_image::{Descriptor, OpenOptions, media, sha256};
use plimsoll_model::{Advisory, Affected, Digest, FixState, NameKind, Namespace, Range};
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb, delta};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Databases of three days, each with a few advisories more, and keys.
struct World {
    folder: TempDir,
    days: Vec<PathBuf>,
    digests: Vec<Digest>,
    key: KeyPair,
}

fn build(path: &Path, advisories: u32, day: i64, previous: Option<&Path>) -> Digest {
    let built = Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap();
    let mut options = BuildOptions::new("test", built);
    options.previous = previous.map(Path::to_owned);
    let mut builder = Builder::new(options).unwrap();
    for n in 0..advisories {
        let affected = Affected {
            namespace: Namespace::new("debian", "12"),
            package: format!("package-{}", n.wrapping_mul(2_654_435_761) % 900),
            name_kind: NameKind::Source,
            arches: vec![],
            module: None,
            channel: None,
            ranges: vec![Range::before(format!("{}.{}-{}", n % 7, n % 1013, n % 3))],
            versions: vec![],
            state: FixState::Fixed,
            severity: None,
        };
        let advisory = Advisory {
            id: format!("CVE-{}-{:04}", 2000 + n % 20, n),
            feed: "feed".into(),
            affected: vec![affected],
            ..Advisory::default()
        };
        builder.add(advisory).unwrap();
    }
    builder.finish_to_path(path).unwrap().digest.unwrap()
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut days: Vec<PathBuf> = Vec::new();
        let mut digests = Vec::new();
        for day in 0..3u32 {
            let path = folder.path().join(format!("day{day}.db"));
            let previous = days.last().map(PathBuf::as_path);
            digests.push(build(&path, 6000 + day * 5, day.into(), previous));
            days.push(path);
        }
        Self { folder, days, digests, key: generate(None).unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signature(&self, day: usize) -> String {
        let key = SigningKey::parse(&self.key.secret, None).unwrap();
        let file = self.path("signed.tar");
        export(&self.days[day], &[], &[key], &file).unwrap();
        let mut archive = tar::Archive::new(fs::File::open(file).unwrap());
        for entry in archive.entries().unwrap() {
            let text = std::io::read_to_string(entry.unwrap());
            if let Some(text) = text.ok().filter(|text| text.starts_with("untrusted comment")) {
                return text;
            }
        }
        panic!("no signature in the export")
    }

    fn trust(&self) -> Trust {
        Trust { keys: TrustedKeys::parse(&self.key.public).unwrap(), ..Trust::default() }
    }

    /// The last day's publication: whole, signed, with the steps from both days before.
    fn publication(&self) -> Layout {
        let mut layout = Layout { folder: self.path("layout"), manifest: Value::Null };
        let _ = fs::remove_dir_all(&layout.folder);
        fs::create_dir_all(layout.folder.join("blobs/sha256")).unwrap();
        let database = layout.blob(ARTIFACT_TYPE, &fs::read(&self.days[2]).unwrap());
        let signature = layout.blob(SIGNATURE_TYPE, self.signature(2).as_bytes());
        let deltas = [(1, 2), (0, 1)].map(|(from, to)| {
            let out = self.path("delta");
            delta::make(&self.days[from], &self.days[to], &out).unwrap();
            let part = layout.blob(DELTA_TYPE, &fs::read(out).unwrap());
            DeltaPart { from: self.digests[from], to: self.digests[to], part }
        });
        let manifest = DbManifest {
            schema: plimsoll_vulndb::SCHEMA,
            built: VulnDb::open(&self.days[2]).unwrap().meta().built,
            digest: self.digests[2],
            database,
            signatures: vec![signature],
            deltas: deltas.to_vec(),
        };
        layout.manifest = serde_json::from_slice(&manifest.to_bytes()).unwrap();
        layout.write();
        layout
    }

    fn ask_with(
        &self,
        source: &str,
        current: Option<usize>,
        trust: &Trust,
    ) -> Result<Outcome, DistributionError> {
        let mut options = OpenOptions::default();
        options.registry.retry.attempts = 1;
        options.registry.retry.restarts = 0;
        let output = self.path("output.db");
        let _ = fs::remove_file(&output);
        let request = Request {
            source,
            options: &options,
            current: current.map(|day| self.days[day].as_path()),
            trust,
            downloads: &self.path("downloads"),
            output: &output,
            progress: &|_, _| {},
        };
        let result = fetch(&request, &runtime());
        assert_eq!(output.exists(), matches!(result, Ok(Outcome::Fetched(_))), "{result:?}");
        result
    }

    fn ask(&self, layout: &Layout, current: Option<usize>) -> Result<Outcome, DistributionError> {
        self.ask_with(&layout.source(), current, &self.trust())
    }

    fn fetched(&self, layout: &Layout, current: Option<usize>) -> Fetched {
        match self.ask(layout, current) {
            Ok(Outcome::Fetched(fetched)) => {
                let same =
                    fs::read(self.path("output.db")).unwrap() == fs::read(&self.days[2]).unwrap();
                assert!(same, "another file came out");
                *fetched
            }
            other => panic!("{other:?}"),
        }
    }
}

struct Layout {
    folder: PathBuf,
    manifest: Value,
}

impl Layout {
    fn source(&self) -> String {
        format!("oci-layout:{}", self.folder.display())
    }

    fn place(&self, digest: &str) -> PathBuf {
        self.folder.join("blobs/sha256").join(digest.trim_start_matches("sha256:"))
    }

    fn blob(&self, kind: &str, bytes: &[u8]) -> Descriptor {
        let digest = sha256(bytes);
        fs::write(self.place(&digest.to_string()), bytes).unwrap();
        Descriptor::new(kind, digest, Some(bytes.len() as u64))
    }

    fn write(&self) {
        let bytes = serde_json::to_vec(&self.manifest).unwrap();
        let root = self.blob("", &bytes);
        let index = json!({"schemaVersion": 2, "manifests": [{
            "mediaType": media::OCI_MANIFEST,
            "digest": root.digest.unwrap().to_string(),
            "size": bytes.len(),
        }]});
        fs::write(self.folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        fs::write(self.folder.join("index.json"), index.to_string()).unwrap();
    }

    /// The blob of a layer: 0 the database, 1 its signature, 2 the step to the last day, 3 the one to the day before.
    fn layer(&self, number: usize) -> PathBuf {
        self.place(self.manifest["layers"][number]["digest"].as_str().unwrap())
    }

    /// Puts other bytes in a layer's place, under their right digest and size.
    fn replace(&mut self, number: usize, bytes: &[u8]) {
        let blob = self.blob("", bytes);
        self.manifest["layers"][number]["digest"] = blob.digest.unwrap().to_string().into();
        self.manifest["layers"][number]["size"] = bytes.len().into();
        self.write();
    }
}

#[test]
fn the_way_that_costs_least() {
    let world = World::new();
    let layout = world.publication();
    let size = |number: usize| fs::metadata(layout.layer(number)).unwrap().len();
    let whole = world.fetched(&layout, None);
    assert_eq!((whole.way, whole.bytes), (Way::Whole, size(0)));
    assert!(whole.signed);
    assert_eq!(whole.digest, world.digests[2]);
    let one = world.fetched(&layout, Some(1));
    assert_eq!((one.way, one.bytes), (Way::Deltas(1), size(2)));
    assert!(one.bytes * 5 < whole.bytes, "{} of {}", one.bytes, whole.bytes);
    let two = world.fetched(&layout, Some(0));
    assert_eq!((two.way, two.bytes), (Way::Deltas(2), size(2) + size(3)));
    assert!(two.notes.is_empty() && two.signed);
    // What is in use is not fetched again: not even the blobs have to be there.
    fs::remove_file(layout.layer(0)).unwrap();
    fs::remove_file(layout.layer(1)).unwrap();
    let unchanged = world.ask(&layout, Some(2)).unwrap();
    assert!(matches!(unchanged, Outcome::Unchanged(digest) if digest == world.digests[2]));
}

#[test]
fn a_delta_that_does_not_fit_leads_to_the_whole_file() {
    let world = World::new();
    for spoil in 0..4 {
        let mut layout = world.publication();
        match spoil {
            // Missing, cut, replaced under its right digest, one for another database.
            0 => fs::remove_file(layout.layer(2)).unwrap(),
            1 => fs::write(layout.layer(2), b"PLIMSDLT").unwrap(),
            2 => layout.replace(2, &vec![7; 5000]),
            _ => {
                let other = fs::read(layout.layer(3)).unwrap();
                layout.replace(2, &other);
            }
        }
        let fetched = world.fetched(&layout, Some(1));
        assert_eq!(fetched.way, Way::Whole, "{spoil}");
        assert!(fetched.notes[0].contains("fetching all of it"), "{:?}", fetched.notes);
        assert!(fetched.signed);
    }
}

#[test]
fn without_a_good_signature_nothing_is_taken() {
    let world = World::new();
    let mut layout = world.publication();
    let other = generate(None).unwrap();
    let stranger = Trust { keys: TrustedKeys::parse(&other.public).unwrap(), ..Trust::default() };
    let source = layout.source();
    type Refused = fn(&DistributionError) -> bool;
    let refuse = |layout: &Layout, trust: &Trust, expected: Refused| {
        let error = world.ask_with(&layout.source(), None, trust).unwrap_err();
        assert!(expected(&error), "{error:?}");
    };
    // Nobody is even asked without a key.
    let nobody = Trust { place: "the usual place".into(), ..Trust::default() };
    let error = world.ask_with("oci://127.0.0.1:1/x:y", None, &nobody).unwrap_err();
    assert!(matches!(error, DistributionError::NoKey { .. }), "{error:?}");
    assert!(error.to_string().contains("--allow-unsigned") && error.to_string().contains("--key"));
    refuse(&layout, &stranger, |e| matches!(e, DistributionError::UnknownKey { keys: 1 }));
    // After a change of keys both are trusted.
    let mut both = world.trust();
    both.keys.extend(stranger.keys.clone());
    assert!(world.ask_with(&source, None, &both).is_ok());
    let lenient = Trust { allow_unsigned: true, ..Trust::default() };
    let Ok(Outcome::Fetched(taken)) = world.ask_with(&source, None, &lenient) else { panic!() };
    assert!(!taken.signed);

    // The signature of another day; one with a comment that was changed; no signature at all.
    layout.replace(1, world.signature(1).as_bytes());
    refuse(&layout, &world.trust(), |e| matches!(e, DistributionError::BadSignature));
    let unsigned = Trust { allow_unsigned: true, ..world.trust() };
    refuse(&layout, &unsigned, |e| matches!(e, DistributionError::BadSignature));
    let forged = world.signature(2).replace("schema=", "schema=9");
    layout.replace(1, forged.as_bytes());
    refuse(&layout, &world.trust(), |e| matches!(e, DistributionError::BadSignature));
    for garbage in [&b"not a signature"[..], b"", b"\xff\xfe"] {
        layout.replace(1, garbage);
        refuse(&layout, &world.trust(), |e| matches!(e, DistributionError::Unsigned));
    }
    assert!(world.ask_with(&source, None, &unsigned).is_ok());
    // By a delta, the same rules.
    layout.replace(1, world.signature(1).as_bytes());
    let error = world.ask(&layout, Some(1)).unwrap_err();
    assert!(matches!(error, DistributionError::BadSignature), "{error:?}");
}

#[test]
fn a_database_that_is_not_the_promised_one_is_refused() {
    let world = World::new();
    // Damaged on the way, cut, longer, replaced by an older one with its own right signature.
    let bytes = fs::read(&world.days[2]).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for wrong in [&flipped[..], &bytes[..bytes.len() - 100], &[&bytes[..], b"x"].concat()] {
        let layout = world.publication();
        fs::write(layout.layer(0), wrong).unwrap();
        let error = world.ask(&layout, None).unwrap_err();
        assert!(matches!(error, DistributionError::Blob { .. }), "{error:?}");
        // And the next try, with the right bytes, does not trip over what was left.
        fs::write(layout.layer(0), &bytes).unwrap();
        world.fetched(&layout, None);
    }
    let mut layout = world.publication();
    layout.replace(0, &fs::read(&world.days[0]).unwrap());
    layout.replace(1, world.signature(0).as_bytes());
    let error = world.ask(&layout, None).unwrap_err();
    assert!(matches!(error, DistributionError::OtherDatabase { .. }), "{error:?}");
    layout.replace(0, b"PLIMSLDB but nothing else");
    let error = world.ask(&layout, None).unwrap_err();
    assert!(matches!(error, DistributionError::Database(_)), "{error:?}");
}

#[test]
fn sizes_that_lie_and_manifests_that_are_none() {
    let world = World::new();
    for (number, size) in [(0, 10), (0, 1u64 << 40), (1, 3), (1, 1 << 30), (0, 0)] {
        let mut layout = world.publication();
        layout.manifest["layers"][number]["size"] = json!(size);
        layout.write();
        assert!(world.ask(&layout, None).is_err(), "{number} {size}");
    }
    let mut layout = world.publication();
    layout.manifest["annotations"]["filler"] = "x".repeat(5 << 20).into();
    layout.write();
    assert!(world.ask(&layout, None).is_err());
    let mut layout = world.publication();
    layout.manifest["artifactType"] = "application/vnd.oci.image".into();
    layout.write();
    let error = world.ask(&layout, None).unwrap_err();
    assert!(matches!(error, DistributionError::NotADatabase { .. }), "{error:?}");
    let mut layout = world.publication();
    layout.manifest["annotations"]["plimsoll.db.schema"] = "99".into();
    layout.write();
    let error = world.ask(&layout, None).unwrap_err();
    assert!(matches!(error, DistributionError::Schema { found: 99, .. }), "{error:?}");
    for source in ["oci-layout:/nonexistent", "oci-archive:/nonexistent", "https://x/y", "oci://-"]
    {
        assert!(world.ask_with(source, None, &world.trust()).is_err(), "{source}");
    }
}

#[test]
fn an_older_database_is_refused_however_the_manifest_calls_it() {
    let world = World::new();
    let newer = world.path("newer.db");
    build(&newer, 6100, 9, None);
    let days = vec![newer, world.days[1].clone(), world.days[2].clone()];
    let ahead = World { days, ..world };
    let mut layout = ahead.publication_of_last();
    let older = |layout: &Layout| {
        let error = ahead.ask(layout, Some(0)).unwrap_err();
        assert!(matches!(error, DistributionError::Older { .. }), "{error:?}");
    };
    older(&layout);
    // A manifest that claims another time only postpones the refusal.
    layout.manifest["annotations"]["plimsoll.db.built"] = "2099-01-01T00:00:00Z".into();
    layout.write();
    older(&layout);
    let lenient = Trust { allow_older: true, ..ahead.trust() };
    assert!(ahead.ask_with(&layout.source(), Some(0), &lenient).is_ok());
}

impl World {
    /// The last day's publication without any delta.
    fn publication_of_last(&self) -> Layout {
        let mut layout = Layout { folder: self.path("layout"), manifest: Value::Null };
        fs::create_dir_all(layout.folder.join("blobs/sha256")).unwrap();
        let database = layout.blob(ARTIFACT_TYPE, &fs::read(&self.days[2]).unwrap());
        let signatures = vec![layout.blob(SIGNATURE_TYPE, self.signature(2).as_bytes())];
        let db = VulnDb::open(&self.days[2]).unwrap();
        let manifest = DbManifest {
            schema: plimsoll_vulndb::SCHEMA,
            built: db.meta().built,
            digest: db.info().digest,
            database,
            signatures,
            deltas: vec![],
        };
        layout.manifest = serde_json::from_slice(&manifest.to_bytes()).unwrap();
        layout.write();
        layout
    }
}

/// Serves the files of a layout as a registry would; `cut` says after how many bytes a blob's body breaks off. Also
/// gives the count of bytes of blobs that were sent.
fn serve(layout: &Layout, cut: Arc<AtomicUsize>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let manifest = serde_json::to_vec(&layout.manifest).unwrap();
    let blobs = layout.folder.join("blobs/sha256");
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut from) = (String::new(), 0);
            reader.read_line(&mut line).unwrap_or(0);
            let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                    break;
                }
                if let Some(range) = header.to_ascii_lowercase().strip_prefix("range: bytes=") {
                    from = range.trim().trim_end_matches('-').parse().unwrap();
                }
            }
            let mut stream = stream;
            let is_blob = path.contains("/blobs/");
            let body = if path.contains("/manifests/") {
                manifest.clone()
            } else if is_blob {
                let hex = path.rsplit(':').next().unwrap();
                fs::read(blobs.join(hex)).unwrap_or_default()
            } else {
                Vec::new()
            };
            let part = &body[from.min(body.len())..];
            let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
            let kind = media::OCI_MANIFEST;
            let head = format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
                 Content-Range: bytes {from}-{}/{}\r\n\r\n",
                part.len(),
                body.len().saturating_sub(1),
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let end = if is_blob { part.len().min(cut.load(Ordering::SeqCst)) } else { part.len() };
            let _ = stream.write_all(&part[..end]);
            if is_blob {
                counted.fetch_add(end, Ordering::SeqCst);
            }
        }
    });
    (host, sent)
}

#[test]
fn a_download_that_broke_off_goes_on_where_it_ended() {
    let world = World::new();
    let layout = world.publication_of_last();
    let size = fs::metadata(layout.layer(0)).unwrap().len();
    let half = usize::try_from(size / 2).unwrap();
    let cut = Arc::new(AtomicUsize::new(half));
    let (host, sent) = serve(&layout, cut.clone());
    let source = format!("oci://{host}/advisories:v1");
    let error = world.ask_with(&source, None, &world.trust()).unwrap_err();
    assert!(matches!(error, DistributionError::Blob { .. }), "{error:?}");
    cut.store(usize::MAX, Ordering::SeqCst);
    let before = sent.load(Ordering::SeqCst);
    let Ok(Outcome::Fetched(fetched)) = world.ask_with(&source, None, &world.trust()) else {
        panic!("the second try failed")
    };
    assert_eq!(fetched.bytes, size - half as u64, "only the rest is fetched");
    let signature = fs::metadata(layout.layer(1)).unwrap().len();
    let again = sent.load(Ordering::SeqCst) - before;
    assert_eq!(again as u64, size - half as u64 + signature);
}

#[test]
fn what_is_exported_is_imported() {
    let world = World::new();
    let key = || SigningKey::parse(&world.key.secret, None).unwrap();
    let file = world.path("carried.tar");
    let take = |file: &Path, trust: &Trust| {
        let options = OpenOptions::default();
        let output = world.path("imported.db");
        let _ = fs::remove_file(&output);
        let request = Request {
            source: "",
            options: &options,
            current: Some(&world.days[0]),
            trust,
            downloads: &world.path("downloads"),
            output: &output,
            progress: &|_, _| {},
        };
        import(file, &request, &runtime())
    };
    assert_eq!(export(&world.days[2], &[], &[key(), key()], &file).unwrap(), 2);
    let Ok(Outcome::Fetched(fetched)) = take(&file, &world.trust()) else { panic!() };
    assert_eq!((fetched.digest, fetched.signed), (world.digests[2], true));
    assert_eq!(fetched.signatures.len(), 2);
    assert_eq!(fs::read(world.path("imported.db")).unwrap(), fs::read(&world.days[2]).unwrap());
    // Carried on with the signatures that came along.
    export(&world.path("imported.db"), &fetched.signatures, &[], &world.path("on.tar")).unwrap();
    assert!(take(&world.path("on.tar"), &world.trust()).is_ok());

    // A byte of the database changed; the file cut; not signed; no such thing at all.
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert!(take(&file, &world.trust()).is_err());
    fs::write(&file, &bytes[..middle]).unwrap();
    assert!(take(&file, &world.trust()).is_err());
    export(&world.days[2], &[], &[], &file).unwrap();
    let error = take(&file, &world.trust()).unwrap_err();
    assert!(matches!(error, DistributionError::Unsigned), "{error:?}");
    fs::write(&file, b"something else").unwrap();
    assert!(take(&file, &world.trust()).is_err());

    // A bare database, with its signature beside it.
    let bare = world.path("bare.db");
    fs::copy(&world.days[2], &bare).unwrap();
    let error = take(&bare, &world.trust()).unwrap_err();
    assert!(matches!(error, DistributionError::Unsigned), "{error:?}");
    fs::write(world.path("bare.db.minisig"), world.signature(2)).unwrap();
    let Ok(Outcome::Fetched(fetched)) = take(&bare, &world.trust()) else { panic!() };
    assert!(fetched.signed);
}
