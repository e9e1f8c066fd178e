//! Maven's order: `ComparableVersion` of Maven 3.8.7 to 3.9.
//!
//! Maven reads a version as a list of numbers and words that can end in a list of the same sort: a dash
//! starts one, and so does each change between digits and letters. It then drops what is as good as
//! nothing (`0`, `final`, `ga`, `release`) from the end of each list. Because a list is always the last
//! element of another one, all this is a flat row of elements and openings, and is compared as one.
//!
//! Every text is a version. Maven 4 orders some versions otherwise, where a word and digits meet
//! (`1-alpha1.x`); its rules are not followed yet, because nobody publishes by them.

use std::cmp::Ordering;

use super::{Malformed, compare_ignoring_case, compare_numbers, split_while};

#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    Number(&'a [u8]),
    Word(Qualifier<'a>),
    /// A list starts.
    Open,
}

/// A word, by its place among the known ones; unknown ones follow in the order of their text.
#[derive(Clone, Copy, Debug)]
struct Qualifier<'a> {
    place: u8,
    unknown: &'a [u8],
}

/// The place of a release, to which the words `final`, `ga` and `release` add nothing.
const RELEASE: u8 = 5;
const UNKNOWN: u8 = 7;

const QUALIFIERS: [(&[u8], u8); 10] = [
    (b"alpha", 0),
    (b"beta", 1),
    (b"milestone", 2),
    (b"rc", 3),
    (b"cr", 3),
    (b"snapshot", 4),
    (b"final", RELEASE),
    (b"ga", RELEASE),
    (b"release", RELEASE),
    (b"sp", 6),
];

/// What one letter stands for where digits follow.
const LETTERS: [(u8, u8); 3] = [(b'a', 0), (b'b', 1), (b'm', 2)];

impl<'a> Qualifier<'a> {
    fn new(word: &'a [u8], before_digits: bool) -> Self {
        let known = |place| Self { place, unknown: b"" };
        if let ([letter], true) = (word, before_digits)
            && let Some((_, place)) =
                LETTERS.iter().find(|(l, _)| *l == letter.to_ascii_lowercase())
        {
            return known(*place);
        }
        let found = QUALIFIERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        found.map_or(Self { place: UNKNOWN, unknown: word }, |(_, place)| known(*place))
    }

    fn compare(self, other: Self) -> Ordering {
        let places = self.place.cmp(&other.place);
        places.then_with(|| compare_ignoring_case(self.unknown, other.unknown))
    }
}

impl Item<'_> {
    /// Whether it says nothing at the end of a list.
    fn is_null(self) -> bool {
        self.compare_with_nothing().is_eq()
    }

    fn compare_with_nothing(self) -> Ordering {
        match self {
            Item::Number(digits) if digits.iter().all(|c| *c == b'0') => Ordering::Equal,
            Item::Number(_) => Ordering::Greater,
            Item::Word(word) => word.place.cmp(&RELEASE),
            Item::Open => Ordering::Equal,
        }
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Item::Number(a), Item::Number(b)) => compare_numbers(a, b),
            (Item::Word(a), Item::Word(b)) => a.compare(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Item::Word(_) => 0,
            Item::Open => 1,
            Item::Number(_) => 2,
        }
    }
}

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let mut a = Items::new(a);
    let mut b = Items::new(b);
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ok(Ordering::Equal),
            (Some(x), Some(y)) => x.compare(y),
            (Some(x), None) => x.compare_with_nothing(),
            (None, Some(y)) => y.compare_with_nothing().reverse(),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

/// The elements that are left when what says nothing is gone.
struct Items<'a> {
    source: Source<'a>,
    /// Elements up to here are looked through: nulls are dropped before the last opening, kept behind it.
    known: usize,
    last_opening: usize,
}

impl<'a> Items<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { source: Source::new(text), known: 0, last_opening: 0 }
    }

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            let item = self.source.next()?;
            if !item.is_null() {
                return Some(item);
            }
            let at = self.source.count;
            if at > self.known && self.look_ahead(item).is_none() {
                self.source = Source::new(b"");
                return None;
            }
            if matches!(item, Item::Open) || at > self.last_opening {
                return Some(item);
            }
        }
    }

    /// Reads on to the end of a row of nulls and openings. `None` where nothing follows it.
    fn look_ahead(&mut self, item: Item<'a>) -> Option<()> {
        let mut ahead = self.source.clone();
        if matches!(item, Item::Open) {
            self.last_opening = ahead.count;
        }
        loop {
            let item = ahead.next()?;
            if !item.is_null() {
                self.known = ahead.count;
                return Some(());
            }
            if matches!(item, Item::Open) {
                self.last_opening = ahead.count;
            }
        }
    }
}

/// The elements as they are written.
#[derive(Clone)]
struct Source<'a> {
    rest: &'a [u8],
    /// Read but not given yet.
    waiting: [Option<Item<'a>>; 2],
    /// Whether the current list has an element.
    filled: bool,
    ended: bool,
    /// How many elements were given.
    count: usize,
}

impl<'a> Source<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { rest: text, waiting: [None; 2], filled: false, ended: text.is_empty(), count: 0 }
    }

    fn next(&mut self) -> Option<Item<'a>> {
        let [first, second] = self.waiting;
        if let Some(item) = first {
            self.waiting = [second, None];
            self.count += 1;
            return Some(item);
        }
        if self.ended {
            return None;
        }
        let (digits, after_digits) = split_while(self.rest, |c| c.is_ascii_digit());
        let is_number = !digits.is_empty();
        let (text, rest) = match digits {
            b"" => split_while(self.rest, |c| !c.is_ascii_digit() && c != b'.' && c != b'-'),
            _ => (digits, after_digits),
        };
        let item = match (text.is_empty(), is_number) {
            (true, _) => Item::Number(b""),
            (_, true) => Item::Number(text),
            _ => Item::Word(Qualifier::new(text, rest.first().is_some_and(u8::is_ascii_digit))),
        };
        // A word opens a list of its own where digits or the end follow it.
        let opens_before = match rest {
            _ if text.is_empty() || is_number => false,
            [] => self.filled,
            [c, ..] => c.is_ascii_digit() && self.filled,
        };
        let opens_behind;
        (self.rest, opens_behind) = match rest {
            [] => {
                self.ended = true;
                (rest, false)
            }
            [b'.', after @ ..] => (after, false),
            [b'-', after @ ..] => (after, true),
            _ => (rest, true),
        };
        // Behind a last separator stands nothing, not a zero.
        self.ended |= self.rest.is_empty();
        self.filled = !opens_behind;
        let behind = opens_behind.then_some(Item::Open);
        self.count += 1;
        if opens_before {
            self.waiting = [Some(item), behind];
            return Some(Item::Open);
        }
        self.waiting = [behind, None];
        Some(item)
    }
}
