//! OSV's events as ranges.

use plimsoll_model::Range;

use super::record::Event;

/// Most events of one range; the largest real ones (kernels) have some hundred.
const MAX_EVENTS: usize = 10_000;

/// Pairs each `introduced` with the event that ends it. Events come sorted in practice; where several
/// `introduced` stand before the first end, the schema leaves their order open, and the n-th start belongs to
/// the n-th end as every known exporter writes them.
pub(super) fn ranges(events: &[Event]) -> Result<Vec<Range>, &'static str> {
    if events.len() > MAX_EVENTS {
        return Err("a range with too many events");
    }
    let mut starts: Vec<Option<String>> = Vec::new();
    let mut ends: Vec<Range> = Vec::new();
    for event in events {
        if let Some(version) = &event.introduced {
            starts.push((version != "0").then(|| version.clone()));
        }
        if let Some(version) = &event.fixed {
            ends.push(Range::before(version.as_str()));
        } else if let Some(version) = &event.last_affected {
            ends.push(Range { last_affected: Some(version.clone()), ..Range::default() });
        } else if let Some(version) = event.limit.as_ref().filter(|l| *l != "*") {
            // The statement ends there; what lies beyond is not said to be affected.
            ends.push(Range::before(version.as_str()));
        }
    }
    if starts.is_empty() {
        return Err("a range without `introduced`");
    }
    if ends.len() > starts.len() {
        return Err("a range that ends more often than it starts");
    }
    let mut ends = ends.into_iter();
    let pair = |introduced| Range { introduced, ..ends.next().unwrap_or_default() };
    Ok(starts.into_iter().map(pair).collect())
}

/// Ends ranges that have no end at the last version that GitHub knows to be affected: `<= 1.2.3`, `< 2.0`. The
/// schema has no place for it beside an open range, which promises that every later version is affected too.
pub(super) fn close(ranges: &mut [Range], bound: &str) {
    let bound = bound.trim();
    let end = if let Some(last) = bound.strip_prefix("<=") {
        Range { last_affected: Some(last.trim().to_owned()), ..Range::default() }
    } else if let Some(first) = bound.strip_prefix('<') {
        Range::before(first.trim())
    } else {
        return;
    };
    if end.fixed.as_deref().or(end.last_affected.as_deref()).is_none_or(str::is_empty) {
        return;
    }
    // It is said of the package as a whole: of several open ranges none is known to be meant.
    let is_open = |r: &&mut Range| r.fixed.is_none() && r.last_affected.is_none();
    let mut open = ranges.iter_mut().filter(is_open);
    if let (Some(range), None) = (open.next(), open.next()) {
        let introduced = range.introduced.take();
        *range = Range { introduced, ..end };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Event {
        serde_norway::from_str(text).unwrap()
    }

    fn read(events: &[&str]) -> Result<Vec<String>, &'static str> {
        let events: Vec<Event> = events.iter().map(|e| event(e)).collect();
        let show = |r: Range| {
            let end = r.fixed.map(|f| format!("<{f}"));
            let end = end.or(r.last_affected.map(|l| format!("<={l}")));
            format!("{}{}", r.introduced.unwrap_or_default(), end.unwrap_or("..".into()))
        };
        ranges(&events).map(|r| r.into_iter().map(show).collect())
    }

    #[test]
    fn events_pair_up() {
        let own = |list: &[&str]| Ok(list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["introduced: '0'", "fixed: '2'"]), own(&["<2"]));
        assert_eq!(read(&["introduced: '0'"]), own(&[".."]));
        assert_eq!(read(&["introduced: '1'", "last_affected: '3'"]), own(&["1<=3"]));
        let twice = ["introduced: '0'", "fixed: '2'", "introduced: '3'", "fixed: '4'"];
        assert_eq!(read(&twice), own(&["<2", "3<4"]));
        let grouped = ["introduced: '0'", "introduced: '3'", "fixed: '2'", "fixed: '4'"];
        assert_eq!(read(&grouped), own(&["<2", "3<4"]));
        let open = ["introduced: '0'", "fixed: '2'", "introduced: '3'"];
        assert_eq!(read(&open), own(&["<2", "3.."]));
        assert_eq!(read(&["introduced: '0'", "limit: '*'"]), own(&[".."]));
        assert_eq!(read(&["introduced: '0'", "limit: '9'"]), own(&["<9"]));
        assert!(read(&["fixed: '2'"]).is_err());
        assert!(read(&["introduced: '0'", "fixed: '2'", "fixed: '3'"]).is_err());
    }

    #[test]
    fn open_ranges_end_at_the_last_known_version() {
        let after = |bound: &str| {
            let mut ranges = [Range { introduced: Some("1.0".into()), ..Range::default() }];
            close(&mut ranges, bound);
            let [Range { introduced, fixed, last_affected }] = ranges;
            assert_eq!(introduced.as_deref(), Some("1.0"));
            (fixed, last_affected)
        };
        assert_eq!(after("<= 1.2.3"), (None, Some("1.2.3".into())));
        assert_eq!(after("< 2.0"), (Some("2.0".into()), None));
        for odd in ["", "<", "<= ", "> 1", "1.2"] {
            assert_eq!(after(odd), (None, None), "{odd}");
        }
        let mut ended = [Range::before("1.1")];
        close(&mut ended, "<= 9");
        assert_eq!(ended, [Range::before("1.1")]);
    }
}
