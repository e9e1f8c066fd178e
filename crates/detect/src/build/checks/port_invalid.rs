//! Ports that do not exist, and other faults of `EXPOSE`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-port-invalid",
    title: "EXPOSE names no valid port",
    class: Class::Correctness,
    severity: Severity::Medium,
    why: "Ports go from 0 to 65535, with /tcp, /udp or /sctp behind them. Builders refuse others, or read them as something else.",
    advice: "Write a port, a range or a variable, with the protocol in small letters.",
    aliases: &["DL3011", "DS008", "AVD-DS-0008", "ExposeInvalidFormat", "ExposeProtoCasing"],
    references: &["https://docs.docker.com/reference/dockerfile/#expose", BUILD_CHECKS],
    fails: &[
        "FROM debian:12\nEXPOSE 80000",
        "FROM a:1\nEXPOSE 127.0.0.1:80:80",
        "FROM a:1\nEXPOSE 80/TCP",
        "FROM a:1\nEXPOSE http",
        "FROM a:1\nEXPOSE 90-80",
        "FROM a:1\nEXPOSE 80/icmp",
    ],
    passes: &["FROM debian:12\nEXPOSE 8080", "FROM a:1\nEXPOSE 80/udp 90-95/tcp $PORT ${A}/tcp"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Expose]) {
        for word in &instruction.words {
            if word.value.contains('$') {
                continue;
            }
            let (ports, protocol) = match word.value.split_once('/') {
                Some((ports, protocol)) => (ports, protocol),
                None => (word.value.as_str(), "tcp"),
            };
            if ports.contains(':') {
                hits.at(
                    instruction,
                    word.at,
                    format!(
                        "EXPOSE {} names an address or a mapping, which only `docker run -p` takes",
                        word.value
                    ),
                )
                .aliases(&["ExposeInvalidFormat"]);
                continue;
            }
            let numbers: Vec<Option<u32>> =
                ports.split('-').map(|port| port.parse().ok()).collect();
            let is_valid = matches!(numbers.as_slice(),
                [Some(port)] if *port <= 65_535)
                || matches!(numbers.as_slice(), [Some(from), Some(to)] if from <= to && *to <= 65_535);
            if !is_valid {
                hits.at(
                    instruction,
                    word.at,
                    format!("EXPOSE {}: no port from 0 to 65535", word.value),
                )
                .aliases(&[
                    "DL3011",
                    "DS008",
                    "AVD-DS-0008",
                    "ExposeInvalidFormat",
                ]);
            } else if protocol.bytes().any(|b| b.is_ascii_uppercase()) {
                let right = format!("{ports}/{}", protocol.to_ascii_lowercase());
                let hit = hits.at(
                    instruction,
                    word.at,
                    format!("EXPOSE {}: the protocol is written in small letters", word.value),
                );
                hit.severity(Severity::Negligible)
                    .aliases(&["ExposeProtoCasing"])
                    .corrected(format!("EXPOSE {right}"));
                if plan.slice(word.at, word.end) == word.value {
                    hit.edit(word.at, word.end, right);
                }
            } else if !matches!(protocol, "tcp" | "udp" | "sctp") {
                hits.at(
                    instruction,
                    word.at,
                    format!("EXPOSE {}: no protocol {protocol}", word.value),
                )
                .aliases(&["ExposeInvalidFormat"]);
            }
        }
    }
}
