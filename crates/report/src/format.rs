//! What every output format has in common.

use std::io::{self, Write};

use jiff::civil::Date;
use plimsoll_model::Report;

/// Narrowest and widest page that formats for people are laid out for; other widths are taken to these.
pub const WIDTHS: std::ops::RangeInclusive<usize> = 60..=200;

/// An output format: one folder in `formats/`, and a line in its `all()`.
pub trait Format: Send + Sync {
    /// The name in `--format`: lower-case, stable.
    fn id(&self) -> &'static str;

    /// One line for the help text.
    fn summary(&self) -> &'static str;

    /// Writes the whole report, with a final newline.
    ///
    /// # Errors
    /// Only those of the writer.
    fn write(&self, report: &Report, options: &RenderOptions, w: &mut dyn Write) -> io::Result<()>;
}

/// How to write. Formats for programs heed none of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RenderOptions {
    /// Columns of the page; kept within [`WIDTHS`].
    pub width: usize,
    /// Whether to write ANSI colours. The caller decides (terminal, `NO_COLOR`, flags).
    pub color: bool,
    /// Whether to write ASCII only.
    pub ascii: bool,
    /// Whether to list the suppressed findings too; they are counted either way.
    pub show_suppressed: bool,
    /// How many findings of one package to list; `None` lists all. The rest is counted.
    pub max_per_package: Option<usize>,
    /// The date, for "in 38 days".
    pub today: Date,
}

impl RenderOptions {
    /// 80 columns without colours, everything listed but what is suppressed.
    #[must_use]
    pub fn new(today: Date) -> Self {
        Self {
            width: 80,
            color: false,
            ascii: false,
            show_suppressed: false,
            max_per_package: None,
            today,
        }
    }
}
