//! Elixir and Erlang: the `.app` files of installed applications, and the lock files of Mix and Rebar. All of
//! them are Erlang or Elixir terms; only the few forms that the tools write are read.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};

use super::{Description, FileForm, Found, Language, TextFiles, package};

#[cfg(test)]
mod tests;

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "beam",
    name: "Elixir, Erlang",
    kinds: &[PackageKind::Hex, PackageKind::Otp],
    osv: &["Hex"],
    files: &[
        FileForm {
            name: "lib/*/ebin/*.app",
            evidence: PackageEvidence::Installed,
            note: "of releases; applications that come with Erlang/OTP or Elixir are told apart by where they lie",
        },
        FileForm {
            name: "mix.lock, rebar.lock",
            evidence: PackageEvidence::LockFile,
            note: "packages of Hex only",
        },
    ],
};

enum Role {
    App,
    Mix,
    Rebar,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "mix.lock" => Some(Role::Mix),
        "rebar.lock" => Some(Role::Rebar),
        _ => (name.ends_with(".app") && folder.ends_with("/ebin")).then_some(Role::App),
    }
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let text = String::from_utf8_lossy(file.bytes);
    match role {
        Role::App => return app(&text, file.meta.path(), found),
        Role::Mix => mix(&text, found),
        Role::Rebar => rebar(&text, found),
    }
    Ok(())
}

/// `{application,cowboy,[{description,"…"},{vsn,"2.9.0"}, …]}.`
fn app(text: &str, path: &str, found: &mut Found) -> Result<(), FileError> {
    let squeezed: String = text.lines().filter(|l| !l.trim_start().starts_with('%')).collect();
    let name = squeezed.split_once("{application").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix(',')?.trim_start().trim_start_matches('\'');
        rest.split([',', '\'', ' ']).next().filter(|name| !name.is_empty())
    });
    let Some(name) = name else {
        return Err(FileError::malformed("no application in the .app file"));
    };
    let version = squeezed.split_once("{vsn").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix(',')?.trim_start().strip_prefix('"')?;
        rest.split('"').next()
    });
    // OTP's own applications lie in `lib/erlang/lib`, Elixir's in `lib/elixir/lib`.
    let is_otp = path.contains("/erlang/lib/") || path.contains("/elixir/lib/");
    let kind = if is_otp { PackageKind::Otp } else { PackageKind::Hex };
    found.push(package(kind, name, version.unwrap_or_default(), PackageEvidence::Installed));
    Ok(())
}

/// `"cowboy": {:hex, :cowboy, "2.9.0", "0123…", …},`
fn mix(text: &str, found: &mut Found) {
    for line in text.lines() {
        let Some((_, rest)) = line.split_once("{:hex,") else { continue };
        let mut parts = rest.split(',').map(str::trim);
        let name = parts.next().unwrap_or_default().trim_start_matches(':').trim_matches('"');
        let version = parts.next().unwrap_or_default().trim_matches('"');
        found.push(package(PackageKind::Hex, name, version, PackageEvidence::LockFile));
    }
}

/// `{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0}`, the last number being the depth.
fn rebar(text: &str, found: &mut Found) {
    for entry in text.split("{pkg,").skip(1) {
        let mut texts = entry.split("<<\"").skip(1).filter_map(|part| part.split('"').next());
        let (Some(name), Some(version)) = (texts.next(), texts.next()) else { continue };
        let mut package = package(PackageKind::Hex, name, version, PackageEvidence::LockFile);
        let depth =
            entry.split_once('}').map(|(_, rest)| rest.trim_start_matches(',').trim_start());
        if let (Some(app), Some(depth)) = (&mut package.app, depth) {
            app.is_direct = Some(depth.starts_with('0'));
        }
        found.push(package);
    }
}
