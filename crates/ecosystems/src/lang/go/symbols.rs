//! The functions that a program holds, by the table with which Go's runtime names them in a stack trace
//! (`pclntab`). It is there in stripped programs too. What the linker did not need is not in it; what was
//! inlined is, as long as one instruction of it is left. So a function that it does not name cannot run.
//!
//! A function is named in one form, that of the Go vulnerability database (`imports` with `path` and
//! `symbols`): `golang.org/x/net/html.Parse`, `golang.org/x/net/html.Tokenizer.Next`, without pointer marks,
//! type parameters or the numbers of closures; and each package is named by its path alone.

use std::{borrow::Cow, collections::HashMap};

use plimsoll_model::SymbolSet;

use crate::program::Program;

/// Most functions of one program; the largest public ones (Kubernetes, with all cloud providers) have about
/// 200,000.
const MAX_FUNCTIONS: usize = 500_000;

/// Longest name that is looked at.
const MAX_NAME: usize = 8192;

/// The table's first bytes in little-endian order: Go 1.16, 1.18 and 1.20. (That of Go 1.2 does not list
/// inlined functions in one place, so nothing certain can be said by it.)
const MAGIC: [(u32, usize); 3] = [(0xffff_fffa, 2), (0xffff_fff0, 3), (0xffff_fff1, 3)];

/// The functions of a program by the module they belong to.
pub(super) struct Functions<'m> {
    by_module: HashMap<&'m str, Vec<String>>,
}

impl<'m> Functions<'m> {
    /// Divides the functions of `program` among the modules with these paths. `None` where it has no table
    /// that can be believed.
    pub(super) fn of(program: &Program<'_>, modules: &[&'m str]) -> Option<Self> {
        let names = names(program)?;
        let known: HashMap<&str, &'m str> = modules.iter().map(|path| (*path, *path)).collect();
        let mut by_module: HashMap<&'m str, Vec<String>> = HashMap::new();
        let mut count = 0;
        let mut whole = false;
        for name in names.split(|&c| c == 0) {
            if name.is_empty() || name.len() > MAX_NAME {
                continue;
            }
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let Some((package, function)) = canonical(name) else { continue };
            whole |= package == "runtime";
            count += 1;
            if count > MAX_FUNCTIONS {
                return None;
            }
            let Some(module) = module_of(&package, &known) else { continue };
            let of_module = by_module.entry(module).or_default();
            of_module.push(format!("{package}.{function}"));
            of_module.push(package.into_owned());
        }
        // Every program of Go holds its runtime; a table without it is something else or obfuscated.
        whole.then_some(Self { by_module })
    }

    /// Those of one module.
    pub(super) fn take(&mut self, module: &str) -> SymbolSet {
        let names = self.by_module.remove(module).unwrap_or_default();
        SymbolSet::new(names.iter().map(String::as_str))
    }
}

/// The longest of the known modules that a package lies in; `std` for the standard library.
fn module_of<'m>(package: &str, known: &HashMap<&str, &'m str>) -> Option<&'m str> {
    let mut path = package;
    loop {
        if let Some(module) = known.get(path) {
            return Some(module);
        }
        match path.rsplit_once('/') {
            Some((shorter, _)) => path = shorter,
            None => break,
        }
    }
    // The standard library's paths do not begin with a domain, except for what it vendors.
    let first = package.split('/').next().unwrap_or_default();
    let is_standard = !first.contains('.') && first != "main" && !first.is_empty();
    if is_standard { known.get("std").copied() } else { None }
}

/// Package path and function of a symbol, in the form described above.
fn canonical(name: &str) -> Option<(Cow<'_, str>, String)> {
    // `type:.eq.…` and `go:…` are made by the compiler.
    if name.starts_with("type:") || name.starts_with("type..") || name.starts_with("go:") {
        return None;
    }
    let bracket = name.find('[').unwrap_or(name.len());
    let slash = name[..bracket].rfind('/').map_or(0, |at| at + 1);
    let dot = slash + name[slash..].find('.')?;
    let package = unescape(&name[..dot]);
    let mut function = String::new();
    let mut depth = 0usize;
    for c in name[dot + 1..].chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '(' | ')' | '*' => {}
            c => function.push(c),
        }
    }
    let parts: Vec<&str> = function.split('.').collect();
    // A closure (`F.func1`, `F.gowrap2`, `F.deferwrap1`, `F-fm`) means that the function around it is there.
    let end = parts
        .iter()
        .enumerate()
        .skip(1)
        .find(|(_, part)| is_generated(part))
        .map_or(parts.len(), |(at, _)| at);
    let mut function = parts[..end].join(".");
    // Method values (`-fm`) and loop bodies (`-range1`).
    function.truncate(function.find('-').unwrap_or(function.len()));
    (!function.is_empty()).then_some((package, function))
}

fn is_generated(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    letters.is_empty()
        || (letters.len() < part.len() && matches!(letters, "func" | "gowrap" | "deferwrap"))
}

/// Dots in the last part of a path are written `%2e`.
fn unescape(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut out = Vec::with_capacity(path.len());
    let bytes = path.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// The table of names: texts divided by zero bytes.
fn names<'a>(program: &Program<'a>) -> Option<&'a [u8]> {
    const NAMES: &[&str] = &[".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab"];
    if let Some(section) = program.section(NAMES) {
        return table(section.bytes);
    }
    // PE has no section of its own for it.
    program.mapped().find_map(|part| {
        let step = part.bytes.len() / 8;
        (0..step).find_map(|word| {
            let bytes = &part.bytes[word * 8..];
            let begins =
                matches!(bytes, [0xfa | 0xf0 | 0xf1, 0xff, 0xff, 0xff, 0, 0, 1 | 2 | 4, 4 | 8, ..]);
            begins.then(|| table(bytes))?
        })
    })
}

/// The table of names within a `pclntab`.
fn table(bytes: &[u8]) -> Option<&[u8]> {
    let word: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let header: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let [0, 0, 1 | 2 | 4, pointer @ (4 | 8)] = header else { return None };
    let (big_endian, field) = MAGIC.iter().find_map(|(magic, field)| {
        let is = |value: u32| value == *magic;
        if is(u32::from_le_bytes(word)) {
            Some((false, *field))
        } else {
            is(u32::from_be_bytes(word)).then_some((true, *field))
        }
    })?;
    let offset = |field: usize| {
        let size = usize::from(pointer);
        let at = 8 + field * size;
        let bytes = bytes.get(at..at + size)?;
        let value = match (size, big_endian) {
            (4, false) => u64::from(u32::from_le_bytes(bytes.try_into().ok()?)),
            (4, true) => u64::from(u32::from_be_bytes(bytes.try_into().ok()?)),
            (_, false) => u64::from_le_bytes(bytes.try_into().ok()?),
            (_, true) => u64::from_be_bytes(bytes.try_into().ok()?),
        };
        usize::try_from(value).ok()
    };
    // The table of compilation units follows that of names.
    bytes.get(offset(field)?..offset(field + 1)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_take_the_form_of_the_vulnerability_database() {
        for (name, expected) in [
            ("golang.org/x/net/html.Parse", Some(("golang.org/x/net/html", "Parse"))),
            (
                "golang.org/x/net/html.(*Tokenizer).Next",
                Some(("golang.org/x/net/html", "Tokenizer.Next")),
            ),
            ("golang.org/x/net/html.Token.String", Some(("golang.org/x/net/html", "Token.String"))),
            ("gopkg.in/yaml%2ev3.Unmarshal", Some(("gopkg.in/yaml.v3", "Unmarshal"))),
            ("a.org/b.F[go.shape.struct { c.org/d.E }]", Some(("a.org/b", "F"))),
            ("a.org/b.(*T[...]).M", Some(("a.org/b", "T.M"))),
            ("a.org/b.F.func1", Some(("a.org/b", "F"))),
            ("a.org/b.(*T).M.func2.1", Some(("a.org/b", "T.M"))),
            ("a.org/b.(*T).M-fm", Some(("a.org/b", "T.M"))),
            ("a.org/b.F-range1", Some(("a.org/b", "F"))),
            ("a.org/b.F.gowrap1", Some(("a.org/b", "F"))),
            ("a.org/b.F.deferwrap2", Some(("a.org/b", "F"))),
            ("a.org/b.init.0", Some(("a.org/b", "init"))),
            ("a.org/b.glob..func1", Some(("a.org/b", "glob"))),
            ("net/http.Get", Some(("net/http", "Get"))),
            ("main.main", Some(("main", "main"))),
            ("type:.eq.a.org/b.T", None),
            ("go:buildid", None),
            ("_cgo_main", None),
        ] {
            let found = canonical(name);
            let found = found.as_ref().map(|(package, function)| (&**package, function.as_str()));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_package_belongs_to_the_longest_module_path() {
        let known = ["a.org/b", "a.org/b/c", "std"].into_iter().map(|path| (path, path)).collect();
        assert_eq!(module_of("a.org/b/c/d", &known), Some("a.org/b/c"));
        assert_eq!(module_of("a.org/b/d", &known), Some("a.org/b"));
        assert_eq!(module_of("a.org/bc", &known), None);
        assert_eq!(module_of("net/http", &known), Some("std"));
        assert_eq!(module_of("main", &known), None);
    }

    proptest! {
        #[test]
        fn any_name_never_panics(name in "[a-z./*()\\[\\]%0-9-]{0,40}") {
            let _ = canonical(&name);
        }

        #[test]
        fn any_table_never_panics(magic in 0usize..3, big: bool, rest: Vec<u8>) {
            let magic = MAGIC[magic].0;
            let word = if big { magic.to_be_bytes() } else { magic.to_le_bytes() };
            let _ = table(&[&word[..], &[0, 0, 1, 8], &rest].concat());
        }
    }
}
