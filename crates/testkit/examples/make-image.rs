//! `make-image FIXTURE ARCHIVE`: writes a fixture as a `docker save` archive. Used by `cargo xtask demo`.

use std::{env, fs, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [fixture, archive] = args.as_slice() else {
        eprintln!("usage: make-image FIXTURE ARCHIVE");
        return ExitCode::from(2);
    };
    let made = fs::read_to_string(fixture)
        .and_then(|text| fs::write(archive, plimsoll_testkit::image(&text).docker_archive()));
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make-image: {fixture} -> {archive}: {error}");
            ExitCode::FAILURE
        }
    }
}
