//! Settings against best practice in the finished image: accounts, files, services.

mod notable;

pub use notable::Notable;

/// Globs of the configuration files that checks look at, without a leading slash.
pub const FILES: &[&str] =
    &["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/login.defs", "etc/sudoers"];
