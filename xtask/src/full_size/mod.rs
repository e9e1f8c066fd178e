//! `cargo xtask full-size`: proof that the database keeps its promises at the size of all public advisories. A
//! made-up set is built whose records are shaped like the real ones in the embedded database; then what a user feels
//! is measured. Nothing is asserted: a goal that is missed is a line to read.

#[cfg(not(feature = "full-size"))]
use anyhow::Result;

#[cfg(feature = "full-size")]
mod generate;
#[cfg(feature = "full-size")]
mod measure;
#[cfg(feature = "full-size")]
mod prose;

#[cfg(feature = "full-size")]
pub(crate) use measure::run;

#[cfg(not(feature = "full-size"))]
pub(crate) fn run(args: &[&str]) -> Result<()> {
    // The database is built only for this chore, and with all optimisations: it is measured.
    crate::process::execute(
        crate::process::cargo()
            .args([
                "run",
                "--quiet",
                "--release",
                "--package",
                "xtask",
                "--features",
                "full-size",
                "--",
            ])
            .arg("full-size")
            .args(args),
    )
}
