//! Every number of the scale, with the words that the documentation says about it.

/// From this score on: fix now.
pub const FIX_NOW_FROM: u8 = 70;
/// From this score on: fix later.
pub const FIX_LATER_FROM: u8 = 30;

/// One term of the sum.
pub(super) struct Term {
    pub(super) points: i8,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) when: &'static str,
}

macro_rules! terms {
    ($($name:ident = $points:literal, $when:literal;)*) => {
        $(pub(super) const $name: Term = Term { points: $points, when: $when };)*
        /// In the order of the documentation.
        #[cfg(test)]
        pub(super) const ALL: &[Term] = &[$($name),*];
    };
}

terms! {
    CRITICAL = 50, "the severity is critical";
    HIGH = 35, "the severity is high";
    MEDIUM = 20, "the severity is medium";
    UNKNOWN = 20, "nobody has rated the severity: taken as medium";
    LOW = 5, "the severity is low";
    NEGLIGIBLE = -20, "the severity is negligible";
    KEV = 40, "it is in CISA's catalogue of known exploited vulnerabilities (KEV)";
    RANSOMWARE = 5, "and ransomware uses it";
    EPSS_HALF = 20, "EPSS gives a probability of 50 % or more";
    EPSS_TENTH = 12, "EPSS gives 10 % or more";
    EPSS_HUNDREDTH = 5, "EPSS gives 1 % or more";
    EPSS_LOW = -5, "EPSS gives less than 0.1 %, and it is not in KEV";
    FIX_OUT = 10, "a fixed version is out";
    FIX_PAID = 5, "a fixed version is out, but only for subscribers";
    NO_FIX_EVER = -5, "there is none and none will come: the release is past its end of life";
    INVESTIGATED = -10, "the maintainers are still looking at it";
    NO_FIX_YET = -15, "no fixed version is out yet";
    FIX_DEFERRED = -15, "the maintainers put the fix off";
    WILL_NOT_FIX = -20, "the maintainers decided not to mend it";
    NETWORK_OPEN = 10, "it is reached over the network without an account and without anybody's help (CVSS `AV:N`, `PR:N` or `Au:N`, `UI:N`)";
    NETWORK_HINDERED = 5, "it is reached over the network, but needs an account or someone's action";
    LOCAL = -5, "it takes access to the machine (`AV:L`)";
    PHYSICAL = -10, "it takes hands on the machine (`AV:P`)";
    SERVES = 5, "the package serves or speaks to the network (web, mail, name and database servers, TLS and HTTP libraries), unless the flaw is a local one";
    LISTENS = 5, "and the image exposes ports";
    ROOT = 3, "containers of the image run as root, unless the package is not run";
    NOT_RUN = -10, "only build tools, headers, debug symbols or documentation carry it";
    KERNEL = -30, "only packages of the kernel carry it: containers run on the host's kernel";
    MALWARE = 35, "it is malicious content";
    CREDENTIAL = 35, "it is a key or credential that is surely one";
    LIKELY_CREDENTIAL = 10, "it is likely to be a key or credential";
    UNLIKELY_CREDENTIAL = -5, "it may be a key or credential";
}

/// Probabilities from which EPSS adds, highest first.
pub(super) const EPSS: [(f64, &Term); 3] =
    [(0.5, &EPSS_HALF), (0.1, &EPSS_TENTH), (0.01, &EPSS_HUNDREDTH)];
/// Probability below which EPSS takes away.
pub(super) const EPSS_HARDLY: f64 = 0.001;
