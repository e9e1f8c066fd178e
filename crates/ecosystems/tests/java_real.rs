//! Real jars of Maven Central. They are fetched with `mvn` into the local repository, so the tests pass
//! with a notice where it is missing or the repository cannot be reached.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    io::{Cursor, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use plimsoll_ecosystems::lang::java::parse_archive;
use plimsoll_model::{Confidence, PackageEvidence};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The jar `group:artifact:version` out of the local repository, where `mvn` puts it.
fn jar(coordinates: &str) -> Option<Vec<u8>> {
    let [group, artifact, version] = coordinates.split(':').collect::<Vec<_>>().try_into().unwrap();
    let home = PathBuf::from(std::env::var_os("HOME")?);
    let path = home
        .join(".m2/repository")
        .join(group.replace('.', "/"))
        .join(artifact)
        .join(version)
        .join(format!("{artifact}-{version}.jar"));
    if !path.exists() {
        let fetched = Command::new("mvn")
            .args(["-q", "-B", "dependency:get", "-Dtransitive=false"])
            .arg(format!("-Dartifact={coordinates}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !fetched.is_ok_and(|status| status.success()) {
            println!("skipped: mvn cannot fetch {coordinates}");
            return None;
        }
    }
    fs::read(path).ok()
}

#[test]
fn real_jars_are_what_their_coordinates_say() {
    let installed = PackageEvidence::Installed;
    for (coordinates, confidence, evidence) in [
        ("org.apache.logging.log4j:log4j-core:2.14.1", Confidence::High, installed),
        ("com.google.guava:guava:31.0-jre", Confidence::High, installed),
        ("org.yaml:snakeyaml:1.26", Confidence::High, installed),
        ("commons-collections:commons-collections:3.2.1", Confidence::High, installed),
        // Built by Gradle: their coordinates are not in them, but the first is known by its digest.
        ("org.springframework:spring-core:5.3.9", Confidence::High, PackageEvidence::Digest),
        ("org.springframework:spring-core:5.3.8", Confidence::Medium, installed),
    ] {
        let Some(bytes) = jar(coordinates) else { return };
        let (name, version) = coordinates.rsplit_once(':').unwrap();
        let artifact = name.split(':').nth(1).unwrap();
        let (packages, problems) =
            parse_archive(&bytes, &format!("{artifact}-{version}.jar")).into_parts();
        assert_eq!(problems, []);
        let own = packages.iter().find(|p| p.app.as_ref().unwrap().inside.is_empty()).unwrap();
        let app = own.app.as_ref().unwrap();
        assert_eq!((own.name.as_str(), own.version.as_str()), (name, version));
        assert_eq!((app.confidence, app.evidence), (confidence, evidence));
        assert_eq!(packages.len(), 1, "{packages:?}");
    }
}

#[test]
fn a_renamed_jar_is_still_known() {
    let Some(log4j) = jar("org.apache.logging.log4j:log4j-core:2.14.1") else { return };
    let Some(spring) = jar("org.springframework:spring-core:5.3.9") else { return };
    let mut war = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in [("WEB-INF/lib/a.jar", &log4j), ("WEB-INF/lib/b.jar", &spring)] {
        war.start_file(name, options).unwrap();
        war.write_all(content).unwrap();
    }
    let war = war.finish().unwrap().into_inner();
    let (packages, problems) = parse_archive(&war, "ROOT.war").into_parts();
    assert_eq!(problems, []);
    let rows: Vec<_> = packages
        .iter()
        .map(|p| (p.name.as_str(), p.version.as_str(), p.app.as_ref().unwrap().inside.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("org.apache.logging.log4j:log4j-core", "2.14.1", "WEB-INF/lib/a.jar"),
            ("org.springframework:spring-core", "5.3.9", "WEB-INF/lib/b.jar"),
        ]
    );
}
