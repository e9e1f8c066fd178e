//! Every rule of other tools that judges build instructions, and which check decides the same, or why none does. A test
//! keeps it complete and true to the checks' aliases.
//!
//! Ids are facts taken from the tools' own lists: hadolint 2.15 (and what its source has beyond), Docker's build checks,
//! Trivy's Dockerfile checks, dockle's checkpoints.

/// A rule that no check answers to, and why.
pub const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("DL3005", "withdrawn by hadolint; build-dist-upgrade decides what was right of it"),
    ("DL3017", "withdrawn by hadolint: upgrading packages of a base image is no fault"),
    ("DL3031", "withdrawn by hadolint: upgrading packages of a base image is no fault"),
    ("DL3039", "withdrawn by hadolint: upgrading packages of a base image is no fault"),
    (
        "CIS-DI-0002",
        "asks which base images are trusted: build-registry-not-allowed answers where the caller says it",
    ),
    (
        "CIS-DI-0003",
        "asks for unneeded packages, which no instruction shows; dockle has no test either",
    ),
    ("CIS-DI-0004", "asks for security updates: that is the vulnerability scan"),
    ("CIS-DI-0005", "content trust is a setting of the client, no part of an image"),
    ("DKL-LI-0002", "judged on the account files of the image by the baseline checks"),
    ("DS003", "not in use"),
    ("DS018", "not in use"),
    ("DS028", "not in use"),
];

/// Rules of hadolint.
pub const HADOLINT: &[&str] = &[
    "DL1000", "DL1001", "DL3000", "DL3001", "DL3002", "DL3003", "DL3004", "DL3005", "DL3006",
    "DL3007", "DL3008", "DL3009", "DL3010", "DL3011", "DL3012", "DL3013", "DL3014", "DL3015",
    "DL3016", "DL3017", "DL3018", "DL3019", "DL3020", "DL3021", "DL3022", "DL3023", "DL3024",
    "DL3025", "DL3026", "DL3027", "DL3028", "DL3029", "DL3030", "DL3031", "DL3032", "DL3033",
    "DL3034", "DL3035", "DL3036", "DL3037", "DL3038", "DL3039", "DL3040", "DL3041", "DL3042",
    "DL3043", "DL3044", "DL3045", "DL3046", "DL3047", "DL3048", "DL3049", "DL3050", "DL3051",
    "DL3052", "DL3053", "DL3054", "DL3055", "DL3056", "DL3057", "DL3058", "DL3059", "DL3060",
    "DL3061", "DL3062", "DL3063", "DL3064", "DL3065", "DL3066", "DL3067", "DL3068", "DL3069",
    "DL3070", "DL3071", "DL3072", "DL3073", "DL3074", "DL3075", "DL3076", "DL3077", "DL4000",
    "DL4001", "DL4003", "DL4004", "DL4005", "DL4006", "DL4007",
];

/// Docker's build checks.
pub const DOCKER: &[&str] = &[
    "StageNameCasing",
    "FromAsCasing",
    "NoEmptyContinuation",
    "ConsistentInstructionCasing",
    "DuplicateStageName",
    "MaintainerDeprecated",
    "UndefinedArgInFrom",
    "WorkdirRelativePath",
    "ReservedStageName",
    "JSONArgsRecommended",
    "MultipleInstructionsDisallowed",
    "LegacyKeyValueFormat",
    "UndefinedVar",
    "RedundantTargetPlatform",
    "FromPlatformFlagConstDisallowed",
    "SecretsUsedInArgOrEnv",
    "InvalidDefaultArgInFrom",
    "CopyIgnoredFile",
    "InvalidDefinitionDescription",
    "ExposeProtoCasing",
    "ExposeInvalidFormat",
];

/// Trivy's Dockerfile checks.
pub const TRIVY: &[&str] = &[
    "DS001", "DS002", "DS003", "DS004", "DS005", "DS006", "DS007", "DS008", "DS009", "DS010",
    "DS011", "DS012", "DS013", "DS014", "DS015", "DS016", "DS017", "DS018", "DS019", "DS020",
    "DS021", "DS022", "DS023", "DS024", "DS025", "DS026", "DS027", "DS028", "DS029", "DS030",
    "DS031", "DS032",
];

/// dockle's checkpoints.
pub const DOCKLE: &[&str] = &[
    "CIS-DI-0001",
    "CIS-DI-0002",
    "CIS-DI-0003",
    "CIS-DI-0004",
    "CIS-DI-0005",
    "CIS-DI-0006",
    "CIS-DI-0007",
    "CIS-DI-0008",
    "CIS-DI-0009",
    "CIS-DI-0010",
    "CIS-DI-0011",
    "DKL-DI-0001",
    "DKL-DI-0002",
    "DKL-DI-0003",
    "DKL-DI-0004",
    "DKL-DI-0005",
    "DKL-DI-0006",
    "DKL-LI-0001",
    "DKL-LI-0002",
    "DKL-LI-0003",
];

/// The tools and their rules.
pub const TOOLS: &[(&str, &[&str])] =
    &[("hadolint", HADOLINT), ("Docker", DOCKER), ("Trivy", TRIVY), ("dockle", DOCKLE)];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::build::checks;

    #[test]
    fn every_rule_is_answered_or_explained() {
        let ours: BTreeSet<&str> =
            checks::all().iter().flat_map(|check| check.aliases).copied().collect();
        for (tool, rules) in TOOLS {
            for rule in *rules {
                let explained = NOT_APPLICABLE.iter().any(|(id, _)| id == rule);
                assert!(
                    ours.contains(rule) != explained,
                    "{tool}'s {rule}: answered {}, explained {explained}",
                    ours.contains(rule)
                );
            }
        }
        assert!(
            NOT_APPLICABLE
                .iter()
                .all(|(id, why)| !why.is_empty()
                    && TOOLS.iter().any(|(_, rules)| rules.contains(id)))
        );
    }

    #[test]
    fn aliases_are_ids_that_exist() {
        for check in checks::all() {
            for alias in check.aliases {
                let trivy = alias.replace("AVD-DS-0", "DS").replace("DS-0", "DS");
                let known = TOOLS
                    .iter()
                    .any(|(_, rules)| rules.contains(alias) || rules.contains(&trivy.as_str()));
                assert!(known || alias.starts_with("CIS 4."), "{}: {alias}", check.id);
            }
        }
    }
}
