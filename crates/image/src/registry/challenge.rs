//! `WWW-Authenticate` headers (RFC 9110, section 11): how a registry says what it wants to see.
//!
//! Only reads; what is done about a challenge is decided in [`super::auth`].

/// Longest header value looked at.
const MAX_HEADER_BYTES: usize = 16 << 10;

/// Most parameters of one challenge that are kept.
const MAX_PARAMETERS: usize = 32;

/// One way in that a server offers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Challenge {
    /// User name and password with every request.
    Basic,
    /// A token from the server at `realm` (the distribution project's token specification).
    Bearer {
        /// Address of the token server.
        realm: String,
        /// What the token server knows the registry as.
        service: Option<String>,
        /// What the token must allow.
        scope: Option<String>,
        /// What was wrong with the token that was sent, if one was.
        error: Option<String>,
    },
}

/// All challenges of a header value that are understood, in its order; unknown schemes are left out.
#[must_use]
pub fn parse_challenges(header: &str) -> Vec<Challenge> {
    let header = header.get(..MAX_HEADER_BYTES).unwrap_or(header);
    let mut scanner = Scanner { rest: if header.len() > MAX_HEADER_BYTES { "" } else { header } };
    let mut out = Vec::new();
    // A challenge is a scheme and then parameters divided by commas; the next challenge also comes after
    // a comma. A word followed by `=` is a parameter, one that is not is a scheme.
    let mut open: Option<(String, Vec<(String, String)>)> = None;
    loop {
        scanner.skip(|c| c.is_ascii_whitespace() || c == ',');
        let word = scanner.token();
        if word.is_empty() {
            if !scanner.skip_one() {
                break;
            }
            continue;
        }
        let before = scanner.rest;
        scanner.skip(|c| c.is_ascii_whitespace());
        if let (Some(rest), Some((_, parameters))) = (scanner.rest.strip_prefix('='), &mut open) {
            scanner.rest = rest;
            scanner.skip(|c| c.is_ascii_whitespace());
            let value = scanner.value();
            if parameters.len() < MAX_PARAMETERS {
                parameters.push((word.to_ascii_lowercase(), value));
            }
        } else {
            scanner.rest = before;
            out.extend(open.take().and_then(finish));
            open = Some((word.to_ascii_lowercase(), Vec::new()));
        }
    }
    out.extend(open.and_then(finish));
    out
}

fn finish((scheme, parameters): (String, Vec<(String, String)>)) -> Option<Challenge> {
    let get = |name: &str| {
        parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v.clone())
            .filter(|v| !v.is_empty())
    };
    match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: get("realm")?,
            service: get("service"),
            scope: get("scope"),
            error: get("error"),
        }),
        _ => None,
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn skip(&mut self, what: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(what);
    }

    fn skip_one(&mut self) -> bool {
        let mut chars = self.rest.chars();
        let some = chars.next().is_some();
        self.rest = chars.as_str();
        some
    }

    fn token(&mut self) -> &'a str {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(c);
        let end = self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token
    }

    /// A quoted string with its escapes undone, or a bare word up to the next comma or space.
    fn value(&mut self) -> String {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', ' ', '\t']).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return word.to_owned();
        };
        let mut out = String::new();
        let mut chars = quoted.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => out.extend(chars.next()),
                c => out.push(c),
            }
        }
        self.rest = chars.as_str();
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.into(),
            service: service.map(Into::into),
            scope: scope.map(Into::into),
            error: None,
        }
    }

    #[test]
    fn reads_what_registries_send() {
        assert_eq!(
            parse_challenges(
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull,push""#
            ),
            [bearer(
                "https://auth.docker.io/token",
                Some("registry.docker.io"),
                Some("repository:library/alpine:pull,push")
            )]
        );
        assert_eq!(parse_challenges(r#"Basic realm="Registry""#), [Challenge::Basic]);
        assert_eq!(
            parse_challenges(r#"BASIC realm="a, b", bearer Realm=https://x/t , service = "y\"z""#),
            [Challenge::Basic, bearer("https://x/t", Some("y\"z"), None)]
        );
        assert_eq!(
            parse_challenges(r#"Negotiate, Digest realm="x", nonce="y", Basic"#),
            [Challenge::Basic]
        );
    }

    #[test]
    fn a_bearer_challenge_without_a_realm_is_none() {
        assert_eq!(parse_challenges("Bearer service=\"x\""), []);
        assert_eq!(parse_challenges("= , \"\" Bearer realm=\""), []);
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text: String) {
            let _ = parse_challenges(&text);
        }

        #[test]
        fn anything_near_the_grammar_never_panics(text in "[Bb]earer [a-z=\",\\\\ é]{0,80}") {
            let _ = parse_challenges(&text);
        }
    }
}
