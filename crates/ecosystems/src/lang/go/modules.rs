//! The module list of a program: lines of fields divided by tabs (Go's `runtime/debug`,
//! `BuildInfo.String`).

/// Most modules that are kept of one program.
const MAX_MODULES: usize = 20_000;

/// Longest path or version that is believed.
const MAX_NAME: usize = 512;

/// What Go writes in place of a version that it does not know. It compares with nothing.
pub(super) const DEVEL: &str = "(devel)";

/// What the list says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Modules<'a> {
    /// Path of the main package.
    pub(super) path: &'a str,
    /// The main module.
    pub(super) main: Option<Module<'a>>,
    /// What it was built with.
    pub(super) dependencies: Vec<Module<'a>>,
    /// Flags given to the linker.
    pub(super) linker_flags: Option<String>,
    /// How many lines could not be understood.
    pub(super) lost: usize,
}

/// A module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Module<'a> {
    /// The path by which packages are imported.
    pub(super) path: &'a str,
    /// `v1.2.3`, or `(devel)`.
    pub(super) version: &'a str,
    /// What stands in for it.
    pub(super) replacement: Option<(&'a str, &'a str)>,
}

impl<'a> Module<'a> {
    /// Path and version of the code that is really there. A folder that stands in for a module has no
    /// version: then the path is the module's own, and the version [`DEVEL`].
    pub(super) fn actual(&self) -> (&'a str, &'a str) {
        match self.replacement {
            Some((_, "" | DEVEL)) => (self.path, DEVEL),
            Some(replacement) => replacement,
            None => (self.path, self.version),
        }
    }
}

impl<'a> Modules<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        enum Last {
            None,
            Main,
            Dependency,
        }
        let mut list = Self::default();
        let mut last = Last::None;
        for line in text.lines() {
            let mut fields = line.split('\t');
            let kind = fields.next().unwrap_or_default();
            let (path, version) =
                (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            let is_module =
                is_path(path) && version.len() <= MAX_NAME && !version.contains(char::is_control);
            match kind {
                "path" if path.len() <= MAX_NAME => list.path = path,
                "mod" if is_module => {
                    list.main = Some(Module { path, version, replacement: None });
                    last = Last::Main;
                }
                "dep" if is_module && list.dependencies.len() < MAX_MODULES => {
                    list.dependencies.push(Module { path, version, replacement: None });
                    last = Last::Dependency;
                }
                "=>" if is_module => {
                    let module = match last {
                        Last::Main => list.main.as_mut(),
                        Last::Dependency => list.dependencies.last_mut(),
                        Last::None => None,
                    };
                    match module {
                        Some(module) => module.replacement = Some((path, version)),
                        None => list.lost += 1,
                    }
                }
                "build" => {
                    if let Some((key, value)) = path.split_once('=')
                        && key.trim_matches('"') == "-ldflags"
                    {
                        list.linker_flags = Some(unquote(value));
                    }
                }
                "" => {}
                _ => list.lost += 1,
            }
        }
        list
    }

    /// The version that the linker was told to set, where it is of the main module: `-X …version=1.2.3`.
    pub(super) fn linked_version(&self) -> Option<String> {
        let flags = self.linker_flags.as_deref()?;
        let mut best: Option<(usize, String)> = None;
        for assignment in assignments(flags) {
            let Some((name, value)) = assignment.split_once('=') else { continue };
            let (package, variable) = name.rsplit_once('.').unwrap_or(("", name));
            let Some(rank) =
                version_rank(package, variable, self.main.map_or("", |main| main.path))
            else {
                continue;
            };
            let Some(version) = as_version(value) else { continue };
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                best = Some((rank, version));
            }
        }
        best.map(|(_, version)| version)
    }
}

/// Whether `path` can be the path of a module or a folder.
fn is_path(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= MAX_NAME
        && !path.contains(|c: char| c.is_control() || c == ' ')
}

/// The values of all `-X` flags.
fn assignments(flags: &str) -> impl Iterator<Item = String> {
    let words = split_words(flags);
    let mut follows = false;
    words.into_iter().filter_map(move |word| {
        if std::mem::take(&mut follows) {
            return Some(word);
        }
        let flag = word.strip_prefix('-')?;
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        if flag == "X" {
            follows = true;
            return None;
        }
        flag.strip_prefix("X=").map(str::to_owned)
    })
}

/// Words as the linker takes them: divided by blanks, except within quotes.
fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            None => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// How well a variable says the program's version; the lowest is best. `None` where it does not.
fn version_rank(package: &str, variable: &str, main: &str) -> Option<usize> {
    const NAMES: [&str; 10] = [
        "version",
        "appversion",
        "buildversion",
        "gitversion",
        "releaseversion",
        "programversion",
        "binaryversion",
        "versionstring",
        "ver",
        "gittag",
    ];
    let variable = variable.to_ascii_lowercase().replace('_', "");
    let rank = NAMES.iter().position(|name| *name == variable)?;
    // A version set in somebody else's package is that package's.
    let own = package == "main" || (!main.is_empty() && package.starts_with(main));
    Some(if own { rank } else { rank + NAMES.len() }).filter(|_| own || !package.contains('.'))
}

/// `v1.2.3` out of `1.2.3`, `v1.2.3-4-gabc`, `release-1.2.3`; `None` where it is no version.
fn as_version(value: &str) -> Option<String> {
    let start = value.find(|c: char| c.is_ascii_digit())?;
    let before = &value[..start];
    let fits =
        matches!(before, "" | "v" | "V" | "release-" | "version-" | "release-v" | "version/");
    let number = value[start..].split(|c: char| c.is_whitespace()).next()?;
    let core = number.split(['-', '+']).next()?;
    let mut parts = 0;
    let numeric = core.split('.').all(|part| {
        parts += 1;
        !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit())
    });
    let safe = number.bytes().all(|c| c.is_ascii_alphanumeric() || b".-+".contains(&c));
    (fits && numeric && safe && (2..=3).contains(&parts) && number.len() <= 128)
        .then(|| format!("v{core}{}{}", if parts == 2 { ".0" } else { "" }, &number[core.len()..]))
}

/// A value that Go may have quoted.
fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.trim_matches('`').to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('t' | 'n') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = "path\texample.org/app/cmd/app\n\
        mod\texample.org/app\t(devel)\t\n\
        dep\tgolang.org/x/net\tv0.1.0\th1:abc=\n\
        dep\tgithub.com/a/fork\tv1.0.0\n\
        =>\tgithub.com/b/fork\tv1.0.1\th1:def=\n\
        dep\texample.org/local\tv0.0.0\n\
        =>\t./local\t\n\
        build\t-compiler=gc\n\
        build\t-ldflags=\"-s -w -X main.version=1.2.3 -X 'example.org/app/info.Commit=abc' -X other.org/x.Version=9.9.9\"\n";

    #[test]
    fn what_replaces_a_module_counts() {
        let list = Modules::parse(LIST);
        assert_eq!((list.path, list.lost), ("example.org/app/cmd/app", 0));
        assert_eq!(list.main.unwrap().actual(), ("example.org/app", "(devel)"));
        let actual: Vec<_> = list.dependencies.iter().map(Module::actual).collect();
        assert_eq!(
            actual,
            [
                ("golang.org/x/net", "v0.1.0"),
                ("github.com/b/fork", "v1.0.1"),
                ("example.org/local", DEVEL),
            ]
        );
        assert_eq!(list.linked_version().as_deref(), Some("v1.2.3"));
    }

    #[test]
    fn versions_set_by_the_linker() {
        for (flags, expected) in [
            ("-X main.Version=v2.0.1", Some("v2.0.1")),
            ("-X=main.version=1.4", Some("v1.4.0")),
            ("--X main.version=release-1.4.2", Some("v1.4.2")),
            ("-X main.version=1.2.3-4-gabcdef0", Some("v1.2.3-4-gabcdef0")),
            ("-X main.version=dev -X main.gitVersion=v3.1.0+k3s1", Some("v3.1.0+k3s1")),
            ("-X example.org/app/internal/version.version=5.0.0", Some("v5.0.0")),
            ("-X github.com/other/lib.version=5.0.0", None),
            ("-X main.goVersion=1.20.1", None),
            ("-X main.version=2023-01-02", None),
            ("-X main.version=", None),
            ("-X", None),
            ("-s -w", None),
        ] {
            let text = format!("mod\texample.org/app\t(devel)\t\nbuild\t-ldflags=\"{flags}\"\n");
            assert_eq!(Modules::parse(&text).linked_version().as_deref(), expected, "{flags}");
        }
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text: String) {
            let _ = Modules::parse(&text).linked_version();
        }

        #[test]
        fn any_lines_never_panic(text in "((path|mod|dep|=>|build)(\t[-a-z./=\"\\\\ X0-9]{0,12}){0,3}\n){0,20}") {
            let _ = Modules::parse(&text).linked_version();
        }
    }
}
