//! Python's compiled files: their strings lie in them with a type and a length in front, and what follows is often a letter
//! too, so that a token has no end to be seen. This puts line ends around each string and leaves every byte in its place.

/// Longest string that is believed.
const MAX_STRING: usize = 1 << 20;

/// Whether a file of this name is one.
pub(super) fn is_bytecode(path: &str) -> bool {
    path.ends_with(".pyc") || path.ends_with(".pyo")
}

/// A text of the same length in which strings stand and all else is line ends (`Python/marshal.c`: `z` and `Z` have a
/// length of one byte; `s`, `t`, `u`, `a` and `A` one of four; the highest bit of the type is a flag).
pub(super) fn strings(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\n'; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let (head, length) = match bytes[at] & 0x7f {
            b'z' | b'Z' => (2, bytes.get(at + 1).map(|&length| usize::from(length))),
            b's' | b't' | b'u' | b'a' | b'A' => {
                let length = bytes.get(at + 1..at + 5).and_then(|four| four.try_into().ok());
                (5, length.map(|four| u32::from_le_bytes(four) as usize))
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let start = at + head;
        let text = length
            .filter(|&length| (1..=MAX_STRING).contains(&length))
            .and_then(|length| bytes.get(start..start + length));
        match text {
            Some(text) if is_text(text) => {
                out[start..start + text.len()].copy_from_slice(text);
                at = start + text.len();
            }
            _ => at += 1,
        }
    }
    out
}

fn is_text(bytes: &[u8]) -> bool {
    // Code and tables of lines are byte strings too; they hold control characters.
    bytes.iter().all(|&b| b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r'))
        && std::str::from_utf8(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_stand_alone() {
        let bytes = b"\xcb\r\r\n\0\0z\x05tokenr\xfa\x03abcz\xfau\x04\0\0\0wxyzN";
        let text = strings(bytes);
        assert_eq!(text.len(), bytes.len());
        let lines: Vec<&[u8]> =
            text.split(|&b| b == b'\n').filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, [&b"token"[..], b"abc", b"wxyz"]);
        assert_eq!(text.iter().position(|&b| b == b't'), Some(8));
    }
}
