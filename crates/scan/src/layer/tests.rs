//! The hostile list: every way in which a layer may lie, and what a scan makes of it.

use std::io::Read;

use plimsoll_model::{
    Analyzer, AnalyzerId, Compression, Digest, Fact, FileError, Fingerprint, ImageManifest,
    LayerFile,
};
use plimsoll_testkit::{BuiltImage, Entry, ImageFixture, Layer, Node, image};
use proptest::prelude::*;

use super::*;
use crate::limits::{MAX_PROBLEMS, MIN_MEMORY};

/// Notes the content of `*.note`, the first bytes of `*.head`, the sizes of all `*.hold` together; panics
/// at `*.boom`, fails at `*.bad`.
struct Notes;

impl Analyzer for Notes {
    fn id(&self) -> AnalyzerId {
        "notes"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        assert!(!file.path().ends_with(".wantboom"), "as it should");
        match file.path().rsplit_once('.').map(|(_, kind)| kind) {
            Some("note" | "boom" | "bad") => Want::Whole,
            Some("head") => Want::Prefix(5),
            Some("hold") => Want::Hold,
            _ if head.starts_with(b"MAGIC") => Want::Whole,
            _ => Want::Skip,
        }
    }

    fn well_known(&self) -> &'static [&'static str] {
        &["known/one.note", "known/many/"]
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        out.push(marker(file.meta.path(), &String::from_utf8_lossy(file.bytes)));
        assert!(!file.meta.path().ends_with(".boom"), "as it should");
        if file.meta.path().ends_with(".bad") {
            problems.push(Problem::new(ProblemKind::Malformed, "in part"));
            return Err(FileError::malformed("and on the whole"));
        }
        Ok(())
    }

    fn analyze_held(
        &self,
        files: &[LayerFile<'_>],
        out: &mut Vec<(String, Fact)>,
        _: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let sizes: Vec<_> =
            files.iter().map(|f| format!("{}:{}", f.meta.path(), f.bytes.len())).collect();
        out.push((files[0].meta.path().to_owned(), marker("held", &sizes.join(" "))));
        Ok(())
    }
}

fn marker(name: &str, value: &str) -> Fact {
    Fact::Marker { name: name.into(), value: value.into() }
}

fn analyzers() -> AnalyzerSet {
    AnalyzerSet::new(vec![Box::new(Notes)])
}

fn read_with(image: &dyn Image, limits: LayerLimits, memory: u64, threads: usize) -> LayerOutcome {
    let budget = Budget::new(memory);
    let reader = Reader { image, analyzers: &analyzers(), budget: &budget, limits };
    let outcome = reader.read(&image.manifest().layers[0], threads, &|_| {}).unwrap();
    assert!(budget.peak() <= memory.max(MIN_MEMORY));
    outcome
}

fn read(image: &dyn Image) -> LayerOutcome {
    let first = read_with(image, LayerLimits::default(), MIN_MEMORY, 1);
    for threads in [2, 3] {
        let other = read_with(image, LayerLimits::default(), MIN_MEMORY, threads);
        assert_eq!(first.facts, other.facts, "{threads} threads");
        assert_eq!(first.cacheable, other.cacheable);
    }
    first
}

fn of(layer: Layer) -> BuiltImage {
    ImageFixture::parse("").layer(layer).build()
}

fn kinds(outcome: &LayerOutcome) -> Vec<ProblemKind> {
    outcome.facts.problems.iter().map(|p| p.kind).collect()
}

fn markers(outcome: &LayerOutcome) -> Vec<(String, String)> {
    outcome
        .facts
        .facts
        .iter()
        .map(|fact| match &fact.fact {
            Fact::Marker { name, value } => (format!("{}:{name}", fact.path), value.clone()),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn paths(outcome: &LayerOutcome) -> Vec<&str> {
    outcome.facts.paths.iter().map(|e| e.path).collect()
}

#[test]
fn files_reach_the_analysers_as_they_asked() {
    let image = image(
        "
        === layer
        //- /b.note no-newline
        hello
        //- /a.head
        0123456789
        //- /plain
        MAGIC inside
        //- /skipped
        nothing
        //- /y.hold
        12
        //- /x.hold
        1
        //- /end
        ",
    );
    let outcome = read(&image.memory());
    assert!(outcome.cacheable);
    assert_eq!(kinds(&outcome), []);
    let expected = [
        ("a.head:a.head", "01234"),
        ("b.note:b.note", "hello"),
        ("plain:plain", "MAGIC inside\n"),
        ("x.hold:held", "x.hold:2 y.hold:3"),
    ];
    assert_eq!(markers(&outcome), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert_eq!(outcome.facts.diff_id, image.layers()[0].diff_id);
    assert_eq!(outcome.facts.tar_bytes, image.layers()[0].tar.len() as u64);
}

#[test]
fn a_crash_or_failure_costs_one_file() {
    let outcome = read(
        &image(
            "
            === layer
            //- /a.boom
            //- /b.note
            fine
            //- /c.bad
            half
            //- /d.wantboom
            //- /e.note
            fine too
            ",
        )
        .memory(),
    );
    let found = markers(&outcome);
    assert_eq!(
        found.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(),
        ["b.note:b.note", "c.bad:c.bad", "e.note:e.note"]
    );
    let problems: Vec<_> = outcome
        .facts
        .problems
        .iter()
        .map(|p| (p.path.as_deref().unwrap_or_default(), p.kind))
        .collect();
    assert_eq!(
        problems,
        [
            ("a.boom", ProblemKind::AnalyzerFailed),
            ("c.bad", ProblemKind::Malformed),
            ("c.bad", ProblemKind::Malformed),
            ("d.wantboom", ProblemKind::AnalyzerFailed),
        ]
    );
    assert!(outcome.cacheable);
}

/// Of files that are looked at by several threads, each counts in its turn.
#[test]
fn threads_change_nothing() {
    let mut entries = Vec::new();
    for n in 0..3000 {
        let end = ["note", "bad", "head", "boom", "note"][n % 5];
        // Every path comes up to three times, also as something that has no content.
        let path = format!("d/{}.{end}", n % 1100);
        entries.push(match n % 7 {
            6 => Entry::new(&path, Node::Symlink("elsewhere".into())),
            _ => Entry::file(&path, format!("{n} ").repeat(n % 400)),
        });
    }
    let image = of(Layer::of(entries)).memory();
    let first = read_with(&image, LayerLimits::default(), 64 << 20, 1);
    assert!(first.facts.facts.len() > 500 && first.facts.problems.len() > MAX_PROBLEMS / 2);
    for threads in [2, 3, 5] {
        let other = read_with(&image, LayerLimits::default(), 64 << 20, threads);
        assert_eq!(first.facts, other.facts, "{threads} threads");
    }
}

#[test]
fn names_that_lead_out_of_the_tree_are_refused_and_absolute_ones_are_not() {
    let mut layer = Layer::of([
        Entry::file("../../etc/shadow.note", "x"),
        Entry::file("a/../../b.note", "x"),
        Entry::file("ok.note", "x"),
        Entry::new("evil", Node::Hardlink("../../etc/passwd".into())),
        Entry::new("absolute", Node::Symlink("/etc/passwd".into())),
        Entry::new("dangling", Node::Symlink("../../../nowhere".into())),
    ]);
    let mut absolute = Entry::file("x", "y");
    absolute.name = b"/abs.note".to_vec();
    layer.entries.push(absolute);
    let outcome = read(&of(layer).memory());
    assert_eq!(paths(&outcome), ["abs.note", "absolute", "dangling", "evil", "ok.note"]);
    assert_eq!(kinds(&outcome), [ProblemKind::UnsafeEntry; 3]);
    assert_eq!(outcome.facts.paths.get("evil").unwrap().kind, EntryKind::Special);
    assert_eq!(outcome.facts.paths.get("absolute").unwrap().target, "/etc/passwd");
    assert!(outcome.cacheable);
}

#[test]
fn devices_are_recorded_and_never_read() {
    let outcome = read(
        &image(
            "
            === layer
            //- /dev/sda.note type=block
            //- /dev/null.note type=char
            //- /run/pipe.note type=fifo
            ",
        )
        .memory(),
    );
    assert!(outcome.facts.paths.iter().all(|e| e.kind == EntryKind::Special));
    assert_eq!(outcome.facts.paths.len(), 3);
    assert_eq!((markers(&outcome).len(), kinds(&outcome).len()), (0, 0));
}

#[test]
fn the_last_of_several_entries_of_one_path_counts() {
    let outcome = read(
        &of(Layer::of([
            Entry::file("a.note", "first"),
            Entry::file("b.note", "gone"),
            Entry::file("h.hold", "gone"),
            Entry::new("d/", Node::Dir),
            Entry::new("d/", Node::Dir),
            Entry::file("./a.note", "second"),
            Entry::new("b.note", Node::Symlink("a.note".into())),
            Entry::file("h.hold", "12345"),
        ]))
        .memory(),
    );
    assert_eq!(
        markers(&outcome),
        [("a.note:a.note".into(), "second".into()), ("h.hold:held".into(), "h.hold:5".into()),]
            as [(String, String); 2]
    );
    assert_eq!(outcome.facts.paths.get("b.note").unwrap().kind, EntryKind::Symlink);
    assert_eq!(kinds(&outcome), [ProblemKind::UnsafeEntry]);
    assert!(outcome.facts.problems[0].message.starts_with("3 entries"));
}

#[test]
fn a_wanted_name_that_is_a_hard_link_gets_its_targets_content() {
    let outcome = read(
        &image(
            "
            === layer
            //- /data/plain
            shared
            //- /link.note => data/plain
            //- /second.note => link.note
            //- /h.hold => data/plain
            //- /broken.note => not/there
            ",
        )
        .memory(),
    );
    assert_eq!(
        markers(&outcome),
        [
            ("h.hold:held".into(), "h.hold:7".into()),
            ("link.note:link.note".into(), "shared\n".into()),
            ("second.note:second.note".into(), "shared\n".into()),
        ] as [(String, String); 3]
    );
    assert!(outcome.cacheable);
}

#[test]
fn a_size_that_lies_ends_the_layer_where_it_leads_astray() {
    let mut lying = Entry::file("b.note", "short");
    lying.claimed_size = Some(1 << 40);
    let layer =
        Layer::of([Entry::file("a.note", "kept"), lying, Entry::file("c.note", "swallowed")]);
    let outcome = read(&of(layer).memory());
    assert_eq!(markers(&outcome), [("a.note:a.note".to_owned(), "kept".to_owned())]);
    assert_eq!(kinds(&outcome), [ProblemKind::LimitReached, ProblemKind::Truncated]);
    let mut lying = Entry::file("b.note", "short");
    lying.claimed_size = Some(1 << 20);
    let outcome = read(&of(Layer::of([Entry::file("a.note", "kept"), lying])).memory());
    assert_eq!(markers(&outcome).len(), 1);
    assert_eq!(kinds(&outcome), [ProblemKind::Truncated, ProblemKind::Truncated]);
    assert_eq!(outcome.facts.problems[0].path.as_deref(), Some("b.note"));
}

#[test]
fn a_file_beyond_a_limit_is_a_problem_and_no_cut() {
    let big = vec![b'x'; 3 << 20];
    let image = of(Layer::of([
        Entry::file("big.note", big.clone()),
        Entry::file("big.head", big),
        Entry::file("small.note", "ok"),
    ]));
    let limits = LayerLimits { whole_file: 1 << 20, ..LayerLimits::default() };
    let outcome = read_with(&image.memory(), limits, MIN_MEMORY, 2);
    assert_eq!(
        markers(&outcome),
        [
            ("big.head:big.head".into(), "xxxxx".into()),
            ("small.note:small.note".into(), "ok".into()),
        ] as [(String, String); 2]
    );
    assert_eq!(kinds(&outcome), [ProblemKind::LimitReached]);
    assert!(outcome.cacheable, "the limit is the same for everybody");
}

#[test]
fn held_files_beyond_the_memory_budget_are_a_problem_that_is_not_kept() {
    let part = vec![b'x'; 10 << 20];
    let image = of(Layer::of([
        Entry::file("1.hold", part.clone()),
        Entry::file("2.hold", part.clone()),
        Entry::file("3.hold", part),
        Entry::file("small.note", "ok"),
    ]));
    let outcome = read_with(&image.memory(), LayerLimits::default(), MIN_MEMORY, 2);
    assert_eq!(markers(&outcome)[0].1, "1.hold:10485760 2.hold:10485760");
    assert_eq!(kinds(&outcome), [ProblemKind::LimitReached]);
    assert!(outcome.facts.problems[0].message.contains("memory budget"));
    assert!(!outcome.cacheable);
    let outcome = read_with(&image.memory(), LayerLimits::default(), 4 * MIN_MEMORY, 2);
    assert_eq!(kinds(&outcome), []);
    assert!(outcome.cacheable);
}

#[test]
fn a_stream_that_ends_early_keeps_what_came() {
    let image = of(Layer::of([Entry::file("a.note", "kept"), Entry::file("b.note", "lost")]));
    let tar = &image.layers()[0].tar;
    for cut in [512 * 3 + 2, 512 * 2 + 100, 512 * 2] {
        let cut_image = of(Layer::raw(tar[..cut].to_vec()));
        let outcome = read(&cut_image.memory());
        assert_eq!(markers(&outcome), [("a.note:a.note".to_owned(), "kept".to_owned())], "{cut}");
        assert!(outcome.cacheable, "the digest is right: that is the layer");
        assert_eq!(kinds(&outcome).contains(&ProblemKind::Truncated), cut != 1024, "{cut}");
    }
    // The stored bytes end early: the digest cannot be told.
    for compression in [Compression::Gzip, Compression::Zstd] {
        let noise: Vec<u8> =
            (0..400_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut layer = Layer::of([Entry::file("a.note", "kept"), Entry::file("noise", noise)]);
        layer.compression = compression;
        let mut memory = of(layer).memory();
        let half = memory.stored[0].len() / 2;
        memory.stored[0] = memory.stored[0][..half].into();
        let outcome = read(&memory);
        assert_eq!(markers(&outcome), [("a.note:a.note".to_owned(), "kept".to_owned())]);
        assert!(!outcome.cacheable);
        assert_eq!(kinds(&outcome), [ProblemKind::Truncated], "{compression:?}");
    }
}

#[test]
fn stored_bytes_with_another_digest_are_a_mismatch() {
    let mut layer = Layer::of([Entry::file("a.note", "kept")]);
    layer.compression = Compression::None;
    let mut memory = of(layer).memory();
    let mut bytes = memory.stored[0].to_vec();
    let at = bytes.windows(4).position(|w| w == b"kept").unwrap();
    bytes[at] = b'K';
    memory.stored[0] = bytes.into();
    let outcome = read(&memory);
    assert!(kinds(&outcome).contains(&ProblemKind::DigestMismatch), "{:?}", outcome.facts.problems);
    assert!(!outcome.cacheable);
}

#[test]
fn another_diff_id_than_the_configuration_names_is_a_mismatch() {
    let mut memory = of(Layer::of([Entry::file("a.note", "kept")])).memory();
    memory.manifest.layers[0].diff_id = Some(Digest::from_bytes([7; 32]));
    let outcome = read(&memory);
    assert_eq!(kinds(&outcome), [ProblemKind::DigestMismatch]);
    assert_eq!(markers(&outcome).len(), 1);
    assert!(!outcome.cacheable);
    memory.manifest.layers[0].diff_id = None;
    let outcome = read(&memory);
    assert_eq!(kinds(&outcome), []);
    assert!(!outcome.cacheable, "nobody would find it again");
}

#[test]
fn garbage_behind_the_end_is_read_for_the_digest_and_said() {
    let mut tar = Layer::of([Entry::file("a.note", "kept")]).tar();
    tar.extend_from_slice(&[0; 4096]);
    let padded = read(&of(Layer::raw(tar.clone())).memory());
    assert_eq!(kinds(&padded), []);
    tar.extend_from_slice(&Layer::of([Entry::file("hidden.note", "x")]).tar());
    let outcome = read(&of(Layer::raw(tar)).memory());
    assert_eq!(paths(&outcome), ["a.note"]);
    assert_eq!(kinds(&outcome), [ProblemKind::UnsafeEntry]);
    assert!(outcome.cacheable);
}

#[test]
fn a_bomb_is_stopped() {
    let limits = LayerLimits { bomb_floor: 1 << 20, bytes: 8 << 20, ..LayerLimits::default() };
    for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
        let mut layer =
            Layer::of([Entry::file("a.note", "kept"), Entry::file("bomb", vec![0; 20 << 20])]);
        layer.compression = compression;
        for threads in 1..=3 {
            let outcome = read_with(&of(layer.clone()).memory(), limits, MIN_MEMORY, threads);
            assert_eq!(markers(&outcome).len(), 1);
            assert_eq!(kinds(&outcome), [ProblemKind::LimitReached], "{compression:?}");
            assert!(!outcome.cacheable);
            assert!(outcome.facts.tar_bytes < 9 << 20);
            let is_ratio = outcome.facts.problems[0].message.contains("bomb");
            assert_eq!(is_ratio, compression != Compression::None);
        }
    }
}

#[test]
fn entries_beyond_the_limit_are_left_out_and_the_digest_is_still_right() {
    let entries = (0..3000).map(|i| Entry::file(format!("f{i:05}.note"), ""));
    let image = of(Layer::of(entries));
    let limits = LayerLimits { entries: 1000, ..LayerLimits::default() };
    let outcome = read_with(&image.memory(), limits, MIN_MEMORY, 2);
    assert_eq!(outcome.facts.paths.len(), 1000);
    assert_eq!(markers(&outcome).len(), 1000);
    assert_eq!(kinds(&outcome), [ProblemKind::LimitReached]);
    assert_eq!(outcome.facts.diff_id, image.layers()[0].diff_id);
    assert!(outcome.cacheable);
}

#[test]
fn problems_are_bounded() {
    let entries = (0..MAX_PROBLEMS + 500).map(|i| Entry::file(format!("../{i}"), ""));
    let outcome = read(&of(Layer::of(entries)).memory());
    assert_eq!(outcome.facts.problems.len(), MAX_PROBLEMS + 1);
    let last = outcome.facts.problems.last().unwrap();
    assert_eq!(last.message, "500 more problems in this layer are not listed");
    assert_eq!(last.kind, ProblemKind::UnsafeEntry);
}

#[test]
fn long_names_and_targets_are_refused() {
    let outcome = read(
        &of(Layer::of([
            Entry::file("x/".repeat(3000), ""),
            Entry::file("ok.note", ""),
            Entry::new("link", Node::Symlink("y/".repeat(3000))),
        ]))
        .memory(),
    );
    assert_eq!(paths(&outcome), ["link", "ok.note"]);
    assert_eq!(kinds(&outcome), [ProblemKind::LimitReached; 2]);
    assert!(outcome.facts.problems.iter().all(|p| p.path.as_ref().unwrap().len() < 300));
}

#[test]
fn a_gigabyte_line_needs_no_gigabyte() {
    struct OneLine(Vec<u8>, u64);
    impl Read for OneLine {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            if !self.0.is_empty() {
                let n = buf.len().min(self.0.len());
                buf[..n].copy_from_slice(&self.0[..n]);
                self.0.drain(..n);
                return Ok(n);
            }
            let n = buf.len().min(usize::try_from(self.1).unwrap());
            buf[..n].fill(b'a');
            self.1 -= n as u64;
            Ok(n)
        }
    }
    struct LongLine(ImageManifest, Vec<u8>);
    impl Image for LongLine {
        fn manifest(&self) -> &ImageManifest {
            &self.0
        }
        fn layer(&self, _: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(OneLine(self.1.clone(), 1 << 30)))
        }
    }
    let mut line = Entry::file("line.note", "");
    line.claimed_size = Some(1 << 30);
    let built = of(Layer::of([line]));
    let mut manifest = built.memory().manifest;
    manifest.layers[0].diff_id = None;
    let image = LongLine(manifest, built.layers()[0].tar[..512].to_vec());
    // The budget counts what is really held; `read_with` checks its peak.
    let outcome = read_with(&image, LayerLimits::default(), MIN_MEMORY, 2);
    assert_eq!(kinds(&outcome), [ProblemKind::LimitReached]);
    assert_eq!(outcome.facts.tar_bytes, (1 << 30) + 512);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_sound_facts(bytes: Vec<u8>, chunk in 1usize..2000) {
        let facts = walk_bytes(&bytes, chunk, &analyzers());
        prop_assert!(facts.paths.is_sound());
    }

    #[test]
    fn damage_anywhere_is_survived(at in 0usize..6000, byte: u8, chunk in 1usize..2000) {
        let mut tar = Layer::of([
            Entry::file("a.note", "x".repeat(700)),
            Entry::file("long/".repeat(40), "y"),
            Entry::new("l.note", Node::Hardlink("a.note".into())),
            Entry::file("b.hold", "z"),
        ]).tar();
        let at = at % tar.len();
        tar[at] = byte;
        let facts = walk_bytes(&tar, chunk, &analyzers());
        prop_assert!(facts.paths.is_sound());
        prop_assert!(facts.paths.len() <= 4);
    }
}
