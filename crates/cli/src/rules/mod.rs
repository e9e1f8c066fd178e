//! `plimsoll rules`: what the checks are, and whether they do what they say.

mod catalogue;
mod list;
mod profile;
mod show;
mod test;

use std::sync::Arc;

use plimsoll_detect::secrets::RuleSet;
use plimsoll_policy::ExitCode;

use crate::{
    args::{Global, RulesCommand},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

/// Runs it.
pub(crate) fn run(command: &RulesCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        RulesCommand::List(args) => list::run(args, global),
        RulesCommand::Show(args) => show::run(args, global),
        RulesCommand::Test(args) => test::run(args, global),
        RulesCommand::Profile(args) => profile::run(args, global),
    }
}

/// The built-in rules about secrets, with the user's own where there are any. Rules of the user's that cannot be used
/// are named, and the others are used.
pub(crate) fn secret_rules(
    own: Option<&std::path::Path>,
    bars: &Bars,
) -> Result<Arc<RuleSet>, Failure> {
    let Some(own) = own else { return Ok(RuleSet::builtin()) };
    let limit = plimsoll_detect::secrets::MAX_RULES_TEXT;
    let file = places::text_file(Some(own), "", limit).or_usage()?;
    let Some((name, text)) = file else { return Ok(RuleSet::builtin()) };
    let (rules, errors) = RuleSet::with_own(&name, &text);
    for error in errors {
        bars.warn(&error.to_string());
    }
    Ok(Arc::new(rules))
}
