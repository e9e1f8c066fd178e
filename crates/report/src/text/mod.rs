//! Text for terminals: what is safe to show, how wide it is, where it may be broken.

mod page;
mod printable;
mod shell;

pub(crate) use page::{Page, Piece, palette};
pub use printable::printable;
pub(crate) use printable::{is_plain, is_unsafe};
pub(crate) use shell::wrap_command;
