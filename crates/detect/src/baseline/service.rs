//! Services whose safety is a matter of single settings: where a service keeps them, in which format, what its
//! command line overrides, and how one setting is judged.

use std::rc::Rc;

use plimsoll_model::ProblemKind;

use super::{
    Answer, Hit, Image,
    formats::{Entry, Format, Source, load},
};

/// Most settings of one file that one check with a pattern for names judges.
const MAX_SETTINGS: usize = 500;

/// A program and its configuration.
#[derive(Debug)]
pub struct Service {
    /// Short name, also the class of its checks.
    pub id: &'static str,
    /// Globs of its main configuration files.
    pub files: &'static [&'static str],
    /// Whether several such files make one configuration (later ones override) or each is one of its own.
    pub merged: bool,
    /// How they are written.
    pub format: Format,
    /// Programs whose command line sets things.
    pub programs: &'static [&'static str],
    /// Packages that tell its version.
    pub packages: &'static [&'static str],
    /// Environment variables that tell it where there is no package, separated by commas.
    pub version_env: &'static str,
}

/// How one setting is judged.
#[derive(Clone, Copy, Debug)]
pub struct SettingRule {
    /// Whose setting.
    pub service: &'static Service,
    /// Its names, any of which sets it; for formats with sections `section.name`.
    pub names: &'static [&'static str],
    /// Whether the names are those of several settings, each of which is judged. Otherwise they are names of one
    /// setting, and the value that counts is judged.
    pub several: bool,
    /// Environment variables that set it, where the program (or its usual image) reads one.
    pub env: &'static [&'static str],
    /// What counts where nothing sets it.
    pub default: Default,
    /// Which values are bad.
    pub bad: Bad,
    /// What to write instead, as it stands in the file.
    pub write: &'static str,
    /// Judge only where this holds.
    pub when: Option<fn(&Image<'_>, &Config) -> bool>,
}

/// The value where nothing sets it.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// Nothing is said: the check does not apply without the setting.
    Nothing,
    /// The documented default of every version.
    Is(&'static str),
    /// The documented default changed with a version: before, since.
    Changed((u32, u32), &'static str, &'static str),
}

/// Which values are bad. Compared without regard to case.
#[derive(Clone, Copy, Debug)]
pub enum Bad {
    /// These.
    Is(&'static [&'static str]),
    /// All but these.
    Not(&'static [&'static str]),
    /// Lists that hold one of these as a whole word (separated by commas, blanks, `:` or `+`), unless negated.
    Holds(&'static [&'static str]),
    /// Lists that lack this word.
    Lacks(&'static str),
    /// An address that listens everywhere.
    Everywhere,
    /// Being empty.
    Empty,
    /// A number below this.
    Below(i64),
    /// A number above this.
    Above(i64),
    /// What the function says.
    By(fn(&str) -> bool),
}

/// One configuration of a service: its entries in the order in which they are read.
#[derive(Debug)]
pub struct Config {
    /// The main file; `None` where only the command line or the environment says anything.
    pub path: Option<String>,
    /// Its settings.
    pub entries: Vec<Entry>,
    /// Whether an include file was missing or a limit was reached.
    pub incomplete: bool,
}

/// All configurations of a service.
#[derive(Debug)]
pub struct Loaded {
    /// One by one.
    pub configs: Vec<Config>,
}

impl Config {
    /// The entry that counts for one of the names.
    pub(crate) fn get(&self, format: Format, names: &[&str]) -> Option<&Entry> {
        let named = |entry: &&Entry| names.iter().any(|name| name_matches(&entry.name, name));
        let from_file = |entry: &&Entry| matches!(entry.source, Source::File);
        let command = self.entries.iter().rev().filter(|e| !from_file(e)).find(named);
        command.or_else(|| {
            let mut in_files = self.entries.iter().filter(from_file);
            if format.first_wins() { in_files.find(named) } else { in_files.rfind(named) }
        })
    }

    /// All entries of one of the names.
    pub(crate) fn all<'c>(&'c self, names: &'c [&'c str]) -> impl Iterator<Item = &'c Entry> {
        self.entries.iter().filter(|e| names.iter().any(|name| name_matches(&e.name, name)))
    }

    /// The value that counts.
    pub(crate) fn value(&self, format: Format, names: &[&str]) -> Option<&str> {
        self.get(format, names).map(|entry| entry.value.as_str())
    }
}

/// `*` stands for one section of any name, as in `*.guest ok`.
fn name_matches(name: &str, wanted: &str) -> bool {
    match wanted.strip_prefix("*.") {
        Some(rest) => {
            name.len() > rest.len() + 1
                && name
                    .get(name.len() - rest.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(rest))
                && name.as_bytes().get(name.len() - rest.len() - 1) == Some(&b'.')
        }
        // Short options differ by case: `-u` and `-U`.
        None if wanted.starts_with('-') => name == wanted,
        None => name.eq_ignore_ascii_case(wanted),
    }
}

impl Service {
    /// Its configurations in the image; parsed once.
    pub(crate) fn load(&'static self, image: &Image<'_>) -> Rc<Loaded> {
        if let Some(loaded) = image.loaded.borrow().get(self.id) {
            return Rc::clone(loaded);
        }
        let loaded = Rc::new(Loaded { configs: load(self, image) });
        image.loaded.borrow_mut().insert(self.id, Rc::clone(&loaded));
        loaded
    }

    /// Major and minor version, where the image tells.
    pub(crate) fn version(&self, image: &Image<'_>) -> Option<(u32, u32)> {
        image.version(self.packages, self.version_env)
    }
}

/// Judges one setting in every configuration of its service.
pub(crate) fn judge(rule: &SettingRule, image: &Image<'_>, answer: &mut Answer) {
    let service = rule.service;
    let loaded = service.load(image);
    let from_env = rule.env.iter().find_map(|name| Some((*name, image.env(name)?)));
    for config in &loaded.configs {
        if rule.when.is_some_and(|when| !when(image, config)) {
            continue;
        }
        if from_env.is_none() {
            judge_config(rule, image, config, answer);
        } else {
            answer.applies();
        }
    }
    if let Some((name, value)) = from_env {
        answer.applies();
        if rule.bad.is(value) {
            let hit = Hit::config("Env", format!("{name}={}", shown(name, value)));
            let change =
                format!("Set `{name}` otherwise, or set `{}` in the configuration", rule.write);
            answer.fail(hit.setting(name, shown(name, value), rule.write).change(change));
        }
    }
}

fn judge_config(rule: &SettingRule, image: &Image<'_>, config: &Config, answer: &mut Answer) {
    let name = rule.names.first().copied().unwrap_or_default();
    let main = config.path.as_deref();
    if rule.service.format == Format::Sshd {
        // A `Match` block overrides the rest for whom it matches.
        let names: Vec<String> = rule.names.iter().map(|name| format!("Match.{name}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for entry in config.all(&names).filter(|entry| rule.bad.is(&entry.value)) {
            answer.fail(entry.hit(rule.write));
        }
    }
    let entries = effective(rule, config);
    if !entries.is_empty() {
        answer.applies();
        for entry in entries {
            if rule.service.format.is_dynamic(&entry.value) {
                let (name, value) = (&entry.name, &entry.value);
                answer.unsure(
                    main,
                    format!("`{name}` is `{value}`, which is known when the program starts"),
                );
            } else if rule.bad.is(&entry.value) {
                answer.fail(entry.hit(rule.write));
            }
        }
        return;
    }
    let default = match rule.default {
        Default::Nothing => return,
        Default::Is(value) => value,
        Default::Changed(since, before, after) => {
            if rule.bad.is(before) == rule.bad.is(after) {
                after
            } else {
                match rule.service.version(image) {
                    Some(version) if version < since => before,
                    Some(_) => after,
                    None => {
                        let (major, minor) = since;
                        answer.unsure(main, format!(
                            "`{name}` is not set and its default changed with version {major}.{minor}, but nothing \
                             tells which version this is"
                        ));
                        return;
                    }
                }
            }
        }
    };
    answer.applies();
    if !rule.bad.is(default) {
        return;
    }
    if config.incomplete {
        answer.unsure(
            main,
            format!(
                "`{name}` is not set in what could be read, and a file that is included could not"
            ),
        );
        return;
    }
    let said = if default.is_empty() {
        "not set".to_owned()
    } else {
        format!("not set; the default is {default}")
    };
    let hit = match main {
        Some(path) => Hit { text: String::new(), ..Hit::file(path) }
            .change(format!("Add `{}` to /{path}", rule.write)),
        None => Hit::config("Cmd", image.command.join(" "))
            .change(format!("Give it a configuration or an option that sets `{}`", rule.write)),
    };
    answer.fail(hit.setting(name, said, rule.write));
}

/// The entries to judge: the one that counts, or of several settings each one's.
fn effective<'c>(rule: &SettingRule, config: &'c Config) -> Vec<&'c Entry> {
    if !rule.several {
        return config.get(rule.service.format, rule.names).into_iter().collect();
    }
    let mut names: Vec<&str> = Vec::new();
    for entry in config.all(rule.names) {
        if !names.contains(&entry.name.as_str()) && names.len() < MAX_SETTINGS {
            names.push(&entry.name);
        }
    }
    names.into_iter().filter_map(|name| config.get(rule.service.format, &[name])).collect()
}

/// Hides what may be a secret.
pub(crate) fn shown(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    let secret = ["pass", "secret", "token", "key", "auth"].iter().any(|part| name.contains(part));
    if secret && value.len() > 5 && !matches!(value, "false" | "disabled" | "optional" | "required")
    {
        format!("{}…", value.chars().next().unwrap_or_default())
    } else {
        value.to_owned()
    }
}

impl Entry {
    /// A failure in this entry, with what to write instead.
    pub(crate) fn hit(&self, write: &str) -> Hit {
        let value = shown(&self.name, &self.value);
        let hit = match &self.source {
            Source::File => {
                let change = format!("In /{}, line {}, write `{write}`", self.path, self.line);
                Hit::line(&self.path, self.line, format!("{} {value}", self.name)).change(change)
            }
            Source::Command => Hit::config("Cmd", format!("{} {value}", self.name))
                .change(format!("On the command line of the image, set `{write}` instead")),
        };
        hit.setting(&self.name, value, write)
    }
}

impl Bad {
    pub(crate) fn is(&self, value: &str) -> bool {
        let value = value.trim().trim_matches(['"', '\'']).trim();
        let one_of = |list: &[&str]| list.iter().any(|word| word.eq_ignore_ascii_case(value));
        let mut words = value
            .split([',', ' ', '\t', ':', '+', ';'])
            .filter(|word| !word.is_empty())
            .map(|word| word.trim_matches(['"', '\'', '[', ']']));
        match self {
            Bad::Is(list) => one_of(list),
            Bad::Not(list) => !one_of(list),
            Bad::Holds(list) => {
                words.any(|word| list.iter().any(|bad| bad.eq_ignore_ascii_case(word)))
            }
            Bad::Lacks(word) => !words.any(|have| have.eq_ignore_ascii_case(word)),
            Bad::Everywhere => is_everywhere(value),
            Bad::Empty => value.is_empty(),
            Bad::Below(limit) => value.parse::<i64>().is_ok_and(|n| n < *limit),
            Bad::Above(limit) => value.parse::<i64>().is_ok_and(|n| n > *limit),
            Bad::By(is) => is(value),
        }
    }
}

/// Whether a value of a bind setting means all interfaces.
pub(crate) fn is_everywhere(value: &str) -> bool {
    if value.is_empty() {
        return true;
    }
    value.split([',', ' ', '\t']).filter(|part| !part.is_empty()).any(|part| {
        let part = part.trim_matches(['"', '\'', '[', ']']);
        let part = part.rsplit_once("://").map_or(part, |(_, rest)| rest).trim_end_matches('/');
        // Redis writes `-::*` for "all, and it is no error where there is no IPv6".
        let part = part.trim_start_matches('-');
        part.starts_with("0.0.0.0")
            || matches!(part, "*" | "::" | "[::]" | "::*" | "0" | "_site_" | "_global_" | "::0")
            || part.starts_with("*:")
            || part.starts_with("[::]:")
            || part.starts_with(":::")
            || (part.starts_with(':')
                && part.len() > 1
                && part[1..].bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Whether a configuration of a service could not be parsed: recorded once, for all its checks.
pub(crate) fn malformed(image: &Image<'_>, path: &str, message: &str) {
    image.problem(
        ProblemKind::Malformed,
        Some(path),
        format!("{message}; no check could judge what it sets"),
    );
}
