//! Reads a service's configuration with the files that it includes, and what its command line sets.

use plimsoll_model::{ImageText, ProblemKind};

use super::{Entry, Format, FormatError, Source, tree::Directive};
use crate::{
    baseline::{
        image::Image,
        service::{Config, Service, malformed},
    },
    paths::resolve,
};

/// Most files that one configuration may include.
pub(crate) const MAX_INCLUDES: usize = 256;
/// Most settings or directives of one configuration with all that it includes.
pub(crate) const MAX_TOTAL: usize = 100_000;
/// How deep files may include one another.
pub(crate) const MAX_INCLUDE_DEPTH: usize = 10;

/// All configurations of a service.
pub(crate) fn load(service: &Service, image: &Image<'_>) -> Vec<Config> {
    let mut configs: Vec<Config> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for glob in service.files {
        for (name, text) in image.matching(glob) {
            if seen.contains(&text.path.as_str()) {
                continue;
            }
            seen.push(&text.path);
            let mut reading = Reading {
                image,
                format: service.format,
                entries: Vec::new(),
                incomplete: false,
                files: 0,
            };
            reading.file(&name, text, 0);
            if service.format == Format::Php {
                for folder in scanned(&name) {
                    for (name, text) in image.matching(&folder) {
                        reading.file(&name, text, 1);
                    }
                }
            }
            let Reading { entries, incomplete, .. } = reading;
            match configs.last_mut().filter(|_| service.merged) {
                Some(config) => {
                    config.entries.extend(entries);
                    config.incomplete |= incomplete;
                }
                None => configs.push(Config { path: Some(text.path.clone()), entries, incomplete }),
            }
        }
    }
    if let Some(arguments) = image.arguments(service.programs) {
        let entries = options(arguments);
        if configs.is_empty() {
            // A file that the image has but that no check knows: what is set there is not known.
            let incomplete = arguments.iter().any(|word| names_a_file(word));
            configs.push(Config { path: None, entries: Vec::new(), incomplete });
        }
        for config in &mut configs {
            config.entries.extend(entries.iter().cloned());
        }
    }
    configs
}

/// The files that PHP reads after its `php.ini`, in the order of their names: the folder is given when it is built, and
/// is one of these in distributions and the official images.
fn scanned(ini: &str) -> Vec<String> {
    let folder = ini.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = format!("{folder}/conf.d/*.ini");
    if ini == "etc/php.ini" { vec!["etc/php.d/*.ini".to_owned(), beside] } else { vec![beside] }
}

fn names_a_file(word: &str) -> bool {
    let word = word.rsplit('=').next().unwrap_or(word);
    word.starts_with('/')
        && [
            ".conf",
            ".cnf",
            ".cfg",
            ".ini",
            ".yml",
            ".yaml",
            ".json",
            ".properties",
            ".toml",
            ".hcl",
        ]
        .iter()
        .any(|end| word.ends_with(end))
}

/// `--name value`, `--name=value`, `-name=value`, `-Dname=value`, `-E name=value`, `-x value`; a switch without a
/// value is `true`, or `false` as `--no-name`.
pub(crate) fn options(arguments: &[String]) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut put = |name: &str, value: &str| {
        let (name, value) = (name.to_owned(), value.to_owned());
        out.push(Entry { name, value, path: String::new(), line: 0, source: Source::Command });
    };
    let mut rest = arguments.iter().peekable();
    while let Some(word) = rest.next() {
        if matches!(word.as_str(), "&&" | ";" | "||" | "|") {
            break;
        }
        let value = |rest: &mut std::iter::Peekable<std::slice::Iter<'_, String>>| {
            rest.next_if(|next| !next.starts_with('-') || next.len() == 1).cloned()
        };
        if let Some(name) = word.strip_prefix("--") {
            match name.split_once('=') {
                Some((name, value)) => put(name, value),
                None => {
                    let given = value(&mut rest).unwrap_or_else(|| "true".to_owned());
                    put(name, &given);
                }
            }
        } else if matches!(word.as_str(), "-D" | "-E" | "-o" | "-c" | "-g") {
            if let Some(pair) = value(&mut rest) {
                match pair.split_once('=') {
                    Some((name, value)) => put(name, value),
                    None => put(word, &pair),
                }
            }
        } else if let Some((name, value)) = word
            .strip_prefix("-D")
            .or_else(|| word.strip_prefix("-E"))
            .and_then(|w| w.split_once('='))
        {
            put(name, value);
        } else if let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) {
            match name.split_once('=') {
                Some((name, value)) => put(name, value),
                None => {
                    let given = value(&mut rest).unwrap_or_else(|| "true".to_owned());
                    // Short options keep their dash: `-l` is another name than `l`.
                    put(if name.len() == 1 { word } else { name }, &given);
                }
            }
        }
    }
    out
}

struct Reading<'a, 'i> {
    image: &'a Image<'i>,
    format: Format,
    entries: Vec<Entry>,
    incomplete: bool,
    files: usize,
}

impl Reading<'_, '_> {
    fn total(&self) -> usize {
        self.entries.len()
    }

    fn file(&mut self, name: &str, text: &ImageText, depth: usize) {
        self.files += 1;
        if self.files > MAX_INCLUDES || depth > MAX_INCLUDE_DEPTH || self.total() > MAX_TOTAL {
            self.incomplete = true;
            let message = format!(
                "more than {MAX_INCLUDES} files, {MAX_INCLUDE_DEPTH} levels of them or {MAX_TOTAL} settings included"
            );
            self.image.problem(ProblemKind::LimitReached, Some(&text.path), message);
            return;
        }
        let settings = match self.format.parse(&text.text) {
            Ok(settings) => settings,
            Err(FormatError(message)) => {
                self.incomplete = true;
                malformed(self.image, &text.path, &message);
                return;
            }
        };
        for (key, value, line) in settings {
            if let Some(globs) = included(self.format, &key, &value, name) {
                let mut found = false;
                for glob in &globs {
                    for (name, text) in self.image.matching(glob) {
                        found = true;
                        self.file(&name, text, depth + 1);
                    }
                }
                let is_pattern = globs.iter().all(|glob| glob.contains('*'));
                if !found && !is_pattern && key != "include_if_exists" {
                    self.incomplete = true;
                }
                continue;
            }
            self.entries.push(Entry {
                name: key,
                value,
                path: text.path.clone(),
                line,
                source: Source::File,
            });
        }
    }
}

/// The files that a setting includes, where it is one that does.
fn included(format: Format, key: &str, value: &str, from: &str) -> Option<Vec<String>> {
    let value = value.trim();
    let one = |base: &str| vec![resolve(base, value)];
    Some(match format {
        Format::Sshd if key.eq_ignore_ascii_case("include") => {
            value.split_whitespace().map(|glob| resolve("etc/ssh/sshd_config", glob)).collect()
        }
        Format::Redis if key.eq_ignore_ascii_case("include") => one(from),
        Format::Postgres if matches!(key, "include" | "include_if_exists") => one(from),
        Format::Postgres if key == "include_dir" => {
            vec![format!("{}/*.conf", resolve(from, value))]
        }
        Format::MySql if key == "!include" => one(from),
        Format::MySql if key == "!includedir" => {
            vec![
                format!("{}/*.cnf", resolve(from, value)),
                format!("{}/*.ini", resolve(from, value)),
            ]
        }
        _ => return None,
    })
}

/// Nginx' and Apache's parsers.
pub(crate) type TreeParser = fn(&str, &str) -> Result<Vec<Directive>, FormatError>;

/// A tree of directives with the included files put in place. `prefix` is what relative names are relative to.
pub(crate) struct Tree<'a, 'i> {
    pub(crate) image: &'a Image<'i>,
    pub(crate) parser: TreeParser,
    pub(crate) prefix: String,
    pub(crate) includes: &'static [&'static str],
    pub(crate) incomplete: bool,
    files: usize,
    directives: usize,
}

impl<'a, 'i> Tree<'a, 'i> {
    pub(crate) fn new(
        image: &'a Image<'i>,
        parser: TreeParser,
        prefix: &str,
        includes: &'static [&'static str],
    ) -> Self {
        Self {
            image,
            parser,
            prefix: prefix.to_owned(),
            includes,
            incomplete: false,
            files: 0,
            directives: 0,
        }
    }

    fn total(&self) -> usize {
        self.directives
    }

    /// The directives of a file and of what it includes.
    pub(crate) fn read(&mut self, text: &ImageText, depth: usize) -> Vec<Directive> {
        self.files += 1;
        if self.files > MAX_INCLUDES || depth > MAX_INCLUDE_DEPTH || self.total() > MAX_TOTAL {
            self.incomplete = true;
            let message = format!(
                "more than {MAX_INCLUDES} files, {MAX_INCLUDE_DEPTH} levels of them or {MAX_TOTAL} settings included"
            );
            self.image.problem(ProblemKind::LimitReached, Some(&text.path), message);
            return Vec::new();
        }
        match (self.parser)(&text.text, &text.path) {
            Ok(directives) => self.place(directives, depth),
            Err(FormatError(message)) => {
                self.incomplete = true;
                malformed(self.image, &text.path, &message);
                Vec::new()
            }
        }
    }

    fn place(&mut self, directives: Vec<Directive>, depth: usize) -> Vec<Directive> {
        let mut out = Vec::with_capacity(directives.len());
        self.directives += directives.len();
        for mut directive in directives {
            let is_include =
                self.includes.iter().any(|name| name.eq_ignore_ascii_case(&directive.name));
            if is_include && !directive.is_block {
                let target = format!("{}/x", self.prefix.trim_end_matches('/'));
                let glob = resolve(&target, directive.first());
                let glob = if glob.ends_with('/') { format!("{glob}*") } else { glob };
                for (_, text) in self.image.matching(&glob) {
                    out.extend(self.read(text, depth + 1));
                }
                continue;
            }
            let block = std::mem::take(&mut directive.block);
            directive.block = self.place(block, depth);
            out.push(directive);
        }
        out
    }
}
