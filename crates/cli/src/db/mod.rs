//! `plimsoll db`: the advisory database of this machine.

mod build;
pub(crate) mod columns;
mod feed_bars;
mod list;
mod publish;
mod pull;
mod query;
mod rollback;
mod show;
mod status;
mod target;
mod trust;
mod update;

use plimsoll_policy::ExitCode;

use crate::{
    args::{DbCommand, Global},
    failure::Failure,
};

/// Runs a `db` command.
pub(crate) fn run(command: &DbCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        DbCommand::Status(args) => status::run(args, global),
        DbCommand::Update(args) => update::run(args, global),
        DbCommand::Rollback(args) => rollback::run(args, global),
        DbCommand::Build(args) if args.list_feeds => list::run(),
        DbCommand::Build(args) => build::run(args, global),
        DbCommand::Push(args) => publish::push(args, global),
        DbCommand::Export(args) => publish::run_export(args, global),
        DbCommand::Import(args) => pull::run_import(args, global),
        DbCommand::Keygen(args) => publish::keygen(args, global),
        DbCommand::Query(args) => query::run(args, global),
        DbCommand::Show(args) => show::run(args, global),
    }
}
