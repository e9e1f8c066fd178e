//! Which instructions of a history come with the base image. No history says it outright; what tells is put together
//! here, and how sure it is.

use plimsoll_model::{Confidence, HistoryEntry, ImageConfig};

use crate::build::instruction::{Instruction, Keyword, OfBase, Place};

/// Between two entries of one build rarely more than this many hours go by; between a base image and what is built on
/// it, mostly days.
const HOURS_APART: i64 = 12;

/// Marks them. `instructions` are those of `history`.
pub(super) fn mark(
    instructions: &mut [Instruction],
    history: &[HistoryEntry],
    config: &ImageConfig,
) {
    let names_base =
        config.labels.iter().any(|(name, _)| name.starts_with("org.opencontainers.image.base."));
    let reason = if names_base {
        "a label names a base image, and it was written long before the instructions above it"
    } else {
        "written long before the instructions above it"
    };
    let mut marks: Vec<Option<OfBase>> = vec![None; history.len()];
    for mark in marks.iter_mut().take(probable(history).unwrap_or_default()) {
        *mark = Some(OfBase { confidence: Confidence::Medium, reason });
    }
    // What is certain outweighs what is probable.
    for (end, reason) in certain(instructions, history) {
        for mark in marks.iter_mut().take(end) {
            *mark = Some(OfBase { confidence: Confidence::High, reason });
        }
    }
    for instruction in instructions {
        if let Place::History { entry, .. } = instruction.place {
            instruction.of_base = marks.get(entry).cloned().flatten();
        }
    }
}

/// Ends of bases that are certain: behind which entry, and why.
fn certain(instructions: &[Instruction], history: &[HistoryEntry]) -> Vec<(usize, &'static str)> {
    let mut ends = Vec::new();
    // Buildah notes at the first instruction of a build what it began with.
    let noted = history.iter().rposition(|entry| {
        entry.comment.as_deref().is_some_and(|comment| {
            comment.starts_with("FROM ") && !comment.starts_with("FROM scratch")
        })
    });
    ends.extend(noted.map(|at| (at, "in front of the entry that names the base image")));
    ends.extend(
        rootfs(instructions, history).map(|end| (end, "the distribution's own root file system")),
    );
    ends
}

/// A root file system added to `/` by the first layer, with the `CMD` that distributions put behind it.
fn rootfs(instructions: &[Instruction], history: &[HistoryEntry]) -> Option<usize> {
    let first = history.iter().position(|entry| !entry.empty_layer)?;
    let entry = history.get(first)?;
    let is_debian = entry.created_by.starts_with("# debian.sh")
        || entry.comment.as_deref().is_some_and(|comment| comment.starts_with("debuerreotype"));
    let of = |index: usize| {
        instructions
            .iter()
            .find(|i| matches!(i.place, Place::History { entry, .. } if entry == index))
    };
    let is_rootfs = of(first).is_some_and(|instruction| {
        instruction.keyword == Keyword::Add
            && instruction.destination().is_some_and(|to| to.value == "/")
            && instruction.sources().all(|from| {
                from.value.starts_with("file:")
                    || from.value.contains("rootfs")
                    || from.value.contains(".tar")
            })
    });
    if !is_debian && !is_rootfs {
        return None;
    }
    // Labels and environment between them belong to it, too.
    let mut end = first + 1;
    for index in first + 1..history.len().min(first + 6) {
        match of(index).map(|instruction| instruction.keyword) {
            Some(Keyword::Cmd) => return Some(index + 1),
            Some(Keyword::Env | Keyword::Label) => {}
            _ => break,
        }
    }
    end = end.min(history.len());
    Some(end)
}

/// The last wide gap of time. A cached layer of one's own may be old, too: this is never more than probable.
fn probable(history: &[HistoryEntry]) -> Option<usize> {
    let hours: Vec<Option<i64>> =
        history.iter().map(|entry| entry.created.as_deref().and_then(hours)).collect();
    let mut end = None;
    for (index, pair) in hours.windows(2).enumerate() {
        if let [Some(before), Some(after)] = pair
            && after - before >= HOURS_APART
        {
            end = Some(index + 1);
        }
    }
    end
}

/// Hours since 1970 of an RFC 3339 time; the zone is left aside, it moves the answer by less than a day.
fn hours(time: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<i64>().ok();
    let (year, month, day, hour) = (number(0..4)?, number(5..7)?, number(8..10)?, number(11..13)?);
    if year < 1990 {
        // Reproducible builds write 1970 or 1980; that is no time.
        return None;
    }
    // Days from the civil calendar, counted from March (Hinnant's algorithm).
    let shifted = if month <= 2 { year - 1 } else { year };
    let days = 365 * shifted + shifted / 4 - shifted / 100
        + shifted / 400
        + (153 * ((month + 9) % 12) + 2) / 5
        + day;
    Some(days * 24 + hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_count() {
        let at = |time| hours(time).unwrap_or_default();
        assert_eq!(at("2024-03-01T00:00:00Z") - at("2024-02-28T00:00:00Z"), 48);
        assert_eq!(at("2025-01-01T05:00:00Z") - at("2024-12-31T23:00:00Z"), 6);
        assert_eq!(hours("1970-01-01T00:00:00Z"), None);
        assert_eq!(hours("yesterday"), None);
    }
}
