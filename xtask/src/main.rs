//! `cargo xtask CHORE`: everything that is done to the project rather than by it. Light on dependencies on
//! purpose: it is compiled before anything else on a fresh machine.

mod bench;
mod demo;
mod full_size;
mod process;
mod prove;
mod quality;
mod starter;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  demo [IMAGE]      build plimsoll, scan a small vulnerable image (or IMAGE) with the embedded advisories
  test              format check, lints, crate walls, tests: what CI runs
  test --fast       only the tests
  tidy              crate walls, unlisted siblings, file sizes, forbidden texts
  bench [ROOT]      run the whole program on a ~250 MB image made with debootstrap (or from the folder ROOT)
                    and print time, peak memory and throughput
  starter-db --data DIR [--out FILE]
                    make the embedded advisory database anew from the advisories in DIR
  full-size [--flaws N] [--work DIR] [--again]
                    build a database of the size of all public advisories, shaped like the real ones, and print
                    its size, its speed and the size of a day's update (--again: with the files of last time)
  prove             make Debian systems with debootstrap, and compare the reports of every source on them
                    and on the Alpine systems in the folder that PLIMSOLL_TEST_DATA names
  prove-malware     make Debian systems with compilers and languages, in which nothing may be taken for malware
  quality           precision and recall of the secret rules on the labelled corpus
  codegen           write the generated files (JSON schema) anew
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["demo", rest @ ..] => demo::run(rest),
        ["test"] => test::run(test::Extent::Everything),
        ["test", "--fast"] => test::run(test::Extent::TestsOnly),
        ["tidy"] => tidy::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["starter-db", rest @ ..] => starter::run(rest),
        ["full-size", rest @ ..] => full_size::run(rest),
        ["prove"] => prove::run(),
        ["quality"] => quality::run(),
        ["prove-malware"] => prove::malware(),
        ["codegen"] => test::codegen(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("unknown chore `{}`\n\n{USAGE}", args.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
