//! Whether a variable or an argument holds a secret. The engine of secret rules answers this where it is present; what is
//! here is the answer without it: names that promise a secret, and values that are plainly one.

/// Tells secrets. A closure will do.
pub trait LooksSecret: Sync {
    /// What sort of secret the value is, where it is one; `name` is that of its variable or option.
    fn looks_secret(&self, name: &str, value: &str) -> Option<String>;
}

impl<F: Fn(&str, &str) -> Option<String> + Sync> LooksSecret for F {
    fn looks_secret(&self, name: &str, value: &str) -> Option<String> {
        self(name, value)
    }
}

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

/// Parts of names, between underscores, that promise a secret.
const PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pass",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
    "privatekey",
    "accesskey",
    "secretkey",
    "authtoken",
    "passcode",
    "userpass",
    "dbpass",
];

/// Two parts in a row that do.
const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("encryption", "key"),
    ("signing", "key"),
    ("ssh", "key"),
    ("deploy", "key"),
    ("auth", "key"),
    ("master", "key"),
    ("account", "key"),
    ("license", "key"),
    ("jwt", "key"),
    ("storage", "key"),
    ("service", "key"),
    ("app", "key"),
    ("connection", "string"),
    ("sas", "url"),
];

/// Parts that take it back: what follows describes a secret but is none.
const HARMLESS: &[&str] = &[
    "file",
    "path",
    "dir",
    "url",
    "uri",
    "endpoint",
    "host",
    "name",
    "id",
    "length",
    "len",
    "min",
    "max",
    "ttl",
    "expiry",
    "expiration",
    "expires",
    "timeout",
    "policy",
    "type",
    "algorithm",
    "enabled",
    "disable",
    "disabled",
    "enable",
    "required",
    "allow",
    "version",
    "prefix",
    "header",
    "field",
    "format",
    "mode",
    "count",
    "size",
    "public",
    "issuer",
    "audience",
    "store",
    "manager",
    "provider",
    "command",
    "hash",
    "sha256",
    "checksum",
    "rotation",
    "interval",
    "lifetime",
    "age",
    "limit",
    "limits",
    "location",
    "mount",
    "env",
    "var",
    "no",
    "auth",
    "login",
    "method",
    "hint",
    "validation",
    "validate",
    "strength",
    "reset",
    "change",
    "random",
    "generate",
];

/// Values that stand for a secret to come.
const PLACEHOLDERS: &[&str] = &[
    "",
    "changeme",
    "change_me",
    "change-me",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "yes",
    "no",
    "0",
    "1",
    "on",
    "off",
    "unset",
    "undefined",
    "todo",
    "xxx",
    "redacted",
    "placeholder",
    "your-password",
    "dummy",
];

/// Beginnings of credentials that their vendors publish, and how many characters follow at least.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "access key id of AWS"),
    ("ASIA", 16, "temporary access key id of AWS"),
    ("LTAI", 12, "access key id of Alibaba Cloud"),
    ("ghp_", 36, "personal token of GitHub"),
    ("gho_", 36, "OAuth token of GitHub"),
    ("ghs_", 36, "server token of GitHub"),
    ("ghu_", 36, "user token of GitHub"),
    ("github_pat_", 40, "fine-grained token of GitHub"),
    ("glpat-", 20, "personal token of GitLab"),
    ("xoxb-", 20, "bot token of Slack"),
    ("xoxp-", 20, "user token of Slack"),
    ("sk_live_", 16, "secret key of Stripe"),
    ("rk_live_", 16, "restricted key of Stripe"),
    ("sk-ant-", 20, "key of Anthropic"),
    ("hf_", 30, "token of Hugging Face"),
    ("npm_", 36, "token of npm"),
    ("pypi-AgEI", 40, "token of PyPI"),
    ("dckr_pat_", 20, "token of Docker Hub"),
    ("AIza", 35, "API key of Google"),
    ("SG.", 40, "key of SendGrid"),
    ("dop_v1_", 40, "token of DigitalOcean"),
    ("hvs.", 20, "token of Vault"),
];

/// Whether a name promises a secret.
#[must_use]
pub fn name_promises_secret(name: &str) -> bool {
    let parts = parts(name);
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    let promises = words.iter().any(|word| PARTS.contains(word))
        || words.windows(2).any(|two| matches!(two, [a, b] if PAIRS.contains(&(*a, *b))));
    // The last word says what the thing is: PASSWORD_FILE is a file. But for a leading NO or ALLOW.
    let last = words.last().copied().unwrap_or_default();
    let first = words.first().copied().unwrap_or_default();
    promises
        && !HARMLESS.contains(&last)
        && !matches!(
            first,
            "no" | "allow" | "disable" | "enable" | "require" | "use" | "skip" | "has" | "is"
        )
        && !words.iter().any(|word| matches!(*word, "allow" | "public"))
}

/// Words of a name: `dbPassword` and `DB_PASSWORD` are `db`, `password`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_small = false;
    for c in name.chars().take(128) {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_small) {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            last.push(c.to_ascii_lowercase());
        }
        was_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether a value is none yet: empty, an expansion, a placeholder.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let trimmed = value.trim();
    PLACEHOLDERS.iter().any(|known| trimmed.eq_ignore_ascii_case(known))
        || trimmed.starts_with('$')
        || (trimmed.starts_with('<') && trimmed.ends_with('>'))
        || trimmed.starts_with("{{")
        || trimmed.starts_with("/run/secrets/")
        || trimmed.bytes().all(|b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-'))
}

/// The sort of credential that a value plainly is.
#[must_use]
pub fn value_is_secret(value: &str) -> Option<&'static str> {
    if value.contains("PRIVATE KEY-----") {
        return Some("private key");
    }
    for (prefix, more, what) in PREFIXES {
        for (at, _) in value.match_indices(prefix).take(16) {
            let before = value[..at].chars().next_back();
            let tail = &value[at + prefix.len()..];
            let length = tail
                .bytes()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
                .count();
            if length >= *more && !before.is_some_and(|c| c.is_ascii_alphanumeric()) {
                return Some(what);
            }
        }
    }
    has_password_in_url(value).then_some("password in an address")
}

/// `scheme://user:password@host`
fn has_password_in_url(value: &str) -> bool {
    value.match_indices("://").take(16).any(|(at, _)| {
        let rest = &value[at + 3..];
        let authority = rest
            .split(|c: char| c == '/' || c.is_whitespace() || c == '"')
            .next()
            .unwrap_or_default();
        let Some((user, _)) = authority.rsplit_once('@') else { return false };
        let Some((_, password)) = user.split_once(':') else { return false };
        !is_placeholder(password) && !password.contains('$') && !password.contains('{')
    })
}

impl LooksSecret for BuiltIn {
    fn looks_secret(&self, name: &str, value: &str) -> Option<String> {
        if let Some(what) = value_is_secret(value) {
            return Some(what.to_owned());
        }
        (name_promises_secret(name) && !is_placeholder(value) && !looks_like_setting(value))
            .then(|| "value under a name that promises a secret".to_owned())
    }
}

/// A path, a number or a plain address is no password even under such a name.
fn looks_like_setting(value: &str) -> bool {
    value.starts_with('/') && value.matches('/').count() > 1
        || value.parse::<f64>().is_ok_and(|_| value.len() < 4)
        || value.starts_with("http://")
        || value.starts_with("https://")
}

/// Shows that something is there without giving it away.
#[must_use]
pub fn masked(value: &str) -> String {
    let length = value.chars().count();
    let keep = if length >= 12 { 4 } else { usize::from(length >= 6) };
    let head: String = value.chars().take(keep).collect();
    format!("{head}***")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "GITHUB_TOKEN",
            "POSTGRES_PASSWORD",
            "JWT_SECRET",
            "SSH_PRIVATE_KEY",
            "STRIPE_APIKEY",
            "MYSQL_PWD",
        ] {
            assert!(name_promises_secret(name), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "TOKEN_URL",
            "KEY",
            "PATH",
            "TOKENIZERS_PARALLELISM",
            "SECRET_NAME",
            "KEYCLOAK_HOST",
            "NO_PASSWORD",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "PASSWORD_MIN_LENGTH",
            "PUBLIC_KEY",
            "GPG_KEY",
            "COMPASS",
            "BYPASS",
            "PASSENGER_USER",
        ] {
            assert!(!name_promises_secret(name), "{name}");
        }
    }

    #[test]
    fn values() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        assert!(value_is_secret(&format!("x={token}")).is_some());
        assert!(value_is_secret("ghp_short").is_none());
        assert!(value_is_secret("postgres://app:hunter22@db/x").is_some());
        assert!(value_is_secret("postgres://app:$PASS@db/x").is_none());
        assert!(value_is_secret("https://host/a:b@c").is_none());
        for placeholder in ["", "changeme", "$X", "<token>", "***", "/run/secrets/x"] {
            assert!(BuiltIn.looks_secret("PASSWORD", placeholder).is_none(), "{placeholder}");
        }
        assert_eq!(masked("hunter2"), "h***");
    }
}
