//! `ADD` where `COPY` would do.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-add",
    title: "ADD of plain files; COPY does what is meant",
    class: Class::Security,
    severity: Severity::Low,
    why: "ADD also downloads and unpacks: an archive among the sources, or a source that becomes an address, does more than copy, and may write where nobody expects it.",
    advice: "Use COPY. ADD is right for local archives that shall be unpacked, and for downloads with a checksum.",
    aliases: &["DL3020", "DS005", "AVD-DS-0005", "CIS-DI-0009", "CIS 4.9"],
    references: &["https://docs.docker.com/build/building/best-practices/#add-or-copy"],
    fails: &[
        "FROM debian:12\nADD app /app",
        "FROM a:1\nADD [\"x.py\", \"/x\"]",
        "FROM a:1\nADD . /src",
    ],
    passes: &[
        "FROM debian:12\nCOPY app /app",
        "FROM scratch\nADD rootfs.tar.xz /",
        "FROM a:1\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/x.bin /x",
        "FROM a:1\nADD https://github.com/moby/buildkit.git#v0.10.1 /x\nADD git@example.com:x/y.git /x",
        "FROM a:1\nADD $ARCHIVE /x\nADD *.tgz /x",
    ],
    run,
    ..Check::BASE
};

/// Names that builders unpack (identity, gzip, bzip2, xz, zstd).
const ARCHIVES: &[&str] = &[
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".tzst",
    ".gz",
    ".bz2",
    ".xz",
    ".lzma",
    ".tlz",
    ".tz",
    ".taz",
    ".tb2",
    ".tpz",
    ".t7z",
    ".tar.lzma",
    ".tar.lz",
];

/// Whether a source is an archive by its name.
pub(super) fn is_archive(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a source is fetched: an address or a git repository.
pub(super) fn is_remote(name: &str) -> bool {
    name.contains("://")
        || name.starts_with("git@")
        || (name.contains('@') && name.contains(".git"))
}

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Add]) {
        let sources: Vec<&Word> = instruction.sources().collect();
        let is_right = |source: &&&Word| {
            is_archive(&source.value)
                || is_remote(&source.value)
                || source.value.contains('$')
                // Histories of old builders do not keep the names.
                || source.value.starts_with("file:")
                || source.value.starts_with("multi:")
                || source.value.starts_with("dir:")
        };
        let plain: Vec<&Word> =
            sources.iter().filter(|source| !is_right(source)).copied().collect();
        let Some(first) = plain.first() else {
            // `dir:` is always a folder: COPY would have done.
            if let Some(folder) = sources.iter().find(|source| source.value.starts_with("dir:")) {
                let _ = folder;
                hits.on(instruction, "").confidence(Confidence::Medium);
            }
            continue;
        };
        let hit = hits.on(instruction, format!("ADD of {}, which COPY does", first.value));
        let corrected = instruction.line().replacen(&instruction.written, "COPY", 1);
        hit.corrected(corrected);
        let only_common = instruction
            .flags
            .iter()
            .all(|flag| matches!(flag.name.as_str(), "chown" | "chmod" | "link" | "exclude"));
        if let (Some((start, _)), true, true) =
            (plan.range(instruction), plain.len() == sources.len(), only_common)
        {
            hit.edit(start, start + instruction.written.len(), "COPY");
        }
    }
}
