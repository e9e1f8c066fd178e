//! `apk`.
//!
//! A plain `apk add PACKAGE>=VERSION` would write the package into `/etc/apk/world` for good. A virtual
//! package that needs the versions makes the solver raise them (and fail where a repository has them not),
//! and taking it away again leaves `world` as it was: tried with apk-tools 2.4, 2.6, 2.10 and 2.14.

use super::{FixContext, Script, Upgrade, archives, shell::quote, upgrade::Target};

/// The virtual package.
const VIRTUAL: &str = ".security-fix";

pub(super) fn script(context: &FixContext<'_>, upgrades: &[Upgrade]) -> Script {
    let wanted: Vec<String> = upgrades
        .iter()
        .map(|u| match &u.to {
            Target::Version(version) => quote(&format!("{}>={version}", u.name)),
            Target::Newest { .. } => quote(&u.name),
        })
        .collect();
    let wanted = wanted.join(" ");
    let mut script = Script { notes: archives::apk_note(context), ..Script::default() };
    if has_no_cache(context) {
        script.steps = vec![
            format!("apk add --no-cache --virtual {VIRTUAL} {wanted}"),
            format!("apk del --no-cache {VIRTUAL}"),
        ];
    } else {
        script.steps = vec![
            "apk update".into(),
            format!("apk add --virtual {VIRTUAL} {wanted}"),
            format!("apk del {VIRTUAL}"),
        ];
        script.clean = Some("rm -rf /var/cache/apk/*".into());
    }
    script
}

/// `--no-cache` came with apk-tools 2.6, in Alpine 3.3.
fn has_no_cache(context: &FixContext<'_>) -> bool {
    let Some(os) = context.os.filter(|os| os.id == "alpine") else { return true };
    let mut numbers = os.release.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (3, 3),
        _ => true,
    }
}
