//! `plimsoll rules list`.

use anyhow::Context;
use plimsoll_policy::ExitCode;

use super::catalogue;
use crate::{
    args::{Global, RulesFormat, RulesListArgs},
    db::columns,
    failure::Failure,
    progress::Bars,
};

pub(super) fn run(args: &RulesListArgs, global: &Global) -> Result<ExitCode, Failure> {
    let secrets = super::secret_rules(args.secret_rules.as_deref(), &Bars::new(global.quiet))?;
    let mut entries = catalogue::all(&secrets);
    entries.retain(|entry| {
        args.scanner.is_none_or(|scanner| entry.scanner == scanner.name())
            && args.class.as_ref().is_none_or(|class| entry.class == *class)
    });
    match args.format {
        RulesFormat::Json => {
            let text = serde_json::to_string_pretty(&entries).context("cannot write the rules")?;
            columns::print(&format!("{text}\n"))?;
        }
        RulesFormat::Table => {
            let rows: Vec<[String; 5]> = entries
                .into_iter()
                .map(|e| [e.id, e.scanner.to_owned(), e.class, e.severity, e.title])
                .collect();
            let count = rows.len();
            let table = columns::table(["RULE", "SCANNER", "CLASS", "SEVERITY", "TITLE"], &rows);
            columns::print(&format!("{table}\n{count} rules\n"))?;
        }
    }
    Ok(ExitCode::Success)
}
