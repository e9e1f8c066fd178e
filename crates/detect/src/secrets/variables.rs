//! Variables that hold a credential by their names, as in environments, build arguments and commands.

use super::placeholder::is_no_password;

/// Words of a name that say so by themselves.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
    "authtoken",
    "accesskey",
    "secretkey",
    "privatekey",
    "dbpassword",
    "dbpass",
    "userpassword",
    "rootpassword",
    "adminpassword",
    "clientsecret",
    "apitoken",
    "accesstoken",
    "apisecret",
    "authkey",
    "pat",
];

/// Words that make one of the next word.
const KEY_KINDS: &[&str] = &[
    "api",
    "access",
    "private",
    "secret",
    "encryption",
    "signing",
    "master",
    "app",
    "auth",
    "license",
    "deploy",
    "account",
    "storage",
    "service",
    "jwt",
    "session",
    "cookie",
    "hmac",
    "aes",
];

/// Last words of names that speak about a credential without holding it.
const ABOUT: &[&str] = &[
    "file",
    "files",
    "path",
    "dir",
    "directory",
    "url",
    "uri",
    "endpoint",
    "name",
    "names",
    "id",
    "ids",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "lifetime",
    "length",
    "size",
    "timeout",
    "header",
    "type",
    "algorithm",
    "alg",
    "enabled",
    "disabled",
    "required",
    "format",
    "prefix",
    "suffix",
    "version",
    "host",
    "port",
    "user",
    "username",
    "issuer",
    "audience",
    "provider",
    "method",
    "count",
    "policy",
    "max",
    "min",
    "limit",
    "limits",
    "age",
    "days",
    "hours",
    "minutes",
    "seconds",
    "interval",
    "mode",
    "scope",
    "scopes",
    "region",
    "backend",
    "store",
    "manager",
    "namespace",
    "validation",
    "auth",
    "field",
    "param",
    "var",
    "env",
    "cmd",
    "command",
    "hash",
    "rotation",
    "symbols",
    "chars",
    "location",
    "mount",
    "ref",
    "arn",
    "engine",
];

/// First words of switches.
const SWITCHES: &[&str] = &[
    "allow", "disable", "enable", "no", "use", "require", "skip", "ignore", "max", "min", "is",
    "has", "public", "next", "test",
];

/// Longest name that is looked at.
const MAX_NAME: usize = 200;

/// Whether a variable of this name holds a credential, this value being one: no placeholder, path, switch, reference or address
/// without a password.
#[must_use]
pub fn looks_secret(name: &str, value: &str) -> bool {
    names_secret(name) && is_value(value)
}

fn names_secret(name: &str) -> bool {
    if name.len() > MAX_NAME {
        return false;
    }
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    if name == "PWD"
        || name == "OLDPWD"
        || ABOUT.contains(last)
        || SWITCHES.contains(first)
        || words.contains(&"public")
    {
        return false;
    }
    let is_key = words.windows(2).any(|pair| pair[1] == "key" && KEY_KINDS.contains(&pair[0]));
    // `AWS_ACCESS_KEY_ID` says who, not the secret; that ends in `id`.
    is_key || words.iter().any(|word| SECRET_WORDS.contains(word))
}

/// `DB_PASSWORD`, `db-password`, `dbPassword` and `spring.datasource.password` in words.
fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            out.push(String::new());
            was_lower = false;
            continue;
        }
        if c.is_ascii_uppercase() && was_lower {
            out.push(String::new());
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if let Some(word) = out.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

fn is_value(value: &str) -> bool {
    let value = value.trim();
    if value.len() < 4 || value.len() > 4096 || is_no_password(value.as_bytes()) {
        return false;
    }
    if let Some((_, rest)) = value.split_once("://") {
        let authority = rest.split('/').next().unwrap_or_default();
        let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
        return password.is_some_and(|(_, password)| !is_no_password(password.as_bytes()));
    }
    // Numbers of days, lists of words.
    !value.contains(char::is_whitespace) || value.len() > 12
}

/// `NAME=value` and `--name value` of a command line or an instruction.
pub(super) fn assignments(text: &str) -> Vec<(&str, &str)> {
    /// Most that are looked at.
    const MOST: usize = 2000;
    let mut out = Vec::new();
    let mut flag = None;
    for word in
        text.split([' ', '\t', '\n', ';', '&', '|', '(', ')']).filter(|word| !word.is_empty())
    {
        if out.len() >= MOST {
            break;
        }
        let word = word.trim_matches(['"', '\'', '`', ',', '[', ']']);
        let plain = word.trim_start_matches('-');
        if let Some(name) = flag.take()
            && !word.starts_with('-')
        {
            out.push((name, word));
        }
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        match plain.split_once('=') {
            Some((name, value)) if is_name(name) => out.push((name, value)),
            None if word.starts_with("--") && is_name(plain) => flag = Some(plain),
            _ => {}
        }
    }
    out
}

/// The build arguments of a classic builder's history entry: `|2 A=x B=y /bin/sh -c …`. A value may hold spaces.
pub(super) fn build_arguments(text: &str) -> Vec<(&str, &str)> {
    let text = text.strip_prefix("RUN ").unwrap_or(text);
    let Some((count, rest)) = text.strip_prefix('|').and_then(|rest| rest.split_once(' ')) else {
        return Vec::new();
    };
    if count.parse::<usize>().is_err() {
        return Vec::new();
    }
    let end = rest.find(" /bin/").unwrap_or(rest.len());
    let rest = &rest[..end];
    let starts: Vec<usize> = rest
        .split(' ')
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, word))
        })
        .filter(|(_, word)| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            })
        })
        .map(|(start, _)| start)
        .collect();
    let ends = starts.iter().skip(1).map(|&next| next - 1).chain([rest.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| rest.get(start..end)?.split_once('='))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_and_value() {
        for (name, value, is) in [
            ("DB_PASSWORD", "hunter2x", true),
            ("dbPassword", "hunter2x", true),
            ("spring.datasource.password", "hunter2x", true),
            ("API_KEY", "9f8e7d6c5b4a", true),
            ("APP_KEY", "base64:9f8e7d6c5b4a3f2e1d0c", true),
            ("DATABASE_PASSWORD", "postgres://u:hunter2x@db/x", true),
            ("GITHUB_TOKEN", "<token>", false),
            ("DB_PASSWORD_FILE", "hunter2x", false),
            ("DB_PASSWORD", "/run/secrets/db", false),
            ("DB_PASSWORD", "changeme", false),
            ("TOKEN_URL", "https://x/y", false),
            ("AUTH_TOKEN", "https://x/y", false),
            ("TOKENIZERS_PARALLELISM", "falsefalse", false),
            ("PWD", "/home/user1", false),
            ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568", false),
            ("AWS_ACCESS_KEY_ID", "x9x8x7x6", false),
            ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes12345", false),
            ("SECRET_TTL", "86400x99", false),
            ("PUBLIC_API_KEY", "9f8e7d6c5b4a", false),
            ("MONKEY_PATCH", "9f8e7d6c5b4a", false),
        ] {
            assert_eq!(looks_secret(name, value), is, "{name}={value}");
        }
    }

    #[test]
    fn of_commands_and_build_arguments() {
        assert_eq!(build_arguments("|2 A=x y B=z /bin/sh -c echo C=1"), [("A", "x y"), ("B", "z")]);
        assert_eq!(build_arguments("RUN |1 A=x /bin/sh -c b # buildkit"), [("A", "x")]);
        assert_eq!(build_arguments("RUN a"), []);
        assert_eq!(
            assignments("run --password hunter2 --token=abc X=\"y\" -v && Z=1"),
            [("password", "hunter2"), ("token", "abc"), ("X", "\"y"), ("Z", "1")]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split(text: String) {
            let _ = (assignments(&text), build_arguments(&text), looks_secret(&text, &text));
        }
    }
}
