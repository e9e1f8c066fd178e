//! Tells values that stand for a secret from secrets: documentation's examples, templates, references to variables.

use super::entropy::distinct;

/// Words that no random token holds by chance, in lower case.
const TELLING: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "replaceme",
    "replace_me",
    "replace-me",
    "replace_with",
    "replace-with",
    "insert_",
    "insert-",
    "your_",
    "your-",
    "yourtoken",
    "yoursecret",
    "yourkey",
    "yourapi",
    "yourpass",
    "my-secret",
    "my_secret",
    "redacted",
    "not-a-real",
    "notareal",
    "dummy",
    "invalid",
    "fake_",
    "fake-",
    "fakefake",
    "foobar",
    "xxxxx",
    "lorem",
    "deadbeef",
    "00000000",
    "11111111",
    "12345678",
    "23456789",
    "01234567",
    "abcdefgh",
    "qwertyui",
    "aaaaaaaaaaaa",
    "ffffffff",
];

/// What stands where a password would, in lower case; digits, dashes and underscores at the end aside.
const WORDS: &[&str] = &[
    "",
    "password",
    "passwd",
    "passw",
    "passphrase",
    "pass",
    "pwd",
    "pw",
    "secret",
    "token",
    "key",
    "apikey",
    "api_key",
    "api-key",
    "credential",
    "credentials",
    "changeit",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "empty",
    "default",
    "value",
    "string",
    "str",
    "text",
    "bytes",
    "byte",
    "char",
    "int",
    "integer",
    "bool",
    "boolean",
    "number",
    "object",
    "any",
    "optional",
    "required",
    "varchar",
    "test",
    "testing",
    "tests",
    "testpass",
    "testpassword",
    "test_password",
    "test-password",
    "sample",
    "demo",
    "todo",
    "tbd",
    "fixme",
    "xxx",
    "yyy",
    "zzz",
    "foo",
    "bar",
    "baz",
    "qux",
    "spam",
    "eggs",
    "hidden",
    "masked",
    "mypassword",
    "my_password",
    "my-password",
    "mypass",
    "mysecret",
    "mytoken",
    "mykey",
    "user",
    "username",
    "self",
    "this",
    "super",
    "prompt",
    "ask",
    "env",
    "environment",
    "input",
    "stdin",
    "file",
    "unset",
    "disabled",
    "enabled",
    "private",
    "public",
    "basic",
    "bearer",
    "plain",
    "plaintext",
    "encrypted",
    "hash",
    "hashed",
    "md5",
    "sha",
    "sha256",
    "bcrypt",
    "scram-sha-256",
    "trust",
    "peer",
    "ident",
    "reject",
    "somepassword",
    "some_password",
    "somesecret",
    "sometoken",
    "secretpassword",
    "topsecret",
    "thepassword",
    "the_password",
    "passwordhere",
    "password_here",
    "tokenhere",
    "keyhere",
    "secrethere",
    "new_password",
    "old_password",
    "newpassword",
    "oldpassword",
    "db_password",
    "dbpassword",
    "userpassword",
    "user_password",
    "letmein",
    "notasecret",
    "whatever",
    "all",
    "name",
    "abc",
    "abcd",
    "abcdef",
    "asdf",
    "qwerty",
];

/// Ways in which templates and programs refer to a value.
const REFERENCES: &[&[u8]] = &[
    b"${",
    b"$(",
    b"{{",
    b"}}",
    b"<%",
    b"%>",
    b"#{",
    b"%{",
    b"%(",
    b"{%",
    b"__(",
    b"[[",
    b"process.env",
    b"os.environ",
    b"os.getenv",
    b"getenv(",
    b"ENV[",
    b"env(",
    b"secrets.",
    b"vault:",
    b"sops:",
    b"ref+",
    b"op://",
    b"ssm:",
    b"arn:aws:secretsmanager",
];

/// Whether a value is an example or a reference whatever the rule that found it. Vendors' tokens are random: a word in
/// one, a long run or a sequence means that a person typed it.
pub(super) fn is_placeholder(secret: &[u8]) -> bool {
    // Some formats pad in front: bearer tokens of Twitter begin with 20 `A`.
    let run = secret.iter().take_while(|&b| Some(b) == secret.first()).count();
    let secret = if secret.len() >= run + 40 { &secret[run..] } else { secret };
    let lower = secret.to_ascii_lowercase();
    let holds = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    // In long values (keys in PEM or hexadecimal) a short word can turn up by chance.
    let telling = lower.len() <= 200
        && TELLING.iter().any(|word| holds(word) && (word.len() >= 8 || !is_hex(&lower)));
    telling || is_reference(secret) || is_monotonous(secret)
}

fn is_hex(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

/// Whether it names a place that holds the value rather than being it.
pub(super) fn is_reference(value: &[u8]) -> bool {
    if value.len() > 4096 {
        return false;
    }
    let framed = |a: u8, b: u8| value.first() == Some(&a) && value.last() == Some(&b);
    framed(b'<', b'>')
        || framed(b'[', b']')
        || framed(b'{', b'}')
        || framed(b'%', b'%')
        || framed(b'@', b'@')
        || (framed(b'_', b'_') && value.starts_with(b"__"))
        || REFERENCES.iter().any(|text| memchr::memmem::find(value, text).is_some())
        || (value.first() == Some(&b'$')
            && value[1..].iter().all(|&b| b.is_ascii_alphanumeric() || b == b'_'))
        || value.starts_with(b"%s")
        || value.starts_with(b"%d")
}

/// Few different characters, or one of them over and over.
fn is_monotonous(value: &[u8]) -> bool {
    if value.len() < 8 {
        return false;
    }
    let mut run = 1;
    let mut longest = 1;
    for pair in value.windows(2) {
        run = if pair[0] == pair[1] { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    let few = if value.len() >= 16 { 5 } else { 3 };
    longest * 2 > value.len() || (longest >= 12 && value.len() < 200) || distinct(value) < few
}

/// Whether a value that stands where a password would be is none: also words, names of variables, calls of functions.
pub(super) fn is_no_password(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if value.len() < 4 || is_placeholder(value) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let stem = lower
        .iter()
        .rposition(|b| !(b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'!' | b'*' | b'.')))
        .map_or(&b""[..], |end| &lower[..=end]);
    if WORDS.iter().any(|word| word.as_bytes() == stem || word.as_bytes() == lower) {
        return true;
    }
    is_code(value) || distinct(value) < 3
}

/// An expression of a programming language, a path or an address rather than a literal.
fn is_code(value: &[u8]) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let letters_first =
        value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b == b'$');
    // `name(`, `name[`, `obj.attr`, `obj->attr`, `a::b`
    let word_end =
        value.iter().position(|&b| !is_word(b) && b != b'.' && b != b'$').unwrap_or(value.len());
    let called = letters_first
        && word_end > 1
        && (matches!(value.get(word_end), Some(b'(' | b'['))
            || value[word_end..].starts_with(b"->")
            || value[word_end..].starts_with(b"::"));
    let dotted = letters_first
        && word_end == value.len()
        && value.contains(&b'.')
        && value.split(|&b| b == b'.').all(|part| {
            part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
                && part.iter().filter(|b| b.is_ascii_digit()).count() <= 2
        });
    // `DB_PASSWORD`, `MY_APP_SECRET`: the name of a variable.
    let constant = value.contains(&b'_')
        && value.iter().all(|&b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        && value.iter().filter(|b| b.is_ascii_digit()).count() <= 2;
    let path = (value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/"))
        && value.iter().all(|&b| is_word(b) || matches!(b, b'/' | b'.' | b'-' | b'~'))
        && value.iter().filter(|&&b| b == b'/').count()
            >= 2 - usize::from(!value.starts_with(b"/"));
    called || dotted || constant || path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_for_a_secret() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "xxxxxxxxxxxxxxxxxxxx",
            "<your-token>",
            "${TOKEN}",
            "{{ token }}",
            "$TOKEN",
            "%(password)s",
            "your_api_key_here",
            "00000000000000000000",
            "1234567890abcdef1234",
            "abababababababababab",
            "@TOKEN@",
            "__TOKEN__",
            "CHANGEME",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in ["9f86d081884c7d659a2feaa0c55ad015", "hunter2", "kJ8s-Q2lPz_x7Wm1Ra"] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn is_no_password_at_all() {
        for text in [
            "password",
            "Password1",
            "os.environ['X']",
            "getpass()",
            "config.password",
            "self.password",
            "DB_PASSWORD",
            "settings->pass",
            "/run/secrets/db",
            "changeit",
            "null",
            "xxx",
            "test123",
            "string",
            "$PASS",
            "***",
        ] {
            assert!(is_no_password(text.as_bytes()), "{text}");
        }
        for text in [
            "hunter2",
            "Tr0ub4dor&3",
            "s3cr3t!pw",
            "correct-horse-battery",
            "p.9xK2.mm1",
            "P4ssw0rd!x",
        ] {
            assert!(!is_no_password(text.as_bytes()), "{text}");
        }
    }
}
