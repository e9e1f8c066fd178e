//! Searches a text that is read once from front to back, in pieces that overlap: a file of any size costs the memory
//! of one piece, and no secret is lost at a border.

use std::io::{self, Cursor, Read};

use memchr::memchr_iter;

use super::{
    collect::{Collector, Place},
    content::is_binary,
    encoding::{Transcoder, utf16},
    load::MAX_WINDOW,
};

/// Bytes of one piece.
const PIECE: usize = 2 << 20;

/// Bytes that two pieces share: a rule's window on either side of the border.
const OVERLAP: usize = 2 * MAX_WINDOW + 4096;

/// First bytes by which an encoding is known.
const HEAD: usize = 4096;

/// Searches everything that `reader` gives. `path` is what rules look at, `inside` the place in the file that is
/// reported.
pub(super) fn scan_stream(
    found: &mut Collector<'_>,
    path: &str,
    inside: &str,
    reader: &mut dyn Read,
) -> io::Result<()> {
    let mut head = Vec::new();
    reader.take(HEAD as u64).read_to_end(&mut head)?;
    let place = Place { inside, ..Place::file(path, !is_binary(&head)) };
    match utf16(&head) {
        Some(order) => {
            found.file(&place, &head);
            let plain = Transcoder::new(Cursor::new(head).chain(reader), order);
            pieces(found, Place { lined: true, ..place }, Vec::new(), plain, false)
        }
        None => pieces(found, place, head, reader, true),
    }
}

/// Searches piece by piece; `piece` holds what was read before.
fn pieces(
    found: &mut Collector<'_>,
    mut place: Place<'_>,
    mut piece: Vec<u8>,
    mut reader: impl Read,
    with_file_rules: bool,
) -> io::Result<()> {
    let mut own_from = 0;
    let mut is_first = true;
    loop {
        // A short file costs no more memory than it has bytes.
        let limit = (PIECE - piece.len()) as u64;
        let read = reader.by_ref().take(limit).read_to_end(&mut piece);
        if is_first && with_file_rules {
            found.file(&place, &piece);
        }
        is_first = false;
        let is_last = read.as_ref().map_or(true, |&read| (read as u64) < limit);
        // What came before damage is searched too.
        let border = if is_last { piece.len() } else { piece.len() - OVERLAP / 2 };
        found.text(&place, &piece, own_from..border);
        read?;
        if is_last {
            return Ok(());
        }
        let gone = piece.len() - OVERLAP;
        let passed = memchr_iter(b'\n', &piece[..gone]).count();
        place.line = place.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        place.offset += gone as u64;
        piece.drain(..gone);
        own_from = OVERLAP / 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{RuleSet, collect::Collector, examples::expand};

    const RULE: &str = r#"
vendor: x
rules:
  - id: x-token
    title: X token
    category: saas
    severity: high
    keywords: [xtok_]
    pattern: '\b(xtok_[a-z0-9]{30})\b'
"#;

    /// Every place in which a border can cut a token gives it once, with the right line.
    #[test]
    fn no_border_loses_or_doubles_a_secret() {
        let (set, errors) = RuleSet::only("x.yml", RULE);
        assert_eq!(errors, []);
        let token = expand("xtok_{{loweralnum:30}}", "stream").unwrap();
        let next = PIECE - OVERLAP / 2;
        for at in [
            0,
            1,
            PIECE - OVERLAP,
            next - 40,
            next - 20,
            next - 1,
            next,
            PIECE - 20,
            PIECE - 1,
            PIECE,
            2 * PIECE,
        ] {
            let mut text = b"line\n".repeat(at / 5);
            text.resize(at, b'\n');
            text.extend_from_slice(&token);
            text.extend(b"\nrest\n".repeat(PIECE / 5));
            let mut found = Collector::new(&set, "a/b");
            scan_stream(&mut found, "a/b", "", &mut &text[..]).unwrap();
            let found = found.finish();
            assert_eq!(found.len(), 1, "at {at}");
            assert_eq!(found[0].sightings.len(), 1, "at {at}");
            let line = memchr_iter(b'\n', &text[..at]).count() as u32 + 1;
            assert_eq!(found[0].sightings[0].line, Some(line), "at {at}");
        }
    }

    #[test]
    fn utf16_of_any_length_is_read() {
        let (set, _) = RuleSet::only("x.yml", RULE);
        let token = String::from_utf8(expand("xtok_{{loweralnum:30}}", "stream").unwrap()).unwrap();
        let text = format!("{}\n{token}\n", "line é\n".repeat(PIECE / 6));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut found = Collector::new(&set, "a/b");
        scan_stream(&mut found, "a/b", "", &mut &bytes[..]).unwrap();
        let found = found.finish();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].sightings[0].line, Some((PIECE / 6 + 2) as u32));
    }
}
