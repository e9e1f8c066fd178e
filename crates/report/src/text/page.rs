//! A page of text with columns, wrapping and styles.

use std::io::{self, Write};

use anstyle::Style;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm, core::display_width};

use super::printable;
use crate::{RenderOptions, format::WIDTHS};

/// Styles by meaning.
pub(crate) mod palette {
    use anstyle::{AnsiColor, Color, Style};

    const fn colored(color: AnsiColor) -> Style {
        Style::new().fg_color(Some(Color::Ansi(color)))
    }

    pub(crate) const PLAIN: Style = Style::new();
    pub(crate) const STRONG: Style = Style::new().bold();
    pub(crate) const FAINT: Style = Style::new().dimmed();
    pub(crate) const ALARM: Style = colored(AnsiColor::Red).bold();
    pub(crate) const BAD: Style = colored(AnsiColor::Red);
    pub(crate) const WARN: Style = colored(AnsiColor::Yellow);
    pub(crate) const CALM: Style = colored(AnsiColor::Cyan);
    pub(crate) const GOOD: Style = colored(AnsiColor::Green);
}

/// Text with a style.
pub(crate) type Piece<'a> = (Style, &'a str);

/// Writes lines of at most `width` columns, unless a word is longer.
pub(crate) struct Page<'w> {
    out: &'w mut dyn Write,
    pub(crate) width: usize,
    color: bool,
    pub(crate) ascii: bool,
}

impl<'w> Page<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, options: &RenderOptions) -> Self {
        let width = options.width.clamp(*WIDTHS.start(), *WIDTHS.end());
        Self { out, width, color: options.color, ascii: options.ascii }
    }

    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// One line as it is; only neutralised.
    pub(crate) fn line(&mut self, pieces: &[Piece<'_>]) -> io::Result<()> {
        for (style, text) in pieces {
            self.piece(*style, text)?;
        }
        self.blank()
    }

    /// `lead` at the start of the first line, then `text` wrapped behind it, its further lines indented by
    /// `indent` columns. With `max_lines` the text is cut there, with an ellipsis, and words that are too
    /// long are broken; without, nothing is cut or broken, and such a word makes its line longer.
    pub(crate) fn wrapped(
        &mut self,
        lead: &[Piece<'_>],
        indent: usize,
        (style, text): Piece<'_>,
        max_lines: Option<usize>,
    ) -> io::Result<()> {
        let text = self.shown(text);
        if text.is_empty() {
            return self.trimmed(lead);
        }
        let first: usize = lead.iter().map(|(_, t)| display_width(&self.shown(t))).sum();
        let (initial, subsequent) = (" ".repeat(first), " ".repeat(indent));
        let options = Options::new(self.width)
            .initial_indent(&initial)
            .subsequent_indent(&subsequent)
            .break_words(max_lines.is_some())
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        let mut lines: Vec<String> =
            textwrap::wrap(&text, options).into_iter().map(|l| l.into_owned()).collect();
        if let Some(max) = max_lines.filter(|max| lines.len() > *max) {
            lines.truncate(max);
            if let Some(last) = lines.last_mut() {
                cut(last, self.width, self.ellipsis());
            }
        }
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                for (style, text) in lead {
                    self.piece(*style, text)?;
                }
                self.piece(style, line.get(first..).unwrap_or_default())?;
            } else {
                let body = line.trim_start();
                self.piece(Style::new(), line.get(..line.len() - body.len()).unwrap_or_default())?;
                self.piece(style, body)?;
            }
            self.blank()?;
        }
        Ok(())
    }

    /// The same without spaces at the end.
    pub(crate) fn trimmed(&mut self, pieces: &[Piece<'_>]) -> io::Result<()> {
        let mut pieces = pieces.to_vec();
        while let Some((_, text)) = pieces.last_mut() {
            *text = text.trim_end();
            if !text.is_empty() {
                break;
            }
            pieces.pop();
        }
        self.line(&pieces)
    }

    pub(crate) fn ellipsis(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }

    pub(crate) fn arrow(&self) -> &'static str {
        if self.ascii { "->" } else { "→" }
    }

    /// What stands on the page for a text.
    pub(crate) fn shown(&self, text: &str) -> String {
        let text = printable(text);
        if self.ascii {
            text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
        } else {
            text.into_owned()
        }
    }

    fn piece(&mut self, style: Style, text: &str) -> io::Result<()> {
        let text = self.shown(text);
        if self.color && style != Style::new() && !text.trim().is_empty() {
            write!(self.out, "{}{text}{}", style.render(), style.render_reset())
        } else {
            self.out.write_all(text.as_bytes())
        }
    }
}

/// Shortens a line so that the ellipsis fits behind it.
fn cut(line: &mut String, width: usize, ellipsis: &str) {
    let room = width.saturating_sub(display_width(ellipsis));
    while display_width(line) > room {
        line.pop();
    }
    let end = line.trim_end_matches([' ', ',', '.', ';', ':']).len();
    line.truncate(end);
    line.push_str(ellipsis);
}
