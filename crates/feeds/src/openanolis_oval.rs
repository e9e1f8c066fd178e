//! What the definitions of Anolis OS and of Alibaba Cloud Linux mean: one generator writes both.
//!
//! It takes versions from file names, and cuts most of them wrongly: `bind-chroot-9.18.34-1.an23` becomes
//! the package `bind-chroot` with the version `chroot-9.18.34-1.an23`. Neither versions nor releases of RPM have
//! a hyphen (rpm.org, "Spec file format"), so that what stands before the last two parts does not belong to
//! the version.
//!
//! Tests are not looked at: hotfixes have the ids of other advisories, and their tests too. The words of a
//! criterion say the same and stand in its own definition.

use plimsoll_model::FixState;

use crate::oval::{Criterion, Definition, Dialect, Fact, Literal, Scope, Target, Targets};

/// The dialect of one of the two.
pub(crate) struct OpenAnolis<const ALINUX: bool>;

impl<const ALINUX: bool> OpenAnolis<ALINUX> {
    const NAME: &'static str = if ALINUX { "Alibaba Cloud Linux " } else { "Anolis OS " };
    const IDS: &'static str = if ALINUX { "oval:com.aliyun:" } else { "oval:cn.openanolis:" };
}

impl<const ALINUX: bool> Dialect for OpenAnolis<ALINUX> {
    const SOURCE: &'static str = if ALINUX { "alinux" } else { "anolis" };

    fn scope(&self, _file: &str, definition: &Definition) -> Result<Scope, &'static str> {
        if definition.id.starts_with(Self::IDS) {
            Ok(Scope::default())
        } else {
            Err("definition for another distribution")
        }
    }

    fn literal(&self, criterion: &Criterion<'_>, targets: &mut Targets) -> Literal {
        let comment = criterion.comment;
        if let Some(rest) = comment.strip_prefix(Self::NAME) {
            let release = rest.strip_suffix(" is installed").unwrap_or_default();
            let major = release.split('.').next().unwrap_or_default();
            if major.is_empty() || !major.bytes().all(|b| b.is_ascii_digit()) {
                return Literal::Unknown;
            }
            return Literal::Products(vec![targets.put(Target::base(Self::SOURCE, major))]);
        }
        let Some((package, version)) = comment.split_once(" is earlier than ") else {
            return Literal::Unknown;
        };
        // `kernel:6.6` is the kernel's line, beside it stands `kernel` with the same version.
        let package = package.split(':').next().unwrap_or_default();
        match whole(version) {
            Some(version) if !package.is_empty() => {
                Literal::Package(package.into(), Fact::Below(version.as_str().into()), Vec::new())
            }
            _ => Literal::Unknown,
        }
    }

    fn unfixed(&self, _: &Definition, _: &str, _: Option<&str>) -> FixState {
        FixState::Affected
    }
}

/// `0:debug-devel-4.19.91-28.7.al7` is `4.19.91-28.7.al7`.
fn whole(text: &str) -> Option<String> {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    let mut parts = rest.rsplit('-');
    let (release, version) = (parts.next()?, parts.next()?);
    let is_number = !epoch.is_empty() && epoch.bytes().all(|b| b.is_ascii_digit());
    let is_version = |t: &str| !t.is_empty() && !t.contains([' ', ':']);
    if !is_number || !is_version(version) || !is_version(release) {
        return None;
    }
    Some(match epoch {
        "0" => format!("{version}-{release}"),
        epoch => format!("{epoch}:{version}-{release}"),
    })
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn versions_lose_what_does_not_belong_to_them() {
        for (text, expected) in [
            ("32:9.18.34-1.an23", "32:9.18.34-1.an23"),
            ("32:dnssec-utils-9.18.34-1.an23", "32:9.18.34-1.an23"),
            ("0:debug-devel-4.19.91-28.7.al7", "4.19.91-28.7.al7"),
            ("0:agents-4.9.0-54.al8.36", "4.9.0-54.al8.36"),
        ] {
            assert_eq!(whole(text).as_deref(), Some(expected));
        }
        for text in ["", "1.0", "x:1-2", "0:1-", "0:-", "0:1 2-3"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
