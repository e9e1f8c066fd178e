//! What users set: which checks run, and the figures that checks compare with. The `baseline:` section of the
//! project's configuration, read from its YAML.

use super::{Check, catalogue, formats::yaml};

/// Most words of a user's own list of weak passwords.
pub const MAX_PASSWORDS: usize = 1_000;

/// A choice of checks to begin with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Catalogue {
    /// What matters in containers and is quiet on the stock images of distributions.
    #[default]
    Default,
    /// All checks.
    Full,
    /// None: only what `include` names.
    None,
}

/// See the module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameters {
    /// What runs before `include` and `exclude`.
    pub catalogue: Catalogue,
    /// Ids and classes that run as well.
    pub include: Vec<String>,
    /// Ids and classes that do not run; stronger than `include`.
    pub exclude: Vec<String>,
    /// Least length of passwords that the image may allow.
    pub min_password_length: i64,
    /// Most days that a password may stay the same.
    pub max_password_days: i64,
    /// Least days between two changes of a password.
    pub min_password_days: i64,
    /// Least days of warning before a password runs out.
    pub password_warn_days: i64,
    /// Failed logins after which an account has to be locked at the latest.
    pub max_failed_logins: i64,
    /// Further passwords that are tried against the hashes of accounts.
    pub weak_passwords: Vec<String>,
    /// How much work may go into trying passwords, in units of about a millisecond; 0 tries none.
    pub password_work: u64,
    /// Paths of setuid and setgid programs that are wanted besides the well-known ones.
    pub allowed_setuid: Vec<String>,
    /// Ports that are not to be exposed.
    pub forbidden_ports: Vec<String>,
    /// Names under which a message of the day may not show; paths of certificates that were added on purpose.
    pub allowed_certificates: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            catalogue: Catalogue::Default,
            include: Vec::new(),
            exclude: Vec::new(),
            min_password_length: 8,
            max_password_days: 365,
            min_password_days: 1,
            password_warn_days: 7,
            max_failed_logins: 5,
            weak_passwords: Vec::new(),
            password_work: 1_500,
            allowed_setuid: Vec::new(),
            forbidden_ports: [
                "21/tcp",
                "22/tcp",
                "23/tcp",
                "111/tcp",
                "135/tcp",
                "139/tcp",
                "445/tcp",
                "512/tcp",
                "513/tcp",
                "514/tcp",
                "2049/tcp",
                "2375/tcp",
                "3389/tcp",
                "5900/tcp",
                "10255/tcp",
            ]
            .map(str::to_owned)
            .to_vec(),
            allowed_certificates: Vec::new(),
        }
    }
}

/// What is wrong with the section; a line where it is known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParametersError {
    /// Line of the section, 1-based.
    pub line: u32,
    /// A lower-case fragment.
    pub message: String,
}

impl Parameters {
    /// Reads the section `baseline:` of a YAML document (or a document that is the section itself); what is not
    /// set keeps its default.
    ///
    /// # Errors
    /// Where it is no YAML, a key is unknown, a value has the wrong type, or a check or class does not exist.
    pub fn parse(text: &str) -> Result<Self, ParametersError> {
        Self::read(text, false)
    }

    /// Reads the section `baseline:` of a settings file that holds others, too. Without it everything keeps its
    /// default.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn of_settings(text: &str) -> Result<Self, ParametersError> {
        Self::read(text, true)
    }

    fn read(text: &str, is_settings: bool) -> Result<Self, ParametersError> {
        let fail = |line: u32, message: String| Err(ParametersError { line, message });
        let settings = match yaml::parse(text) {
            Ok(settings) => settings,
            Err(error) => return fail(1, error.to_string()),
        };
        let is_whole = is_settings
            || settings
                .iter()
                .any(|(name, ..)| name == "baseline" || name.starts_with("baseline."));
        let mut out = Self::default();
        for (name, value, line) in settings {
            let key = match (is_whole, name.strip_prefix("baseline.")) {
                (true, Some(key)) => key,
                (true, None) => continue,
                (false, _) => name.as_str(),
            };
            let list = || -> Vec<String> {
                value.split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect()
            };
            let number = match value.trim().parse::<i64>() {
                Ok(number) if number >= 0 => Ok(number),
                _ => fail(line, format!("`{key}` takes a number, not `{value}`")).map(|_: Self| 0),
            };
            match key {
                "catalogue" => {
                    out.catalogue = match value.as_str() {
                        "default" => Catalogue::Default,
                        "full" => Catalogue::Full,
                        "none" => Catalogue::None,
                        _ => {
                            return fail(
                                line,
                                format!("no catalogue `{value}` (use default, full or none)"),
                            );
                        }
                    }
                }
                "include" => out.include = checks(&list(), line)?,
                "exclude" => out.exclude = checks(&list(), line)?,
                "min-password-length" => out.min_password_length = number?,
                "max-password-days" => out.max_password_days = number?,
                "min-password-days" => out.min_password_days = number?,
                "password-warn-days" => out.password_warn_days = number?,
                "max-failed-logins" => out.max_failed_logins = number?,
                "password-work" => out.password_work = number?.unsigned_abs().min(60_000),
                "weak-passwords" => {
                    out.weak_passwords = list();
                    if out.weak_passwords.len() > MAX_PASSWORDS {
                        return fail(line, format!("more than {MAX_PASSWORDS} passwords"));
                    }
                }
                "allowed-setuid" => out.allowed_setuid = paths(list()),
                "allowed-certificates" => out.allowed_certificates = paths(list()),
                "forbidden-ports" => {
                    let port = |p: String| if p.contains('/') { p } else { format!("{p}/tcp") };
                    out.forbidden_ports = list().into_iter().map(port).collect();
                }
                _ => return fail(line, format!("unknown setting `{key}` of the baseline")),
            }
        }
        Ok(out)
    }

    /// Whether a check runs.
    #[must_use]
    pub fn selects(&self, check: &Check) -> bool {
        let named =
            |list: &[String]| list.iter().any(|name| name == check.id || name == check.class);
        let begins = match self.catalogue {
            Catalogue::Default => check.default,
            Catalogue::Full => true,
            Catalogue::None => false,
        };
        (begins || named(&self.include)) && !named(&self.exclude)
    }
}

fn paths(list: Vec<String>) -> Vec<String> {
    list.into_iter().map(|path| path.trim_start_matches('/').to_owned()).collect()
}

fn checks(list: &[String], line: u32) -> Result<Vec<String>, ParametersError> {
    for name in list {
        if !catalogue::all().any(|check| check.id == name || check.class == name) {
            let message = format!("no baseline check or class `{name}`");
            return Err(ParametersError { line, message });
        }
    }
    Ok(list.to_vec())
}
