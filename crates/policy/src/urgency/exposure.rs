//! How exposed the flaw is in this image: how it is reached, what the package does, how containers run.

use plimsoll_model::{Finding, RiskKind};

use super::{
    names,
    terms::{self, Term},
};
use crate::{Context, cvss_vector::Reach};

/// Ports named in a reason; the rest is counted.
const MAX_PORTS_NAMED: usize = 3;

pub(super) fn judge(finding: &Finding, context: &Context, add: &mut impl FnMut(&Term, String)) {
    let reach = crate::cvss_vector::reach(finding);
    match reach {
        Some(Reach::NetworkOpen) => {
            add(&terms::NETWORK_OPEN, "reached over the network without an account".into());
        }
        Some(Reach::NetworkHindered) => add(
            &terms::NETWORK_HINDERED,
            "reached over the network, but needs an account or someone's action".into(),
        ),
        Some(Reach::Local) => add(&terms::LOCAL, "takes access to the machine".into()),
        Some(Reach::Physical) => add(&terms::PHYSICAL, "takes hands on the machine".into()),
        Some(Reach::Adjacent) | None => {}
    }
    let package = finding.package.as_deref().unwrap_or_default();
    let system = finding.kind == RiskKind::SystemVulnerability;
    let binaries = || finding.packages.iter().map(|p| p.name.as_str());
    let all = |test: fn(&str) -> bool| !finding.packages.is_empty() && binaries().all(test);
    if system && all(names::is_kernel) {
        add(&terms::KERNEL, "only kernel packages: containers run on the host's kernel".into());
        return;
    }
    if system && all(names::is_not_run) {
        add(&terms::NOT_RUN, "only build tools, headers or documentation carry it".into());
        return;
    }
    if context.runs_as_root {
        add(&terms::ROOT, "containers of this image run as root".into());
    }
    if matches!(reach, Some(Reach::Local | Reach::Physical)) || !names::is_network(package) {
        return;
    }
    add(&terms::SERVES, format!("`{package}` speaks to the network"));
    if !context.exposed_ports.is_empty() {
        let mut ports: Vec<&str> =
            context.exposed_ports.iter().map(String::as_str).take(MAX_PORTS_NAMED).collect();
        if context.exposed_ports.len() > MAX_PORTS_NAMED {
            ports.push("…");
        }
        add(&terms::LISTENS, format!("the image exposes {}", ports.join(", ")));
    }
}
