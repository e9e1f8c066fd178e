//! Which package a jar is, from its Maven descriptions, its manifest, its file name and its classes.

use plimsoll_model::{Confidence, PackageEvidence};

use super::{file_name::FileName, groups::group_of, manifest::Manifest};

/// Longest group or artifact that is believed.
const MAX_NAME: usize = 256;

/// Longest version that is believed.
const MAX_VERSION: usize = 128;

/// Most parts of a package name that are taken for a group.
const MAX_GUESSED_PARTS: usize = 3;

/// What a Maven description says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Coordinates {
    pub(super) group: String,
    pub(super) artifact: String,
    /// Empty where it is not said.
    pub(super) version: String,
    pub(super) licenses: Vec<String>,
    /// What its project file asks for, as `group:artifact`; `None` where there is no project file.
    pub(super) requires: Option<Vec<String>>,
}

impl Coordinates {
    /// Group and artifact from the folder `META-INF/maven/GROUP/ARTIFACT`.
    pub(super) fn of_folder(folder: &[u8]) -> Self {
        let mut parts = folder.rsplit(|&c| c == b'/').map(String::from_utf8_lossy);
        let mut part =
            || parts.next().filter(|part| is_name(part)).unwrap_or_default().into_owned();
        let artifact = part();
        Self { group: part(), artifact, ..Self::default() }
    }

    /// Takes over what `pom.properties` says.
    pub(super) fn properties(&mut self, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes).lines() {
            // Java's properties divide key and value by `=`, `:` or blanks.
            let line = line.trim();
            let Some((key, value)) = line.split_once(['=', ':']) else { continue };
            let value = value.trim();
            match key.trim() {
                "groupId" if is_name(value) => self.group = value.to_owned(),
                "artifactId" if is_name(value) => self.artifact = value.to_owned(),
                "version" if is_said_version(value) => self.version = value.to_owned(),
                _ => {}
            }
        }
    }
}

/// `group:artifact`, or the artifact alone.
pub(super) fn join_name(group: &str, artifact: &str) -> String {
    if group.is_empty() { artifact.to_owned() } else { format!("{group}:{artifact}") }
}

/// Whether `text` can be a group or artifact.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"._-".contains(&c))
}

/// Whether `text` can be a version where somebody wrote it down as such.
pub(super) fn is_said_version(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_VERSION
        && text.bytes().all(|c| c.is_ascii_graphic() && !b"${}<>\"'".contains(&c))
}

/// Whether `text` looks like a version.
pub(super) fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix(['v', 'V', 'r', 'R']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && is_said_version(text)
}

/// Which of the descriptions in a jar is its own; the others belong to what was shaded into it.
pub(super) fn main(
    described: &[Coordinates],
    file: &FileName<'_>,
    manifest: &Manifest,
) -> Option<usize> {
    let is_file = |c: &Coordinates| c.artifact.eq_ignore_ascii_case(file.artifact);
    let same_version = |c: &Coordinates| Some(c.version.as_str()) == file.version;
    let by_file = described.iter().position(|c| is_file(c) && same_version(c));
    if let Some(found) = by_file.or_else(|| described.iter().position(is_file)) {
        return Some(found);
    }
    let titles = [&manifest.short_name, &manifest.implementation_title];
    let titled = |c: &Coordinates| {
        titles.iter().any(|title| title.as_deref() == Some(c.artifact.as_str()))
            || manifest.bundle_name().is_some_and(|bundle| {
                bundle == c.artifact || bundle == format!("{}.{}", c.group, c.artifact)
            })
    };
    if let Some(found) = described.iter().position(titled) {
        return Some(found);
    }
    match described {
        // A jar called `server-2.0.jar` that holds `lib 1.1` is not `lib`, nor is one whose manifest says 2.0
        // (Groovy's, with a command-line parser inside).
        [only] if same_version(only) => Some(0),
        [only] if file.version.is_none() && !is_other_line(manifest.version(), &only.version) => {
            Some(0)
        }
        _ => None,
    }
}

/// What a jar is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Own {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) evidence: PackageEvidence,
    pub(super) confidence: Confidence,
}

/// What a jar is; `folder` is the folder that its classes share. `None` where nothing names a version.
pub(super) fn own(
    main: Option<&Coordinates>,
    file: &FileName<'_>,
    manifest: &Manifest,
    folder: &[u8],
) -> Option<Own> {
    let said = manifest.version();
    let named = file.version.filter(|version| is_version(version));
    if let Some(main) = main.filter(|main| !main.artifact.is_empty()) {
        let (group, artifact) = (main.group.clone(), main.artifact.clone());
        let evidence = PackageEvidence::Installed;
        let (version, confidence) = match main.version.as_str() {
            "" => (named.or(said)?, Confidence::Medium),
            version => (version, Confidence::High),
        };
        return Some(Own { group, artifact, version: version.to_owned(), evidence, confidence });
    }
    let version = named.or(said)?.to_owned();
    let mut artifact = match (&manifest.short_name, named) {
        (Some(plugin), _) if is_name(plugin) => plugin.clone(),
        (_, Some(_)) => file.artifact.to_owned(),
        _ => manifest
            .implementation_title
            .as_deref()
            .filter(|title| is_name(title) && !title.contains('.'))
            .unwrap_or(file.artifact)
            .to_owned(),
    };
    // Tomcat's own folder has short names for what repositories call `tomcat-catalina`.
    if manifest.implementation_title.as_deref() == Some("Apache Tomcat")
        && !artifact.starts_with("tomcat-")
    {
        artifact.insert_str(0, "tomcat-");
    }
    if !is_name(&artifact) {
        return None;
    }
    let evidence = if said.is_some() || manifest.bundle_name().is_some() {
        PackageEvidence::Installed
    } else {
        PackageEvidence::FileName
    };
    let (group, confidence) = group(&artifact, manifest, folder);
    // Two witnesses that contradict each other are worth less than one.
    let disputed = named.is_some_and(|named| {
        said.is_some_and(|said| !said.starts_with(named) && !named.starts_with(said))
    });
    let confidence = if disputed { Confidence::Low } else { confidence };
    Some(Own { group, artifact, version, evidence, confidence })
}

/// Whether `said` is of another line of versions than `version`: their first numbers differ. (What follows is
/// spelled in many ways: `31.0.0.jre` is how OSGi writes `31.0-jre`.)
fn is_other_line(said: Option<&str>, version: &str) -> bool {
    let first = |text: &str| -> Option<u64> {
        text.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok())
    };
    said.and_then(first).zip(first(version)).is_some_and(|(said, version)| said != version)
}

fn group(artifact: &str, manifest: &Manifest, folder: &[u8]) -> (String, Confidence) {
    let reverse_domain = |text: &&str| is_name(text) && text.contains('.');
    if let Some(group) = manifest.group_id.as_deref().filter(|group| is_name(group)) {
        return (group.to_owned(), Confidence::High);
    }
    if let Some(group) = group_of(artifact) {
        return (group.to_owned(), Confidence::Medium);
    }
    if let Some(group) = manifest.implementation_vendor_id.as_deref().filter(reverse_domain) {
        return (group.to_owned(), Confidence::Medium);
    }
    let guess = manifest
        .bundle_name()
        .filter(reverse_domain)
        .map(|bundle| without_last(bundle, artifact))
        .or_else(|| {
            let folder = std::str::from_utf8(folder).ok()?.replace('/', ".");
            let end = folder.match_indices('.').nth(MAX_GUESSED_PARTS - 1).map(|(at, _)| at);
            let folder = &folder[..end.unwrap_or(folder.len())];
            reverse_domain(&folder).then(|| without_last(folder, artifact))
        });
    (guess.unwrap_or_default(), Confidence::Low)
}

/// `org.example` of `org.example.tool`, where the artifact is `tool` or `example-tool`.
fn without_last(name: &str, artifact: &str) -> String {
    match name.rsplit_once('.') {
        Some((group, last)) if group.contains('.') && artifact.ends_with(last) => group.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest::parse(text.as_bytes())
    }

    #[track_caller]
    fn check(file: &str, text: &str, folder: &str, expected: &str, confidence: Confidence) {
        let file = FileName::parse(file);
        let own = own(None, &file, &manifest(text), folder.as_bytes()).unwrap();
        let name = format!("{}@{}", join_name(&own.group, &own.artifact), own.version);
        assert_eq!((name.as_str(), own.confidence), (expected, confidence));
    }

    #[test]
    fn a_jar_without_coordinates_is_named_by_what_it_has() {
        check(
            "spring-core-5.3.9.jar",
            "Implementation-Title: spring-core\nImplementation-Version: 5.3.9\n",
            "org/springframework",
            "org.springframework:spring-core@5.3.9",
            Confidence::Medium,
        );
        check(
            "spring-core.jar",
            "Implementation-Title: spring-core\nImplementation-Version: 5.3.9\n",
            "",
            "org.springframework:spring-core@5.3.9",
            Confidence::Medium,
        );
        check(
            "catalina.jar",
            "Implementation-Title: Apache Tomcat\nImplementation-Version: 9.0.30\n",
            "org/apache",
            "org.apache.tomcat:tomcat-catalina@9.0.30",
            Confidence::Medium,
        );
        check(
            "git.hpi",
            "Group-Id: org.jenkins-ci.plugins\nShort-Name: git\nPlugin-Version: 4.8.2\n",
            "",
            "org.jenkins-ci.plugins:git@4.8.2",
            Confidence::High,
        );
        check(
            "tool-1.2.jar",
            "",
            "org/example/tool/internal",
            "org.example:tool@1.2",
            Confidence::Low,
        );
        check(
            "log4j-core-2.14.1.jar",
            "Implementation-Version: 9\n",
            "",
            "org.apache.logging.log4j:log4j-core@2.14.1",
            Confidence::Low,
        );
        assert_eq!(own(None, &FileName::parse("app.jar"), &Manifest::default(), b""), None);
    }

    #[test]
    fn the_own_description_is_told_from_shaded_ones() {
        let of = |artifact: &str, version: &str| Coordinates {
            group: "g".into(),
            artifact: artifact.into(),
            version: version.into(),
            ..Coordinates::default()
        };
        let two = [of("lib", "1.1"), of("server", "2.0")];
        let none = Manifest::default();
        assert_eq!(main(&two, &FileName::parse("server-2.0.jar"), &none), Some(1));
        assert_eq!(main(&two, &FileName::parse("app.jar"), &none), None);
        let titled = manifest("Implementation-Title: server\n");
        assert_eq!(main(&two, &FileName::parse("app.jar"), &titled), Some(1));
        assert_eq!(main(&two[..1], &FileName::parse("app.jar"), &none), Some(0));
        assert_eq!(main(&two[..1], &FileName::parse("server-2.0.jar"), &none), None);
        let other = manifest("Implementation-Version: 2.4.3\n");
        assert_eq!(main(&two[..1], &FileName::parse("app.jar"), &other), None);
    }

    #[test]
    fn properties_without_values_do_not_count() {
        let mut of = Coordinates::of_folder(b"BOOT-INF/classes/META-INF/maven/org.example/app");
        of.properties(b"#Created by Maven\r\nversion=${project.version}\r\ngroupId: org.other\n");
        assert_eq!((&of.group[..], &of.artifact[..], &of.version[..]), ("org.other", "app", ""));
    }
}
