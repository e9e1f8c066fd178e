//! INI files: sections and keys, with the habits of MySQL and PHP.

use super::{
    Settings, capped,
    words::{before_comment, lines, unquote},
};

/// Whose habits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    /// `section.key`.
    Plain,
    /// Keys without a value are switched on; `_` is `-`; `loose_` and `skip-` forms; `!include` lines.
    MySql,
    /// Sections mean nothing.
    Php,
}

/// The settings of an INI file.
pub(crate) fn parse(text: &str, dialect: Dialect) -> Settings {
    let mut out = Settings::new();
    let mut section = String::new();
    for (number, line) in lines(text, &['#', ';'], false) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = capped(name.trim()).to_ascii_lowercase();
            continue;
        }
        if let Some(rest) = line.strip_prefix('!').filter(|_| dialect == Dialect::MySql) {
            let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            out.push((format!("!{name}"), value.trim().to_owned(), number));
            continue;
        }
        let marks: &[char] = match dialect {
            Dialect::MySql => &['#'],
            Dialect::Plain | Dialect::Php => &[';'],
        };
        let line = before_comment(&line, marks);
        let found = line
            .split_once('=')
            .or_else(|| line.split_once(':').filter(|_| dialect == Dialect::Plain));
        let (key, value) = match found {
            Some((key, value)) => (key.trim(), unquote(value)),
            None if dialect == Dialect::MySql => (line.trim(), "1"),
            None => (line.trim(), ""),
        };
        let name = match dialect {
            Dialect::Php => key.to_owned(),
            Dialect::MySql => {
                let key = key.replace('_', "-").to_ascii_lowercase();
                format!("{section}.{}", key.strip_prefix("loose-").unwrap_or(&key))
            }
            Dialect::Plain if section.is_empty() => key.to_owned(),
            Dialect::Plain => format!("{section}.{key}"),
        };
        out.push((name, value.to_owned(), number));
    }
    out
}
