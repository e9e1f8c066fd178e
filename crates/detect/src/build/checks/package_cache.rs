//! Caches of yum, dnf and zypper left in the layer.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-package-cache",
    title: "the cache of the package manager stays in the image",
    class: Class::Size,
    severity: Severity::Low,
    why: "Downloaded packages and metadata make the layer larger, and nothing uses them again.",
    advice: "Clean up in the same RUN, or mount a cache.",
    aliases: &[
        "DL3032",
        "DL3036",
        "DL3040",
        "DS015",
        "AVD-DS-0015",
        "DS019",
        "AVD-DS-0019",
        "DS020",
        "AVD-DS-0020",
        "DS027",
        "AVD-DS-0027",
    ],
    references: &[PRACTICES],
    fails: &[
        "FROM centos:7\nRUN yum install -y curl",
        "FROM fedora:40\nRUN dnf install -y curl",
        "FROM a:1\nRUN microdnf install -y curl",
        "FROM a:1\nRUN zypper -n in curl",
    ],
    passes: &[
        "FROM centos:7\nRUN yum install -y curl && yum clean all",
        "FROM a:1\nRUN yum install -y x && rm -rf /var/cache/yum/*\nRUN dnf install -y x && dnf clean all\nRUN microdnf install x && microdnf clean all",
        "FROM a:1\nRUN zypper -n in x && zypper clean -a\nRUN zypper -n in x && zypper cc --all",
        "FROM a:1\nRUN --mount=type=cache,target=/var/cache/dnf dnf install -y x\nRUN dnf install -y x && rm -rf /var/cache/libdnf5 /var/cache/dnf",
        "FROM a:1 AS b\nRUN yum install -y x\nFROM c:1\nCOPY --from=b /x /y",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let kept: Vec<usize> = plan.last_stage().map(|last| plan.lineage(last)).unwrap_or_default();
    for instruction in plan.of(&[Keyword::Run]) {
        if plan.origin == Origin::Dockerfile
            && !instruction.stage.is_some_and(|stage| kept.contains(&stage))
        {
            continue;
        }
        let Some(script) = &instruction.script else { continue };
        let kinds: [(Manager, &[&str], &str, &'static [&'static str]); 4] = [
            (YUM, &["yum", "dnf"], "/var/cache/yum", &["DL3032", "DS015", "AVD-DS-0015"]),
            (
                Manager { programs: &["microdnf"], ..DNF },
                &["microdnf", "dnf"],
                "/var/cache",
                &["DL3040", "DS027", "AVD-DS-0027"],
            ),
            (
                Manager { programs: &["dnf", "dnf5", "tdnf"], ..DNF },
                &["dnf", "dnf5", "tdnf", "yum"],
                "/var/cache/dnf",
                &["DL3040", "DS019", "AVD-DS-0019"],
            ),
            (ZYPPER, &["zypper"], "/var/cache/zypp", &["DL3036", "DS020", "AVD-DS-0020"]),
        ];
        for (manager, cleaners, cache, aliases) in kinds {
            let installs =
                script.commands.iter().rposition(|command| manager.installs(command).is_some());
            let Some(index) = installs else { continue };
            let is_cleaned = script.commands.iter().skip(index).any(|command| {
                let cleans = command.is(cleaners) && matches!(command.verb(), "clean" | "cc");
                let removes = command.is(&["rm"])
                    && command.operands().any(|arg| arg.value.contains("/var/cache"));
                cleans || removes
            });
            if is_cleaned || cached_target(instruction, "/var/cache") {
                continue;
            }
            let command = &script.commands[index];
            let name = command.base_name();
            let hit = hits.command(
                instruction,
                command,
                format!("the cache of {name} ({cache}) stays in the image"),
            );
            hit.aliases(aliases).corrected(format!(
                "… && {name} clean {}",
                if name == "zypper" { "--all" } else { "all" }
            ));
        }
    }
}
