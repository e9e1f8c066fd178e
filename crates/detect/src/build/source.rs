//! Places in a Dockerfile: where a character of an instruction that was joined from several lines really stands.

/// The arguments of an instruction as one line, with the way back to the file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Text {
    text: String,
    /// Where pieces begin: in this text, and in the file. Ascending in the first.
    pieces: Vec<(usize, usize)>,
}

impl Text {
    /// A text that stands in no file.
    #[must_use]
    pub fn detached(text: impl Into<String>) -> Self {
        Self { text: text.into(), pieces: Vec::new() }
    }

    /// Appends a piece that stands at `source` in the file.
    pub fn push(&mut self, piece: &str, source: usize) {
        self.pieces.push((self.text.len(), source));
        self.text.push_str(piece);
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Offset in the file of an offset in this text; the same number where the text stands in no file.
    #[must_use]
    pub fn source(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|(start, _)| *start <= offset);
        match index.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some((start, source)) => source + (offset - start),
            None => offset,
        }
    }

    /// The part from `start` on, up to `end`.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let text = self.text.get(start..end).unwrap_or_default().to_owned();
        if self.pieces.is_empty() {
            return Self::detached(text);
        }
        let mut pieces = vec![(0, self.source(start))];
        let inside = self.pieces.iter().filter(|(at, _)| *at > start && *at < end);
        pieces.extend(inside.map(|(at, source)| (at - start, *source)));
        Self { text, pieces }
    }
}

/// Turns offsets of a file into lines and columns.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { starts }
    }

    /// Line and column in characters, both from 1.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = text.get(start..offset.min(text.len())).unwrap_or_default();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(line), number(before.chars().count() + 1))
    }

    /// Line of an offset, from 1.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_to_the_file() {
        let mut text = Text::default();
        text.push("apt-get ", 10);
        text.push("install", 30);
        assert_eq!((text.source(0), text.source(8), text.source(10)), (10, 30, 32));
        let part = text.slice(4, 10);
        assert_eq!((part.as_str(), part.source(0), part.source(4)), ("get in", 14, 30));
        assert_eq!(Text::detached("x").source(0), 0);
    }

    #[test]
    fn columns_count_characters() {
        let text = "a\nüb\n";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, 0), (1, 1));
        assert_eq!(index.position(text, 4), (2, 2));
        assert_eq!(index.position(text, 99), (3, 1));
    }
}
