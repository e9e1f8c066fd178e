//! Packages that were published to do harm: advisories name them like flawed ones (the OSV format of
//! <https://github.com/ossf/malicious-packages>, `MAL-…`), but there is nothing in them to mend.

use plimsoll_model::{Confidence, DetectionInfo, Finding, Fix, FixKind, RiskKind};

/// Beginning of the ids of such advisories.
const MALICIOUS: &str = "MAL-";

/// What to do about one.
const ADVICE: &str = "Take the package out of the image and of whatever names it (a typing error in a name is the usual way in). Code of a package runs when \
     it is installed: rebuild on a clean machine, and revoke the credentials that the build and containers of this image could read.";

/// Makes malware of findings about such packages.
pub(super) fn name_malicious(findings: &mut [Finding]) {
    for finding in findings {
        if !finding.id.starts_with(MALICIOUS)
            && !finding.aliases.iter().any(|alias| alias.starts_with(MALICIOUS))
        {
            continue;
        }
        finding.kind = RiskKind::Malware;
        finding.path = finding.packages.first().map(|package| package.path.clone());
        finding.fix =
            Fix { kind: FixKind::Advice, commands: Vec::new(), advice: ADVICE.to_owned() };
        finding.detection = Some(Box::new(DetectionInfo {
            class: "malicious-package".to_owned(),
            confidence: Confidence::High,
            inside: String::new(),
            config_field: None,
            hidden_by: None,
            fingerprint: None,
            file: None,
            setting: None,
        }));
    }
}
