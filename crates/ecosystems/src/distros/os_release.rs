//! os-release(5), and lsb-release, which has the same syntax: shell assignments without a shell.

/// The assignments of an os-release file. Of several to one name the last counts, as for a shell that sources
/// the file. Lines that are no assignment are passed over.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OsRelease {
    fields: Vec<(String, String)>,
}

/// The most assignments that are kept.
const FIELD_LIMIT: usize = 256;

impl OsRelease {
    /// Reads `text`; never fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut out = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            let Some((name, value)) = line.split_once('=') else { continue };
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                continue;
            }
            let value = unquote(value);
            if let Some(field) = out.fields.iter_mut().find(|(n, _)| n == name) {
                field.1 = value;
            } else if out.fields.len() < FIELD_LIMIT {
                out.fields.push((name.to_owned(), value));
            }
        }
        out
    }

    /// The value of `name`, where it is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = &self.fields.iter().find(|(n, _)| n == name)?.1;
        (!value.is_empty()).then_some(value)
    }

    /// Whether nothing is assigned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// The value as a shell reads it, up to the first unquoted blank. An open quote ends with the line.
fn unquote(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = text.trim_start().chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() => break,
            (Some(q), c) if c == q => quote = None,
            (Some('\''), c) => out.push(c),
            // Inside double quotes a backslash only escapes these; before others it stands for itself.
            (Some(_), '\\') => match chars.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => out.push(c),
                Some(c) => out.extend(['\\', c]),
                None => out.push('\\'),
            },
            (None, '\\') => out.extend(chars.next()),
            (_, c) => out.push(c),
        }
    }
    out.retain(|c| !c.is_control());
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::OsRelease;

    #[track_caller]
    fn check(line: &str, name: &str, value: Option<&str>) {
        assert_eq!(OsRelease::parse(line).get(name), value, "{line}");
    }

    #[test]
    fn values_are_read_as_a_shell_reads_them() {
        check("ID=debian", "ID", Some("debian"));
        check("ID=\"rhel\"\r\n", "ID", Some("rhel"));
        check("  VERSION='12 (bookworm)'", "VERSION", Some("12 (bookworm)"));
        check(r#"A="a\"b\\c\$d\`e\f""#, "A", Some(r#"a"b\c$d`e\f"#));
        check(r"A='a\b'", "A", Some(r"a\b"));
        check("A=a\\ b c", "A", Some("a b"));
        check("A=\"un\"'quo'ted # comment", "A", Some("unquoted"));
        check("A=\"open", "A", Some("open"));
        check("A=", "A", None);
        check("A=\"\"", "A", None);
        check("# A=b", "A", None);
        check("A-B=c", "A-B", None);
        check("nothing", "nothing", None);
        check("A=1\nA=2", "A", Some("2"));
        check("\u{feff}ID=x", "ID", Some("x"));
        check("A=\"a\u{1b}[31mb\"", "A", Some("a[31mb"));
    }

    #[test]
    fn the_number_of_fields_is_bounded() {
        let text: String = (0..10_000).map(|i| format!("A{i}=b\n")).collect();
        assert_eq!(OsRelease::parse(&text).fields.len(), super::FIELD_LIMIT);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let parsed = OsRelease::parse(&text);
            prop_assert!(parsed.fields.iter().all(|(_, v)| !v.contains(char::is_control)));
        }
    }
}
