//! Archives that are copied and then unpacked.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-archive",
    title: "an archive is copied and then unpacked; ADD does both",
    class: Class::Size,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "The copied archive stays in its layer although the next one removes it.",
    advice: "Use ADD for this archive, or mount it into the RUN.",
    aliases: &["DL3010"],
    references: &["https://docs.docker.com/build/building/best-practices/#add-or-copy"],
    fails: &[
        "FROM debian:12\nCOPY app.tar.gz /tmp/\nRUN tar -xf /tmp/app.tar.gz",
        "FROM a:1\nCOPY x /tmp/y.tgz\nRUN tar xzf /tmp/y.tgz",
    ],
    passes: &[
        "FROM debian:12\nADD app.tar.gz /",
        "FROM a:1\nCOPY app.tar.gz /tmp/\nRUN ls /tmp",
        "FROM a:1\nCOPY --from=b /x.tar /x.tar\nRUN tar xf /x.tar",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for copy in plan.of(&[Keyword::Copy]) {
        if copy.flag("from").is_some() || copy.is_trigger {
            continue;
        }
        let Some(to) = copy.destination() else { continue };
        let archives: Vec<&str> = match add::is_archive(&to.value) {
            true => vec![base_name(&to.value)],
            false => copy
                .sources()
                .map(|source| base_name(&source.value))
                .filter(|name| add::is_archive(name))
                .collect(),
        };
        let later =
            plan.instructions.iter().skip(copy.index + 1).take_while(|i| i.stage == copy.stage);
        let commands = later.filter_map(|i| i.script.as_ref()).flat_map(|script| &script.commands);
        let is_unpacked = !archives.is_empty()
            && commands.into_iter().any(|command| {
                unpacks(command)
                    && command.args.iter().any(|arg| archives.contains(&base_name(&arg.value)))
            });
        if is_unpacked {
            hits.on(copy, "");
        }
    }
}

fn base_name(path: &str) -> &str {
    path.trim_matches(['"', '\'']).rsplit(['/', '\\']).next().unwrap_or(path)
}

fn unpacks(command: &Command) -> bool {
    if command.is(&["tar", "bsdtar"]) {
        let first = command.args.first().map(|arg| arg.value.as_str()).unwrap_or_default();
        return command.has_option(&["x", "extract", "get"])
            || (!first.starts_with('-') && first.contains('x'));
    }
    command.is(&["unzip", "gunzip", "bunzip2", "unlzma", "unxz", "zcat", "gzcat", "uncompress"])
}
