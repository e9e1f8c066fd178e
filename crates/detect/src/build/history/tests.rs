#![allow(clippy::unwrap_used, reason = "tests")]

use plimsoll_model::Confidence;
use proptest::prelude::*;

use super::*;

pub(crate) fn entry(created_by: &str) -> HistoryEntry {
    HistoryEntry { created_by: created_by.into(), ..HistoryEntry::default() }
}

fn lines(entries: &[&str]) -> Vec<String> {
    let history: Vec<HistoryEntry> = entries.iter().map(|text| entry(text)).collect();
    read(&history, &ImageConfig::default()).instructions.iter().map(Instruction::line).collect()
}

#[test]
fn forms_of_builders() {
    assert_eq!(
        lines(&[
            "/bin/sh -c #(nop) ADD file:0123 in / ",
            "/bin/sh -c #(nop)  CMD [\"nginx\" \"-g\" \"daemon off;\"]",
            "/bin/sh -c apt-get update",
            "|2 A=1 B=two words /bin/sh -c make # x",
            "RUN /bin/sh -c apt install -y x # buildkit",
            "RUN |1 TOKEN=t /bin/bash -o pipefail -c a | b # buildkit",
            "COPY . /app # buildkit",
            "EXPOSE map[22/tcp:{} 80/tcp:{}]",
            "/bin/sh -c #(nop)  EXPOSE 443",
            "HEALTHCHECK &{[\"CMD-SHELL\" \"curl -k x\"] \"5s\" \"3s\" \"0s\" \"0s\" '\\x00'}",
            "SHELL [/bin/bash -o pipefail -c]",
            "RUN apt-get update",
            "cmd /S /C #(nop) USER ContainerUser",
            "cmd /S /C dir",
            "bazel build ...",
            "ko build ko://x",
            "bash",
        ]),
        [
            "ADD file:0123 /",
            "CMD [\"nginx\", \"-g\", \"daemon off;\"]",
            "RUN apt-get update",
            "RUN make # x",
            "RUN apt install -y x",
            "RUN a | b",
            "COPY . /app",
            "EXPOSE 22/tcp 80/tcp",
            "EXPOSE 443",
            "HEALTHCHECK CMD curl -k x",
            "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
            "RUN apt-get update",
            "USER ContainerUser",
            "RUN dir",
        ]
    );
}

#[test]
fn build_arguments_are_kept() {
    let history = [entry("|2 A=1 B=two words /bin/sh -c make")];
    let found = read(&history, &ImageConfig::default());
    let pairs: Vec<_> = found.instructions[0]
        .pairs
        .iter()
        .map(|p| (p.name.as_str(), p.value.as_deref().unwrap()))
        .collect();
    assert_eq!(pairs, [("A", "1"), ("B", "two words")]);
}

#[test]
fn tools_are_told_apart() {
    let mut nix = entry("");
    nix.comment = Some("store paths: ['/nix/store/x']".into());
    let mut kaniko = entry("RUN make");
    kaniko.author = Some("kaniko".into());
    let history = [
        entry("COPY a b # buildkit"),
        entry("/bin/sh -c x"),
        nix,
        kaniko,
        entry("jib-maven-plugin:3.4.0"),
        entry("apko"),
    ];
    let found = read(&history, &ImageConfig::default());
    use Builder::{Apko, BuildKit, Classic, Jib, Kaniko, Nix};
    assert_eq!(found.builders, [BuildKit, Classic, Nix, Kaniko, Jib, Apko]);
    assert_eq!((found.instructions.len(), found.opaque), (3, 3));
}

#[test]
fn base_images() {
    let at = |text: &str, created: &str, comment: Option<&str>| HistoryEntry {
        created: Some(created.into()),
        comment: comment.map(str::to_owned),
        ..entry(text)
    };
    let marks = |history: &[HistoryEntry]| -> Vec<Option<Confidence>> {
        let found = read(history, &ImageConfig::default());
        found.instructions.iter().map(|i| i.of_base.as_ref().map(|base| base.confidence)).collect()
    };
    let debian = "2024-01-01T00:00:00Z";
    let mine = "2024-02-01T00:00:00Z";
    let history = [
        at("/bin/sh -c #(nop) ADD file:0 in / ", debian, None),
        at("/bin/sh -c #(nop)  CMD [\"bash\"]", debian, None),
        at("RUN /bin/sh -c pip # buildkit", "2024-01-03T00:00:00Z", None),
        at("RUN /bin/sh -c mine # buildkit", mine, None),
    ];
    let (high, medium) = (Some(Confidence::High), Some(Confidence::Medium));
    assert_eq!(marks(&history), [high, high, medium, None]);
    // One build without a recognisable base.
    assert_eq!(
        marks(&[at("COPY a b # buildkit", mine, None), at("USER x", mine, None)]),
        [None, None]
    );
    // Buildah says it.
    let history =
        [at("RUN a", mine, None), at("/bin/sh -c b", mine, Some("FROM docker.io/library/x:1"))];
    assert_eq!(marks(&history), [high, None]);
}

proptest! {
    #[test]
    fn any_history(entries in proptest::collection::vec(
        "(\\|[0-9] |RUN |/bin/sh -c |#\\(nop\\) |CMD |EXPOSE map\\[|HEALTHCHECK &\\{|COPY |ü|[a-z\\[\\]\"=/ ]){0,8}", 0..6)
    ) {
        let history: Vec<HistoryEntry> = entries.iter().map(|text| entry(text)).collect();
        let _ = read(&history, &ImageConfig::default());
    }
}
