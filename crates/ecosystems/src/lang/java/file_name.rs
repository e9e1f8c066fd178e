//! What the name of a jar says: `ARTIFACT-VERSION[-CLASSIFIER].EXTENSION`, as Maven repositories lay files
//! out. Where one ends and the next begins is a guess: both may hold dashes and digits.

/// A file name taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FileName<'a> {
    /// `log4j-core`.
    pub(super) artifact: &'a str,
    /// `2.14.1`.
    pub(super) version: Option<&'a str>,
    /// `sources`, `jdk8`, `linux-x86_64`.
    pub(super) classifier: Option<&'a str>,
}

/// Words that belong to a version and not to an artifact. Digits may follow.
const QUALIFIERS: &[&str] = &[
    "a",
    "alpha",
    "android",
    "ap",
    "b",
    "beta",
    "build",
    "cr",
    "dev",
    "ea",
    "empty",
    "final",
    "fp",
    "ga",
    "incubating",
    "jbossorg",
    "jre",
    "m",
    "milestone",
    "nohttp",
    "p",
    "patch",
    "pre",
    "preview",
    "r",
    "rc",
    "redhat",
    "release",
    "rev",
    "sec",
    "security",
    "snapshot",
    "sp",
    "stable",
    "v",
];

/// Words with which a classifier begins. Digits may follow.
const CLASSIFIERS: &[&str] = &[
    "aarch",
    "all",
    "bin",
    "bundle",
    "classes",
    "client",
    "debug",
    "dist",
    "embedded",
    "exec",
    "fat",
    "full",
    "hadoop",
    "indy",
    "jakarta",
    "jar",
    "java",
    "javadoc",
    "jdk",
    "js",
    "lib",
    "linux",
    "macos",
    "min",
    "native",
    "natives",
    "no_aop",
    "noaop",
    "nodeps",
    "osx",
    "plain",
    "runner",
    "scaladoc",
    "shaded",
    "shadow",
    "site",
    "sources",
    "standalone",
    "test",
    "tests",
    "uber",
    "windows",
    "with",
];

impl<'a> FileName<'a> {
    /// Takes the last part of a path apart.
    pub(super) fn parse(name: &'a str) -> Self {
        let name = name.rsplit('/').next().unwrap_or(name);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        // An underscore divides the names of OSGi bundles; in others it precedes Scala's version.
        let places = |divider: char| stem.match_indices(divider).map(|(at, _)| at);
        let mut fallback = None;
        for at in places('-').chain(places('_')) {
            let (artifact, rest) = (&stem[..at], &stem[at + 1..]);
            if artifact.is_empty() || !begins_version(rest) || ends_in_version(artifact) {
                continue;
            }
            if let Some((version, classifier)) = split_classifier(rest) {
                return Self { artifact, version: Some(version), classifier };
            }
            if stem.as_bytes()[at] == b'-' || fallback.is_none() {
                fallback = Some(Self { artifact, version: Some(rest), classifier: None });
            }
        }
        fallback.unwrap_or(Self { artifact: stem, version: None, classifier: None })
    }

    /// Whether the file holds documentation or sources and no program.
    pub(super) fn is_accompanying(&self) -> bool {
        self.classifier.is_some_and(|c| matches!(c, "sources" | "javadoc" | "scaladoc" | "site"))
    }
}

/// `2…`, `v2…`, `r09`.
fn begins_version(text: &str) -> bool {
    let digits = text.strip_prefix(['v', 'V', 'r', 'R']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// `org.eclipse.osgi_3.16.200.v2021`; not `scala-library_2.13`, whose version follows.
fn ends_in_version(text: &str) -> bool {
    text.rsplit_once('_').is_some_and(|(_, last)| {
        begins_version(last) && last.bytes().filter(|&c| c == b'.').count() >= 2
    })
}

/// Version and classifier, where every part between dashes is either.
fn split_classifier(text: &str) -> Option<(&str, Option<&str>)> {
    let mut parts = text.split('-');
    let mut end = parts.next().filter(|part| is_version_part(part))?.len();
    while let Some(part) = parts.next() {
        if is_one_of(CLASSIFIERS, part) {
            let versioned = parts.any(|part| begins_version(part) && part.contains('.'));
            return (!versioned).then_some((&text[..end], Some(&text[end + 1..])));
        }
        if !is_version_part(part) {
            return None;
        }
        end += 1 + part.len();
    }
    Some((&text[..end], None))
}

/// Digits, qualifiers, hashes and dates, joined by dots, underscores or plus signs.
fn is_version_part(part: &str) -> bool {
    !part.is_empty()
        && part.split(['.', '_', '+']).all(|piece| {
            let begins_with_digit = piece.starts_with(|c: char| c.is_ascii_digit());
            let is_hash = piece.len() >= 7 && piece.bytes().all(|c| c.is_ascii_hexdigit());
            (begins_with_digit && piece.bytes().all(|c| c.is_ascii_alphanumeric()))
                || is_hash
                || is_one_of(QUALIFIERS, piece)
        })
}

/// Whether `word` is one of `list`, with or without digits behind it, in any case.
fn is_one_of(list: &[&str], word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    list.iter().any(|known| known.eq_ignore_ascii_case(letters))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_real_jars_are_taken_apart() {
        for (name, artifact, version, classifier) in [
            ("log4j-core-2.14.1.jar", "log4j-core", "2.14.1", ""),
            ("log4j-1.2-api-2.14.1.jar", "log4j-1.2-api", "2.14.1", ""),
            ("guava-31.0-jre.jar", "guava", "31.0-jre", ""),
            ("spring-core-5.3.9.jar", "spring-core", "5.3.9", ""),
            ("spring-beans-4.0.0.RELEASE.jar", "spring-beans", "4.0.0.RELEASE", ""),
            ("hibernate-core-5.4.0.Final.jar", "hibernate-core", "5.4.0.Final", ""),
            (
                "netty-tcnative-boringssl-static-2.0.46.Final-linux-x86_64.jar",
                "netty-tcnative-boringssl-static",
                "2.0.46.Final",
                "linux-x86_64",
            ),
            ("guice-4.2.2-no_aop.jar", "guice", "4.2.2", "no_aop"),
            ("groovy-all-2.4.15-indy.jar", "groovy-all", "2.4.15", "indy"),
            ("scala-library_2.13-2.13.8.jar", "scala-library_2.13", "2.13.8", ""),
            ("jackson-module-scala_2.12-2.9.8.jar", "jackson-module-scala_2.12", "2.9.8", ""),
            ("kafka_2.13-2.8.0.jar", "kafka_2.13", "2.8.0", ""),
            ("app-0.0.1-SNAPSHOT.jar", "app", "0.0.1-SNAPSHOT", ""),
            ("app-0.0.1-20210902.101112-3.jar", "app", "0.0.1-20210902.101112-3", ""),
            (
                "plexus-container-default-1.0-alpha-9-stable-1.jar",
                "plexus-container-default",
                "1.0-alpha-9-stable-1",
                "",
            ),
            ("guava-r09.jar", "guava", "r09", ""),
            ("jsr305-3.0.2-sources.jar", "jsr305", "3.0.2", "sources"),
            ("hadoop-client-3.3.1-tests.jar", "hadoop-client", "3.3.1", "tests"),
            (
                "org.eclipse.osgi_3.16.200.v20210226-1447.jar",
                "org.eclipse.osgi",
                "3.16.200.v20210226-1447",
                "",
            ),
            ("json-20080701.jar", "json", "20080701", ""),
            ("bcprov-jdk15on-1.69.jar", "bcprov-jdk15on", "1.69", ""),
            ("x-1.0-jar-with-dependencies.jar", "x", "1.0", "jar-with-dependencies"),
            ("WEB-INF/lib/struts2-core-2.3.31.jar", "struts2-core", "2.3.31", ""),
            ("javax.servlet-api-3.1.0.jar", "javax.servlet-api", "3.1.0", ""),
            ("h2-1.4.200.jar", "h2", "1.4.200", ""),
            ("app.jar", "app", "", ""),
            ("log4j.jar", "log4j", "", ""),
            ("my-app.war", "my-app", "", ""),
            ("-1.jar", "-1", "", ""),
            ("", "", "", ""),
        ] {
            let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
            let expected =
                FileName { artifact, version: some(version), classifier: some(classifier) };
            assert_eq!(FileName::parse(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_never_panics(name: String) {
            let _ = FileName::parse(&name);
        }
    }
}
