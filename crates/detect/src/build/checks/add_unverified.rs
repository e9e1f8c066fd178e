//! Downloads of `ADD` without a checksum.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-add-unverified",
    title: "ADD downloads something that nothing verifies",
    class: Class::Verification,
    severity: Severity::Medium,
    why: "Whoever controls the server, or the connection where it is plain HTTP, decides what gets into the image.",
    advice: "Give --checksum=sha256:…; for git a full commit.",
    aliases: &["CIS-DI-0009", "CIS 4.11"],
    references: &["https://docs.docker.com/reference/dockerfile/#add---checksum"],
    fails: &[
        "FROM debian:12\nADD https://example.com/x.tar.gz /x/",
        "FROM a:1\nADD http://example.com/x /x",
    ],
    passes: &[
        "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/x.tar.gz /x/",
        "FROM a:1\nADD x.tar /x\nADD https://github.com/a/b.git#0123456789012345678901234567890123456789 /x",
        "FROM a:1\nADD $URL /x",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Add]) {
        if instruction.flag("checksum").is_some() {
            continue;
        }
        for source in instruction.sources().filter(|source| add::is_remote(&source.value)) {
            let commit = source.value.rsplit(['#', '@']).next().unwrap_or_default();
            if commit.len() >= 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()) {
                continue;
            }
            let hit = hits.at(instruction, source.at, format!("nothing verifies {}", source.value));
            if source.value.starts_with("http://") {
                hit.severity(Severity::High);
            }
        }
    }
}
