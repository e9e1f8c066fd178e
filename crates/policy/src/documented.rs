//! Tables in the documentation that come from code: a test compares them, and writes them when the
//! environment variable `PLIMSOLL_UPDATE_GOLDEN` is set.

use std::sync::{Mutex, PoisonError};

/// Tests of one file run at the same time, and each writes the whole file.
static WRITING: Mutex<()> = Mutex::new(());

/// Asserts that the text between `<!-- NAME:begin -->` and `<!-- NAME:end -->` in the file is `expected`.
pub(crate) fn assert_block(path: &str, name: &str, expected: &str) {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path}: no {begin}"));
    let (block, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("{path}: no {end}"));
    if std::env::var_os("PLIMSOLL_UPDATE_GOLDEN").is_some() {
        std::fs::write(path, format!("{head}{begin}{expected}{end}{tail}")).unwrap();
    } else {
        assert_eq!(block, expected, "{path} is out of date: run with PLIMSOLL_UPDATE_GOLDEN=1");
    }
}
