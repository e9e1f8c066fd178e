//! Progress on a terminal; nothing at all in a pipe or with `--quiet`.

use std::{
    collections::HashMap,
    io::IsTerminal,
    sync::{Mutex, PoisonError},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use plimsoll_model::LayerDesc;
use plimsoll_scan::Progress;

/// Widest instruction shown beside a layer.
const INSTRUCTION_WIDTH: usize = 40;

/// One line a layer being read.
pub(crate) struct Bars {
    all: MultiProgress,
    quiet: bool,
    layers: Mutex<HashMap<u32, ProgressBar>>,
}

impl Bars {
    /// Bars that draw only where standard error is a terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        let all = MultiProgress::new();
        if quiet || !std::io::stderr().is_terminal() {
            all.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        Self { all, quiet, layers: Mutex::default() }
    }

    /// A line that says what is going on, until it is dropped or finished.
    pub(crate) fn step(&self, text: impl Into<String>) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new_spinner());
        bar.set_message(text.into());
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        bar
    }

    /// A bar of bytes, until it is dropped or finished.
    pub(crate) fn bytes(&self, text: impl Into<String>) -> ProgressBar {
        let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.all.add(ProgressBar::no_length().with_style(style));
        bar.set_message(text.into());
        bar
    }

    /// A line with a number of bytes, until it is dropped or finished.
    pub(crate) fn download(&self, name: &str) -> ProgressBar {
        let template = "{spinner} {prefix:<22} {msg:<9} {bytes:>11} {bytes_per_sec:>13}";
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = self.all.add(ProgressBar::new_spinner().with_style(style));
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        bar
    }

    /// Says something to the user without tearing the bars.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            self.all.suspend(|| anstream::eprintln!("warning: {text}"));
        }
    }

    /// Says something that is worth knowing but is not the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.all.suspend(|| anstream::eprintln!("note: {text}"));
        }
    }

    /// Takes all bars away.
    pub(crate) fn clear(&self) {
        let _ = self.all.clear();
    }

    fn with(&self, layer: &LayerDesc, act: impl FnOnce(&ProgressBar)) {
        let layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = layers.get(&layer.index) {
            act(bar);
        }
    }
}

impl Progress for Bars {
    fn layer_started(&self, layer: &LayerDesc) {
        let style = ProgressStyle::with_template(
            "{spinner} layer {prefix:>3}  {bytes:>11}  {bytes_per_sec:>13}  {msg}",
        )
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = self.all.add(ProgressBar::new_spinner().with_style(style));
        bar.set_prefix((layer.index + 1).to_string());
        let printable = layer.created_by.chars().filter(|c| !c.is_control());
        bar.set_message(printable.take(INSTRUCTION_WIDTH).collect::<String>());
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        layers.insert(layer.index, bar);
    }

    fn layer_bytes(&self, layer: &LayerDesc, bytes: u64) {
        self.with(layer, |bar| bar.set_position(bytes));
    }

    fn layer_finished(&self, layer: &LayerDesc) {
        self.with(layer, ProgressBar::finish_and_clear);
    }

    fn warning(&self, text: &str) {
        self.warn(text);
    }
}
