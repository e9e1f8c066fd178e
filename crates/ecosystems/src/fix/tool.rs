//! Which package manager an image can be mended with.

use plimsoll_model::{OperatingSystem, OwnedPackage, PackageFamily};

use super::{FixContext, Script, Upgrade, apk, apt, pacman, tdnf, yum, zypper};
use crate::distros::{Distro, Manager};

/// A package manager that is there, or why there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tool {
    Apk,
    Apt,
    Dnf,
    Microdnf,
    Pacman,
    Tdnf,
    Yum,
    Zypper,
    /// None is installed, so the image can only be built anew.
    Missing,
    /// The distribution has none at all (Bottlerocket), or is not known.
    Unknown,
}

impl Tool {
    pub(super) fn of(
        os: Option<&OperatingSystem>,
        distro: Option<&Distro>,
        packages: &[OwnedPackage],
    ) -> Self {
        let Some(os) = os else { return Tool::Unknown };
        let usual = match (distro.map(|d| d.manager), os.family) {
            (Some(Manager::Apk), _) | (None, PackageFamily::Apk) => Tool::Apk,
            (Some(Manager::Apt), _) | (None, PackageFamily::Dpkg) => Tool::Apt,
            (Some(Manager::YumBefore(first)), _) => match major(&os.release) {
                Some(major) if major < first => Tool::Yum,
                _ => Tool::Dnf,
            },
            (Some(Manager::Dnf), _) | (None, PackageFamily::Rpm) => Tool::Dnf,
            (Some(Manager::Tdnf), _) => Tool::Tdnf,
            (Some(Manager::Zypper), _) => Tool::Zypper,
            (Some(Manager::Pacman), _) | (None, PackageFamily::Pacman) => Tool::Pacman,
            (Some(Manager::None), _) | (None, PackageFamily::None) => return Tool::Unknown,
        };
        if packages.is_empty() {
            return usual;
        }
        let others: &[Tool] = match os.family {
            PackageFamily::Rpm => &[Tool::Dnf, Tool::Microdnf, Tool::Yum, Tool::Tdnf, Tool::Zypper],
            _ => &[],
        };
        let installed = |tool: &Tool| {
            packages.iter().any(|p| {
                p.package.kind.is_system() && tool.packages().contains(&p.package.name.as_str())
            })
        };
        std::iter::once(usual)
            .chain(others.iter().copied())
            .find(installed)
            .unwrap_or(Tool::Missing)
    }

    /// The packages that hold it.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Tool::Apk => &["apk-tools"],
            Tool::Apt => &["apt"],
            Tool::Dnf => &["dnf", "dnf5"],
            Tool::Microdnf => &["microdnf"],
            Tool::Pacman => &["pacman"],
            Tool::Tdnf => &["tdnf"],
            Tool::Yum => &["yum"],
            Tool::Zypper => &["zypper"],
            Tool::Missing | Tool::Unknown => &[],
        }
    }

    /// What upgrades `upgrades`. Empty where there is no package manager.
    pub(super) fn script(self, context: &FixContext<'_>, upgrades: &[Upgrade]) -> Script {
        match self {
            Tool::Apk => apk::script(context, upgrades),
            Tool::Apt => apt::script(context, upgrades),
            Tool::Dnf => yum::script(context, "dnf", upgrades),
            Tool::Microdnf => yum::script(context, "microdnf", upgrades),
            Tool::Yum => yum::script(context, "yum", upgrades),
            Tool::Pacman => pacman::script(upgrades),
            Tool::Tdnf => tdnf::script(upgrades),
            Tool::Zypper => zypper::script(context, upgrades),
            Tool::Missing | Tool::Unknown => Script::default(),
        }
    }
}

/// The first number of a release key: `8` of `8-stream`.
pub(super) fn major(release: &str) -> Option<u32> {
    let end = release.find(|c: char| !c.is_ascii_digit()).unwrap_or(release.len());
    release.get(..end)?.parse().ok()
}
