//! The program `plimsoll`: reads flags, wires the other crates together, writes results to standard output and
//! everything else to standard error. It decides nothing about images itself.

mod acquire;
mod args;
mod clamd;
mod db;
mod failure;
mod lint;
mod places;
mod progress;
mod quarantine;
mod rules;
mod scan;
mod yara;

use std::process::ExitCode as ProcessExit;

use clap::Parser;
use plimsoll_policy::ExitCode;

use crate::{
    args::{Cli, Command},
    failure::Failure,
};

fn main() -> ProcessExit {
    // clap ends with 2 on wrong usage and with 0 after help, which are the published codes.
    let cli = Cli::parse();
    let done = std::panic::catch_unwind(|| run(&cli));
    match done {
        Ok(Ok(code)) => code.into(),
        Ok(Err(Failure { code, error })) => {
            anstream::eprintln!("error: {error:#}");
            code.into()
        }
        // The panic's own message and place have been printed by the default hook.
        Err(_) => {
            anstream::eprintln!("error: internal error; please report it with the lines above");
            ExitCode::Internal.into()
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Scan(args) => scan::scan(args, &cli.global),
        Command::Fix(args) => scan::fix(args, &cli.global),
        Command::Lint(args) => lint::lint(args, &cli.global),
        Command::Db(command) => db::run(command, &cli.global),
        Command::Rules(command) => rules::run(command, &cli.global),
        Command::Schema => scan::schema(),
    }
}
