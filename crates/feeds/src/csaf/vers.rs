//! `vers:` ranges of versions (`vers:npm/>=1.0|<1.4`), as product trees name them.

use plimsoll_model::Range;

/// Most parts of one range.
const MAX_PARTS: usize = 1000;

/// The ranges of a text; an empty list is every version.
pub(super) fn parse(text: &str) -> Option<Vec<Range>> {
    let (_, constraints) = text.strip_prefix("vers:")?.split_once('/')?;
    if constraints.trim() == "*" {
        return Some(Vec::new());
    }
    let mut all = Vec::new();
    let mut start: Option<String> = None;
    for part in constraints.split('|').map(str::trim).take(MAX_PARTS) {
        let (sign, version) = ["<=", ">=", "!=", "<", ">", "="]
            .iter()
            .find_map(|sign| Some((*sign, part.strip_prefix(sign)?)))
            .unwrap_or(("=", part));
        let version = decode(version.trim())?;
        match sign {
            "<" => all.push(Range { introduced: start.take(), ..Range::before(version) }),
            "<=" => all.push(Range {
                introduced: start.take(),
                fixed: None,
                last_affected: Some(version),
            }),
            "=" => all.push(Range {
                introduced: Some(version.clone()),
                fixed: None,
                last_affected: Some(version),
            }),
            // What is left out of a range cannot be said; the first version of a range counts as in it.
            "!=" => {}
            _ => {
                if let Some(open) = start.replace(version) {
                    all.push(Range { introduced: Some(open), ..Range::default() });
                }
            }
        }
    }
    if let Some(open) = start {
        all.push(Range { introduced: Some(open), ..Range::default() });
    }
    (!all.is_empty()).then_some(all)
}

/// Undoes `%2B`.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |b: u8| char::from(b).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let show = |text: &str| {
            let one = |r: &Range| {
                let end = r.fixed.as_ref().map(|f| format!("<{f}"));
                let end = end.or(r.last_affected.as_ref().map(|l| format!("<={l}")));
                format!("{}{}", r.introduced.as_deref().unwrap_or("-"), end.unwrap_or_default())
            };
            parse(text).map(|all| all.iter().map(one).collect::<Vec<_>>().join(" "))
        };
        for (text, expected) in [
            ("vers:npm/>=1.0|<1.4", Some("1.0<1.4")),
            ("vers:pypi/<2.31.0", Some("-<2.31.0")),
            ("vers:deb/1.0%2Bdfsg", Some("1.0+dfsg<=1.0+dfsg")),
            ("vers:maven/>=1|<=2|>=3|<3.5|4.0", Some("1<=2 3<3.5 4.0<=4.0")),
            ("vers:golang/>=1.2", Some("1.2")),
            ("vers:npm/*", Some("")),
            ("vers:npm/", None),
            ("vers:npm/%zz", None),
            ("1.0", None),
        ] {
            assert_eq!(show(text).as_deref(), expected, "{text}");
        }
    }
}
