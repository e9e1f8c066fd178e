//! The codes with which the program ends. Published in `docs/exit-codes.md`; a test keeps both the same.

use crate::GateVerdict;

/// How the program ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ExitCode {
    /// Done, and nothing at or above the gate.
    Success = 0,
    /// The gate tripped.
    GateTripped = 1,
    /// The command line, a configuration or an ignore file is wrong; nothing was scanned.
    Usage = 2,
    /// The image could not be found, reached or read.
    NotAcquired = 3,
    /// `--strict` was given and part of the image was not scanned, or not covered by advisories.
    Incomplete = 4,
    /// Something failed that is not the user's or the image's fault.
    Internal = 5,
    /// Another process is changing the advisory databases; nothing was done.
    Busy = 6,
}

impl ExitCode {
    /// Every code, ascending.
    pub const ALL: [ExitCode; 7] = [
        ExitCode::Success,
        ExitCode::GateTripped,
        ExitCode::Usage,
        ExitCode::NotAcquired,
        ExitCode::Incomplete,
        ExitCode::Internal,
        ExitCode::Busy,
    ];

    /// The code of a finished scan. A tripped gate comes before an incomplete scan: it is certain, and
    /// a complete scan would have tripped it too.
    #[must_use]
    pub fn of_scan(gate: &GateVerdict, complete: bool, strict: bool) -> Self {
        match (gate.tripped, strict && !complete) {
            (true, _) => ExitCode::GateTripped,
            (false, true) => ExitCode::Incomplete,
            (false, false) => ExitCode::Success,
        }
    }

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, as documented.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            ExitCode::Success => "done, and nothing at or above the gate (`--fail-on`)",
            ExitCode::GateTripped => {
                "the gate tripped: a finding that counts is at or above `--fail-on`"
            }
            ExitCode::Usage => {
                "usage: the command line, a configuration or an ignore file is wrong"
            }
            ExitCode::NotAcquired => "the image could not be found, reached or read",
            ExitCode::Incomplete => {
                "`--strict` was given and part of the image was not scanned or not covered by advisories"
            }
            ExitCode::Internal => "internal error",
            ExitCode::Busy => {
                "another process is changing the advisory databases; nothing was done"
            }
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        std::process::ExitCode::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_code() {
        let rows: String =
            ExitCode::ALL.iter().map(|c| format!("| {} | {} |\n", c.code(), c.meaning())).collect();
        crate::documented::assert_block(
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exit-codes.md"),
            "exit-codes",
            &format!("| code | meaning |\n| --- | --- |\n{rows}"),
        );
    }

    #[test]
    fn a_tripped_gate_comes_first() {
        let tripped = GateVerdict { tripped: true, by: Vec::new() };
        let open = GateVerdict { tripped: false, by: Vec::new() };
        assert_eq!(ExitCode::of_scan(&tripped, false, true), ExitCode::GateTripped);
        assert_eq!(ExitCode::of_scan(&open, false, true), ExitCode::Incomplete);
        assert_eq!(ExitCode::of_scan(&open, false, false), ExitCode::Success);
        assert_eq!(ExitCode::of_scan(&open, true, true), ExitCode::Success);
    }
}
