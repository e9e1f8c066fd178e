//! All checks, by area; a test keeps ids unique and every area's list in order.

use super::{Check, checks, services};

/// All lists, in alphabetical order of their modules: those of the system first.
static LISTS: &[&[Check]] = &[
    checks::accounts::CHECKS,
    checks::cron::CHECKS,
    checks::environment::CHECKS,
    checks::files::CHECKS,
    checks::image_config::CHECKS,
    checks::keys::CHECKS,
    checks::modes::CHECKS,
    checks::packages::CHECKS,
    checks::passwords::CHECKS,
    checks::ssh::CHECKS,
    checks::sudo::CHECKS,
];

/// All checks.
pub fn all() -> impl Iterator<Item = &'static Check> {
    LISTS.iter().chain(services::LISTS).flat_map(|list| list.iter())
}

/// The check of an id.
#[must_use]
pub fn get(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}
