//! The words of a status row and what they mean.

use plimsoll_model::FixState;

/// The status of a package in a release.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// Fixed in the version of the note.
    Released,
    /// Affected.
    Needed,
    /// Affected, and somebody works on it.
    Active,
    /// A fix is made but not published.
    Pending,
    /// Affected, put off.
    Deferred,
    /// Not looked at yet.
    NeedsTriage,
    /// Given up, or the release's time was over; the note says why.
    Ignored,
    /// Not affected; the note may name the version that came with the fix.
    NotAffected,
    /// The release does not have the package.
    DoesNotExist,
}

impl Status {
    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "released" => Status::Released,
            "needed" => Status::Needed,
            "active" | "in-progress" => Status::Active,
            "pending" => Status::Pending,
            "deferred" => Status::Deferred,
            "needs-triage" | "needs-traige" => Status::NeedsTriage,
            "ignored" => Status::Ignored,
            "not-affected" => Status::NotAffected,
            "DNE" | "dne" => Status::DoesNotExist,
            _ => return None,
        })
    }

    /// What it means for the package; `None` where there is no package.
    pub(super) fn state(self, note: &str) -> Option<FixState> {
        Some(match self {
            Status::Released => FixState::Fixed,
            // A version that is only being prepared cannot be installed: to the user it is not fixed.
            Status::Needed | Status::Active | Status::Pending => FixState::Affected,
            Status::Deferred => FixState::FixDeferred,
            Status::NeedsTriage => FixState::UnderInvestigation,
            Status::Ignored => ignored(note),
            Status::NotAffected => FixState::NotAffected,
            Status::DoesNotExist => return None,
        })
    }
}

/// Notes of `ignored` rows are free text with a few phrases that recur.
fn ignored(note: &str) -> FixState {
    const OVER: [&str; 7] = [
        "end-of-life",
        "end of life",
        "end of standard support",
        "out of standard support",
        "out of support",
        "end of extended",
        "eol",
    ];
    let note = note.to_ascii_lowercase();
    if note.contains("code-not-compiled") || note.contains("code not compiled") {
        FixState::NotAffected
    } else if OVER.iter().any(|phrase| note.contains(phrase)) {
        FixState::EndOfLife
    } else {
        FixState::WillNotFix
    }
}
