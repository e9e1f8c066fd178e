//! Progress bars in build logs.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-wget-progress",
    title: "wget fills the build log with its progress",
    class: Class::Style,
    severity: Severity::Negligible,
    why: "A large download writes thousands of lines, in which what matters is lost.",
    advice: "Give --progress=dot:giga, -nv or -q.",
    aliases: &["DL3047"],
    references: &["https://www.gnu.org/software/wget/manual/wget.html"],
    fails: &["FROM debian:12\nRUN wget https://example.com/x.tar.gz"],
    passes: &[
        "FROM debian:12\nRUN wget --progress=dot:giga https://example.com/x.tar.gz",
        "FROM a:1\nRUN wget -q x && wget -nv x && wget -qO- x && wget -o log x && wget --version",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        let is_quiet = command.has_option(&[
            "progress",
            "q",
            "quiet",
            "nv",
            "no-verbose",
            "o",
            "output-file",
            "a",
            "append-output",
            "version",
            "help",
        ]) || command
            .args
            .iter()
            .any(|arg| arg.value.starts_with("-nv") || arg.value.starts_with("-o"));
        if command.is(&["wget"]) && !is_quiet {
            hits.command(instruction, command, "");
        }
    }
}
