//! What a scan looks for.

use std::{collections::BTreeSet, fmt, str::FromStr, sync::Arc};

use plimsoll_detect::{baseline::Parameters, build, secrets::RuleSet};
#[cfg(feature = "malware")]
use plimsoll_malware::{clamd::ClamAv, user::UserRules};
use plimsoll_model::{RiskKind, Tool};

/// One sort of thing to look for; `--scanners` names them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scanner {
    /// Known flaws in packages of the system and of applications.
    Vulnerability,
    /// Credentials and keys.
    Secret,
    /// Malicious files, code and behaviour.
    #[cfg(feature = "malware")]
    Malware,
    /// Settings against best practice.
    Baseline,
    /// Risky build instructions.
    Build,
}

impl Scanner {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Vulnerability,
        Self::Secret,
        #[cfg(feature = "malware")]
        Self::Malware,
        Self::Baseline,
        Self::Build,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vulnerability => "vuln",
            Self::Secret => "secret",
            #[cfg(feature = "malware")]
            Self::Malware => "malware",
            Self::Baseline => "baseline",
            Self::Build => "build",
        }
    }

    /// The risks that it finds.
    #[must_use]
    pub fn kinds(self) -> &'static [RiskKind] {
        match self {
            Self::Vulnerability => {
                &[RiskKind::SystemVulnerability, RiskKind::ApplicationVulnerability]
            }
            Self::Secret => &[RiskKind::SensitiveFile],
            #[cfg(feature = "malware")]
            Self::Malware => &[RiskKind::Malware],
            Self::Baseline => &[RiskKind::Baseline],
            Self::Build => &[RiskKind::BuildInstruction],
        }
    }
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scanner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|scanner| scanner.name() == text.trim()).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|scanner| scanner.name()).collect();
            format!("there is no scanner `{text}`; there are {}", names.join(", "))
        })
    }
}

/// Checks of the baseline that judge what checks of build instructions judge by the instruction.
const LEFT_TO_BUILD: &[&str] = &["baseline-image-healthcheck", "baseline-image-user-root"];

/// Checks of the baseline that look for credentials. Those of files hold their tongue themselves where the search for
/// secrets has found something.
const LEFT_TO_SECRETS: &[&str] = &["baseline-credential-environment"];

/// Checks of the baseline that judge what the search for malware judges by the package that owns the file.
#[cfg(feature = "malware")]
const LEFT_TO_MALWARE: &[&str] = &[];

/// What a scan looks for, and by which rules. The same set serves to read the layers and to judge the inventory.
#[derive(Clone, Debug)]
pub struct Checks {
    scanners: BTreeSet<Scanner>,
    secrets: Option<Arc<RuleSet>>,
    secret_depth: Option<usize>,
    baseline: Parameters,
    build: build::Options,
    #[cfg(feature = "malware")]
    yara: Option<Arc<UserRules>>,
    #[cfg(feature = "malware")]
    clamav: Option<Arc<ClamAv>>,
}

impl Checks {
    /// These and no others.
    #[must_use]
    pub fn of(scanners: impl IntoIterator<Item = Scanner>) -> Self {
        Self {
            scanners: scanners.into_iter().collect(),
            secrets: None,
            secret_depth: None,
            baseline: Parameters::default(),
            build: build::Options::default(),
            #[cfg(feature = "malware")]
            yara: None,
            #[cfg(feature = "malware")]
            clamav: None,
        }
    }

    /// The same with these YARA rules beside the built-in ones.
    #[cfg(feature = "malware")]
    #[must_use]
    pub fn with_yara_rules(mut self, rules: Arc<UserRules>) -> Self {
        self.yara = Some(rules);
        self
    }

    /// The same with the opinion of ClamAV's daemon about every file.
    #[cfg(feature = "malware")]
    #[must_use]
    pub fn with_clamav(mut self, daemon: Arc<ClamAv>) -> Self {
        self.clamav = Some(daemon);
        self
    }

    /// ClamAV's daemon.
    #[cfg(feature = "malware")]
    pub(crate) fn clamav(&self) -> Option<Arc<ClamAv>> {
        self.clamav.clone()
    }

    /// Other programs that are asked, with their versions.
    pub(crate) fn engines(&self) -> Vec<Tool> {
        #[cfg(feature = "malware")]
        if let Some(daemon) = self.clamav.as_ref().filter(|_| self.has(Scanner::Malware)) {
            let said = daemon.version();
            let (name, version) = said.split_once(' ').unwrap_or((said, ""));
            return vec![Tool { name: name.to_owned(), version: version.to_owned() }];
        }
        Vec::new()
    }

    /// The user's YARA rules.
    #[cfg(feature = "malware")]
    pub(crate) fn yara_rules(&self) -> Option<Arc<UserRules>> {
        self.yara.clone()
    }

    /// The same with these rules about secrets instead of the built-in ones.
    #[must_use]
    pub fn with_secret_rules(mut self, rules: Arc<RuleSet>) -> Self {
        self.secrets = Some(rules);
        self
    }

    /// The same, looking for secrets in so many levels of archives; 0: in none.
    #[must_use]
    pub fn with_secret_depth(mut self, depth: usize) -> Self {
        self.secret_depth = Some(depth);
        self
    }

    /// Levels of archives in which secrets are looked for, where another number than the usual one is wanted.
    pub(crate) fn secret_depth(&self) -> Option<usize> {
        self.secret_depth
    }

    /// The same with these settings of the baseline.
    #[must_use]
    pub fn with_baseline(mut self, parameters: Parameters) -> Self {
        self.baseline = parameters;
        self
    }

    /// The same with these settings of the checks of build instructions.
    #[must_use]
    pub fn with_build(mut self, options: build::Options) -> Self {
        self.build = options;
        self
    }

    /// Settings of the baseline. What another scanner looks for more closely is left to it: one flaw is one finding.
    pub(crate) fn baseline(&self) -> Parameters {
        let mut parameters = self.baseline.clone();
        let mut leave = |ids: &[&str]| {
            parameters.exclude.extend(ids.iter().map(|id| (*id).to_owned()));
        };
        if self.has(Scanner::Build) {
            leave(LEFT_TO_BUILD);
        }
        if self.has(Scanner::Secret) {
            leave(LEFT_TO_SECRETS);
        }
        #[cfg(feature = "malware")]
        if self.has(Scanner::Malware) {
            leave(LEFT_TO_MALWARE);
        }
        parameters
    }

    /// Settings of the checks of build instructions.
    pub(crate) fn build(&self) -> &build::Options {
        &self.build
    }

    /// The rules about secrets, where secrets are looked for.
    #[must_use]
    pub fn secret_rules(&self) -> Option<Arc<RuleSet>> {
        self.has(Scanner::Secret).then(|| self.secrets.clone().unwrap_or_else(RuleSet::builtin))
    }

    /// Known flaws alone.
    #[must_use]
    pub fn vulnerabilities() -> Self {
        Self::of([Scanner::Vulnerability])
    }

    /// Whether it looks for this.
    #[must_use]
    pub fn has(&self, scanner: Scanner) -> bool {
        self.scanners.contains(&scanner)
    }

    /// The risks that it finds, in the order of [`RiskKind::ALL`].
    #[must_use]
    pub fn kinds(&self) -> Vec<RiskKind> {
        let finds = |kind| self.scanners.iter().any(|scanner| scanner.kinds().contains(&kind));
        RiskKind::ALL.into_iter().filter(|kind| finds(*kind)).collect()
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self::of(Scanner::ALL.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for scanner in Scanner::ALL {
            assert_eq!(scanner.to_string().parse(), Ok(*scanner));
        }
        assert!("vulnerability ".parse::<Scanner>().unwrap_err().contains("vuln, secret"));
    }

    #[test]
    #[cfg(feature = "malware")]
    fn every_risk_has_a_scanner() {
        assert_eq!(Checks::default().kinds(), RiskKind::ALL);
    }
}
