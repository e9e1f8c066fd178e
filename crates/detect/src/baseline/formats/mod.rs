//! Configuration formats: parsers with limits, and the one shape that they all end in, a list of named settings
//! with file and line. Nginx and Apache keep their trees.

mod erlang;
pub(crate) mod hadoop;
pub(crate) mod hcl;
pub(crate) mod httpd;
pub(crate) mod ini;
pub(crate) mod lines;
pub(crate) mod load;
pub(crate) mod nginx;
pub(crate) mod php;
pub(crate) mod properties;
pub(crate) mod sudoers;
pub(crate) mod toml;
pub(crate) mod tree;
pub(crate) mod words;
pub(crate) mod xml;
pub(crate) mod yaml;

pub(crate) use load::load;

/// Most settings of one file; what follows is reported as not looked at.
pub const MAX_ENTRIES: usize = 20_000;
/// Deepest nesting of blocks, sections, elements and collections.
pub const MAX_DEPTH: usize = 64;

/// Where a setting stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// In a file.
    File,
    /// In the entry point or command of the image.
    Command,
}

/// A setting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its name; sections and parents before it, joined by dots.
    pub name: String,
    /// Its value, without quotes.
    pub value: String,
    /// File; empty for the command line.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
    /// Where it stands.
    pub source: Source,
}

/// What a parser of settings makes of a text: name, value and line.
pub(crate) type Settings = Vec<(String, String, u32)>;

/// A text that does not follow its format, as a lower-case fragment.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub String);

/// How a configuration is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// `Keyword arguments`; the first value counts; `Include` and `Match` (`sshd_config(5)`).
    Sshd,
    /// `keyword arguments`; the last value counts; `include`.
    Redis,
    /// `keyword arguments`, nothing included.
    Words,
    /// `key = value`, nothing included; `#` begins a comment.
    Equals,
    /// `key = 'value'` with `include`, `include_if_exists` and `include_dir`.
    Postgres,
    /// Java properties.
    Properties,
    /// `[section]` and `key = value`.
    Ini,
    /// As `Ini`, with `!include` and `!includedir`; `_` and `-` are the same.
    MySql,
    /// As `Ini`, sections without meaning.
    Php,
    /// YAML, and JSON as part of it.
    Yaml,
    /// TOML.
    Toml,
    /// `<property><name>…</name><value>…</value></property>`.
    Hadoop,
    /// HashiCorp's language, or JSON where it begins with a brace.
    Hcl,
    /// Erlang terms `[{app, [{key, value}]}].`
    Erlang,
    /// Python assignments `c.Class.name = value`, or JSON where it begins with a brace.
    Python,
}

impl Format {
    /// Whether the first of several settings of one name counts.
    #[must_use]
    pub fn first_wins(self) -> bool {
        self == Format::Sshd
    }

    /// Whether a value is put in when the program starts.
    #[must_use]
    pub fn is_dynamic(self, value: &str) -> bool {
        let value = value.trim();
        value.contains("${")
            || value.contains("{{")
            || value.contains("$(")
            || value.contains("$__")
    }

    /// The settings of one text, includes not followed.
    ///
    /// # Errors
    /// Where the text does not follow the format.
    pub fn parse(self, text: &str) -> Result<Vec<(String, String, u32)>, FormatError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_json = text.trim_start().starts_with('{');
        let mut settings = match self {
            Format::Sshd => lines::sshd(text),
            Format::Redis | Format::Words => lines::words(text),
            Format::Equals | Format::Postgres => lines::equals(text),
            Format::Properties => properties::parse(text),
            Format::Ini => ini::parse(text, ini::Dialect::Plain),
            Format::MySql => ini::parse(text, ini::Dialect::MySql),
            Format::Php => ini::parse(text, ini::Dialect::Php),
            Format::Yaml => yaml::parse(text)?,
            Format::Toml => toml::parse(text)?,
            Format::Hadoop => hadoop::parse(text)?,
            Format::Hcl | Format::Python if is_json => yaml::parse(text)?,
            Format::Hcl => hcl::parse(text)?,
            Format::Erlang => erlang::parse(text)?,
            Format::Python => lines::python(text),
        };
        if settings.len() > MAX_ENTRIES {
            settings.truncate(MAX_ENTRIES);
            return Err(FormatError(format!("more than {MAX_ENTRIES} settings in one file")));
        }
        Ok(settings)
    }
}

/// Puts a text through every parser of configuration, for fuzzing: none may panic or hang.
pub fn parse_any(text: &str) {
    for format in [
        Format::Sshd,
        Format::Redis,
        Format::Words,
        Format::Equals,
        Format::Postgres,
        Format::Properties,
        Format::Ini,
        Format::MySql,
        Format::Php,
        Format::Yaml,
        Format::Toml,
        Format::Hadoop,
        Format::Hcl,
        Format::Erlang,
        Format::Python,
    ] {
        let _ = format.parse(text);
    }
    let _ = nginx::parse(text, "x");
    let _ = httpd::parse(text, "x");
    let _ = php::parse(text);
    let _ = xml::parse(text);
    let _ = sudoers::parse(text);
    let _ = words::split(text);
    let _ = super::checks::packages::apt_conf(text);
}

/// Longest name of a setting, or part of one, that is kept: what nobody writes is only a way to use up memory.
pub(crate) const MAX_NAME: usize = 256;

/// The beginning of a text that may be a name.
pub(crate) fn capped(text: &str) -> &str {
    let mut end = text.len().min(MAX_NAME);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Offsets of line breaks: lines of many offsets at once.
pub(crate) struct LineIndex(Vec<usize>);

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    /// The line of a byte offset, 1-based.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        self.0.partition_point(|&at| at < offset) as u32 + 1
    }
}

/// The line of a byte offset, 1-based.
pub(crate) fn line_of(text: &str, offset: usize) -> u32 {
    let end = offset.min(text.len());
    memchr::memchr_iter(b'\n', &text.as_bytes()[..end]).count() as u32 + 1
}

#[cfg(test)]
mod tests;
