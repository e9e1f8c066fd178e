//! How old advisories may be before a report says so.

use jiff::civil::Date;
use plimsoll_model::Staleness;

/// Judges the age of the oldest feed that matters for an image. A date in the future counts as today's:
/// clocks differ. `limit_days` is [`crate::Policy::max_age_days`].
#[must_use]
pub fn staleness(oldest: Option<Date>, today: Date, limit_days: i64) -> Staleness {
    let age_days = oldest.map(|date| {
        date.until((jiff::Unit::Day, today)).map_or(0, |span| i64::from(span.get_days())).max(0)
    });
    let is_stale = age_days.is_some_and(|age| age > limit_days);
    Staleness {
        age_days,
        limit_days,
        is_stale,
        advice: if is_stale {
            "flaws published since then are missing; run `plimsoll db update`".into()
        } else {
            String::new()
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_limit_itself_is_not_stale() {
        let at = |day| staleness(Some(date(2026, 1, day)), date(2026, 1, 31), 30);
        assert_eq!((at(1).age_days, at(1).is_stale), (Some(30), false));
        let old = staleness(Some(date(2025, 12, 31)), date(2026, 1, 31), 30);
        assert_eq!((old.age_days, old.is_stale), (Some(31), true));
        assert!(old.advice.contains("db update"));
        let future = staleness(Some(date(2027, 1, 1)), date(2026, 1, 31), 30);
        assert_eq!((future.age_days, future.is_stale), (Some(0), false));
        assert_eq!(staleness(None, date(2026, 1, 31), 30).age_days, None);
    }
}
