//! Port 22.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-ssh-port",
    title: "EXPOSE 22: the container is reached by SSH",
    class: Class::Security,
    severity: Severity::Medium,
    why: "A container needs no SSH server: it adds accounts, keys and a service to be kept safe. `docker exec` and `kubectl exec` do the same under the platform's own control.",
    advice: "Remove the SSH server and the port.",
    aliases: &["DS004", "AVD-DS-0004"],
    references: &["https://docs.docker.com/reference/dockerfile/#expose"],
    fails: &["FROM debian:12\nEXPOSE 22", "FROM a:1\nEXPOSE 80 22/tcp", "FROM a:1\nEXPOSE 20-30"],
    passes: &["FROM debian:12\nEXPOSE 8022", "FROM a:1\nEXPOSE 22/udp"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Expose]) {
        for word in &instruction.words {
            let (ports, protocol) = word.value.split_once('/').unwrap_or((&word.value, "tcp"));
            let mut ends = ports.split('-').map(str::parse::<u32>);
            let (Some(Ok(from)), to) = (ends.next(), ends.next()) else { continue };
            let to = to.and_then(Result::ok).unwrap_or(from);
            if protocol.eq_ignore_ascii_case("tcp") && (from..=to).contains(&22) {
                hits.at(instruction, word.at, "");
            }
        }
    }
}
