use proptest::prelude::*;
use zip::CompressionMethod::{self, Deflated, Stored};

use super::*;
use crate::zip::tests::pack;

const LOG4J: &str = "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n";

fn properties(group: &str, artifact: &str, version: &str) -> (String, Vec<u8>) {
    let path = format!("META-INF/maven/{group}/{artifact}/pom.properties");
    (path, format!("groupId={group}\nartifactId={artifact}\nversion={version}\n").into_bytes())
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    pack(entries, Deflated)
}

fn log4j(method: CompressionMethod) -> Vec<u8> {
    let path = "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties";
    pack(&[(path, LOG4J.as_bytes()), ("org/apache/logging/log4j/core/A.class", b"")], method)
}

/// Name, version, place, who asks for it, directness.
type Row = (String, String, String, Vec<String>, Option<bool>);

fn rows(bytes: &[u8], name: &str) -> (Vec<Row>, usize) {
    let (packages, problems) = parse_archive(bytes, name).into_parts();
    let rows = packages
        .into_iter()
        .map(|package| {
            let app = package.app.unwrap();
            (package.name, package.version, app.inside, app.required_by, app.is_direct)
        })
        .collect();
    (rows, problems.len())
}

fn row(name: &str, version: &str, inside: &str) -> Row {
    (name.into(), version.into(), inside.into(), Vec::new(), None)
}

#[test]
fn a_spring_boot_jar_is_read_level_by_level() {
    let pom = b"<project><groupId>org.example</groupId><artifactId>app</artifactId><version>1.0</version>\
        <dependencies><dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId>\
        </dependency></dependencies></project>";
    for (outer, inner) in [(Stored, Deflated), (Deflated, Stored)] {
        let nested = log4j(inner);
        let spring = zip(&[("META-INF/MANIFEST.MF", b"Implementation-Version: 5.3.9\n")]);
        let boot = pack(
            &[
                ("META-INF/MANIFEST.MF", b"Spring-Boot-Version: 2.5.4\n"),
                ("META-INF/maven/org.example/app/pom.xml", pom),
                ("BOOT-INF/classes/org/example/App.class", b""),
                ("BOOT-INF/lib/log4j-core-2.14.1.jar", &nested),
                ("BOOT-INF/lib/spring-core-5.3.9.jar", &spring),
            ],
            outer,
        );
        let script = [b"#!/bin/bash\nexit\n".as_slice(), &boot].concat();
        for bytes in [&boot, &script] {
            let (rows, problems) = rows(bytes, "app.jar");
            let asked = vec!["org.example:app@1.0".to_owned()];
            let mut expected = [
                row("org.example:app", "1.0", ""),
                row(
                    "org.apache.logging.log4j:log4j-core",
                    "2.14.1",
                    "BOOT-INF/lib/log4j-core-2.14.1.jar",
                ),
                row(
                    "org.springframework:spring-core",
                    "5.3.9",
                    "BOOT-INF/lib/spring-core-5.3.9.jar",
                ),
            ];
            expected[1].3 = asked;
            expected[1].4 = Some(true);
            expected[2].4 = Some(false);
            assert_eq!((rows.as_slice(), problems), (expected.as_slice(), 0));
            // From front to back, the archive's own package is known last.
            let collector = parse_archive_stream(&mut bytes.as_slice(), "app.jar");
            let (mut streamed, problems) = collector.into_parts();
            streamed.rotate_right(1);
            assert_eq!(streamed, parse_archive(bytes, "app.jar").packages());
            assert_eq!(problems, []);
        }
    }
}

#[test]
fn what_was_shaded_into_a_jar_belongs_to_it() {
    let own = properties("g", "server", "2.0");
    let lib = properties("h", "lib", "1.1");
    let jar = zip(&[(&lib.0, &lib.1), (&own.0, &own.1)]);
    let war = zip(&[("WEB-INF/lib/server-2.0.jar", &jar)]);
    let (rows, problems) = rows(&war, "x.war");
    let mut shaded = row("h:lib", "1.1", "WEB-INF/lib/server-2.0.jar!/META-INF/maven/h/lib");
    shaded.3 = vec!["g:server@2.0".to_owned()];
    assert_eq!(rows, [row("g:server", "2.0", "WEB-INF/lib/server-2.0.jar"), shaded]);
    assert_eq!(problems, 0);
}

#[test]
fn nesting_is_followed_to_its_limit_and_no_further() {
    let mut bytes = log4j(Deflated);
    for level in 0..50 {
        bytes = zip(&[(&format!("level{level}.jar"), &bytes)]);
    }
    let (packages, problems) = parse_archive(&bytes, "deep.jar").into_parts();
    assert_eq!(packages, []);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, ProblemKind::LimitReached);
    assert!(problems[0].message.contains("12 deep"), "{problems:?}");

    let mut bytes = log4j(Deflated);
    for _ in 0..MAX_DEPTH - 1 {
        bytes = zip(&[("x.jar", &bytes)]);
    }
    let (packages, problems) = parse_archive(&bytes, "deep.jar").into_parts();
    assert_eq!((packages.len(), problems.len()), (1, 0));
    assert_eq!(packages[0].app.as_ref().unwrap().inside.matches("!/").count(), MAX_DEPTH - 2);
}

#[test]
fn a_bomb_costs_only_itself() {
    let zeros = vec![0u8; 64 << 20];
    let nested = log4j(Deflated);
    let bomb = zip(&[("a.jar", &zeros), ("lib/log4j-core-2.14.1.jar", &nested)]);
    let (packages, problems) = parse_archive(&bomb, "bomb.jar").into_parts();
    assert_eq!(packages.len(), 1);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, ProblemKind::LimitReached);
}

#[test]
fn the_same_archive_many_times_ends_at_the_limit() {
    // 80,000 archives.
    let mut bytes = log4j(Stored);
    for level in 0..3 {
        let names: Vec<String> = (0..200).map(|n| format!("level{level}n{n}.jar")).collect();
        let entries: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), bytes.as_slice()))
            .take(if level == 2 { 2 } else { 200 })
            .collect();
        bytes = zip(&entries);
    }
    let (packages, problems) = parse_archive(&bytes, "many.jar").into_parts();
    assert!(packages.len() <= MAX_ARCHIVES);
    assert!(problems.iter().any(|p| p.kind == ProblemKind::LimitReached), "{problems:?}");
}

#[test]
fn sources_and_the_runtime_itself_are_no_packages() {
    let own = properties("g", "a", "1");
    assert_eq!(rows(&zip(&[(&own.0, &own.1), ("g/A.java", b"")]), "a-1-sources.jar").0, []);
    let runtime =
        b"Implementation-Title: Java Runtime Environment\nImplementation-Version: 1.8.0_292\n";
    assert_eq!(
        rows(&zip(&[("META-INF/MANIFEST.MF", runtime), ("java/A.class", b"")]), "rt.jar").0,
        []
    );
}

#[test]
fn folders_are_shared_by_whole_parts() {
    assert_eq!(common(b"org/example/a", b"org/example/b"), 11);
    assert_eq!(common(b"org/example", b"org/examples"), 3);
    assert_eq!(common(b"org/example", b"org/example/b"), 11);
    assert_eq!(common(b"org", b"com"), 0);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse_archive(&bytes, "a-1.jar");
        let _ = parse_archive_stream(&mut &bytes[..], "a-1.jar");
    }

    #[test]
    fn a_damaged_jar_never_panics(at: prop::sample::Index, value: u8) {
        let mut bytes = zip(&[("BOOT-INF/lib/log4j-core-2.14.1.jar", &log4j(Stored))]);
        let at = at.index(bytes.len());
        bytes[at] = value;
        let (packages, _) = parse_archive(&bytes, "app.jar").into_parts();
        prop_assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
        let _ = parse_archive_stream(&mut &bytes[..], "app.jar");
    }
}
