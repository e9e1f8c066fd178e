//! Fix commands: the exact command of a system's own package manager for one finding, and one combined
//! command for a whole image. One file for each package manager says how it writes an upgrade. What an
//! application depends on is mended where the application is built: see [`app`].
//!
//! Nothing is run here. Names and versions come out of images and feeds, so whatever a shell could take
//! for more than a word is refused ([`shell`]).

mod apk;
mod app;
mod apt;
mod archives;
mod impact;
mod no_fix;
mod pacman;
mod plan;
mod shell;
mod tdnf;
mod tool;
mod upgrade;
mod yum;
mod zypper;

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use plimsoll_model::{Finding, Fix, FixKind, FixPlan, OperatingSystem, OwnedPackage, RiskKind};

use crate::distros;
use tool::Tool;
use upgrade::Upgrade;

/// What is known of the image that is to be mended. Made once for all findings of it.
#[derive(Clone, Debug)]
pub struct FixContext<'a> {
    os: Option<&'a OperatingSystem>,
    packages: &'a [OwnedPackage],
    applications: app::Index<'a>,
    tool: Tool,
    today: Date,
}

impl<'a> FixContext<'a> {
    /// `packages` are all packages of the image; empty where they are not at hand, and then the
    /// distribution's usual package manager is taken to be there.
    #[must_use]
    pub fn new(os: Option<&'a OperatingSystem>, packages: &'a [OwnedPackage], today: Date) -> Self {
        let distro = os.and_then(|os| distros::by_id(&os.id));
        let applications = app::Index::new(packages);
        Self { os, packages, applications, tool: Tool::of(os, distro, packages), today }
    }

    /// What to do about one finding.
    #[must_use]
    pub fn finding_fix(&self, finding: &Finding) -> Fix {
        if finding.kind == RiskKind::ApplicationVulnerability {
            return app::fix(&self.applications, finding);
        }
        if let Some(reason) = no_fix::reason(self, finding) {
            return Fix { kind: reason.kind, commands: Vec::new(), advice: reason.advice };
        }
        let upgrades = match upgrade::of_finding(finding) {
            Ok(upgrades) => upgrades,
            Err(reason) => {
                return Fix { kind: reason.kind, commands: Vec::new(), advice: reason.advice };
            }
        };
        let script = self.tool.script(self, &upgrades);
        let mut advice = upgrade::summary(&upgrades);
        if let Some(channel) = &finding.fix_channel {
            advice.push_str(&format!(" The fix is in `{}`.", channel.name));
        }
        for note in script.notes.iter().chain(&impact::restart(&upgrades)) {
            advice.push(' ');
            advice.push_str(note);
        }
        Fix { kind: FixKind::Commands, commands: script.commands(), advice }
    }

    /// One combined fix for the whole image; `None` where no finding is about a system package. `user` is
    /// the user that the image's configuration names (empty for root): the Dockerfile lines return to it.
    #[must_use]
    pub fn plan(&self, findings: &[&Finding], user: &str) -> Option<FixPlan> {
        let system: Vec<&Finding> = findings
            .iter()
            .copied()
            .filter(|f| f.kind == RiskKind::SystemVulnerability && f.suppression.is_none())
            .collect();
        (!system.is_empty()).then(|| plan::plan(self, &system, user))
    }

    /// `Debian GNU/Linux 12`.
    fn system_name(&self) -> String {
        match self.os {
            Some(os) if os.release.is_empty() => os.name.clone(),
            Some(os) => format!("{} {}", os.name, os.release),
            None => "this system".into(),
        }
    }

    /// The first number of the release.
    fn major(&self) -> Option<u32> {
        self.os.and_then(|os| tool::major(&os.release))
    }
}

/// What to do about one finding of an image whose packages are not at hand.
#[must_use]
pub fn finding_fix(os: Option<&OperatingSystem>, finding: &Finding, today: Date) -> Fix {
    FixContext::new(os, &[], today).finding_fix(finding)
}

/// One combined fix for the whole image: see [`FixContext::plan`].
#[must_use]
pub fn plan(
    os: Option<&OperatingSystem>,
    findings: &[&Finding],
    packages: &[OwnedPackage],
    user: &str,
    today: Date,
) -> Option<FixPlan> {
    FixContext::new(os, packages, today).plan(findings, user)
}

/// What one run of a package manager takes.
#[derive(Clone, Debug, Default)]
struct Script {
    /// Lines before it: repositories of systems that are past their end.
    prepare: Vec<String>,
    /// The upgrade; each line a command that must succeed before the next.
    steps: Vec<String>,
    /// What to know of it.
    notes: Vec<String>,
    /// What removes the package lists again in a Dockerfile.
    clean: Option<String>,
}

impl Script {
    /// Commands to run in a container, in order.
    fn commands(&self) -> Vec<String> {
        self.prepare.iter().chain(&self.steps).cloned().collect()
    }

    /// All in one line.
    fn one_line(&self) -> String {
        self.commands().join(" && ")
    }

    /// A `RUN` instruction, a command in each line.
    fn run_instruction(&self) -> Vec<String> {
        let lines: Vec<String> = self.commands().into_iter().chain(self.clean.clone()).collect();
        let last = lines.len().saturating_sub(1);
        lines
            .iter()
            .enumerate()
            .map(|(i, line)| {
                let start = if i == 0 { "RUN " } else { "    && " };
                let end = if i == last { "" } else { " \\" };
                format!("{start}{line}{end}")
            })
            .collect()
    }
}
