//! Where the packages of releases past their end are kept, and the lines that point an image there.

use plimsoll_model::OperatingSystem;

use super::FixContext;

/// Lines to run before the package manager, and what to know of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Archive {
    pub(super) lines: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// Whether public fixes of the release have ended.
fn is_over(context: &FixContext<'_>) -> bool {
    let end = context.os.and_then(|os| os.end_of_life.as_ref());
    end.is_some_and(|end| end.is_over(context.today))
}

fn note(os: &OperatingSystem, place: &str) -> String {
    format!(
        "{} {} has left the mirrors; its packages, without new fixes, are kept at {place}. Plan the move to a \
         supported release.",
        os.name, os.release,
    )
}

/// Debian moves a release to archive.debian.org some time after its long-term support; up to 10 (2025)
/// that has happened. Ubuntu moves interim releases to old-releases.ubuntu.com when they end, and keeps
/// those with long-term support from 14.04 on where they are.
pub(super) fn apt(context: &FixContext<'_>) -> Option<Archive> {
    let os = context.os.filter(|_| is_over(context))?;
    match os.id.as_str() {
        "debian" => {
            let major = context.major()?;
            let codename = crate::distros::by_id("debian")?.release(&os.release)?.codename?;
            (major <= 10).then(|| debian(os, major, codename))
        }
        "ubuntu" => {
            let (year, month) = os.release.split_once('.')?;
            let year: u32 = year.parse().ok()?;
            let long_term = year.is_multiple_of(2) && month == "04";
            // Since 24.04 the sources are in deb822 form.
            let file = if year >= 24 { "sources.list.d/ubuntu.sources" } else { "sources.list" };
            (!long_term || year < 14).then(|| Archive {
                lines: vec![format!(
                    "sed -i -E 's,https?://([a-z.]*archive|security|ports)\\.ubuntu\\.com,http://old-releases.ubuntu.com,g' \
                     /etc/apt/{file}"
                )],
                notes: vec![note(os, "old-releases.ubuntu.com")],
            })
        }
        _ => None,
    }
}

fn debian(os: &OperatingSystem, major: u32, codename: &str) -> Archive {
    let base = "deb http://archive.debian.org/debian";
    let mut sources = vec![format!("{base} {codename} main")];
    sources.push(format!("{base}-security {codename}/updates main"));
    if major == 6 {
        sources.push(format!("{base} squeeze-lts main"));
    }
    let words: Vec<String> = sources.iter().map(|s| format!("'{s}'")).collect();
    let mut notes = vec![note(os, "archive.debian.org")];
    if major <= 8 {
        notes.push(
            "The keys that signed this archive have expired. apt-get stops there; only `--force-yes` goes on, \
             and then nothing vouches for the packages."
                .into(),
        );
    }
    Archive {
        lines: vec![format!("printf '%s\\n' {} > /etc/apt/sources.list", words.join(" "))],
        notes,
    }
}

/// CentOS moves a release to vault.centos.org when it ends, Fedora to its archive.
pub(super) fn yum(context: &FixContext<'_>) -> Option<Archive> {
    let os = context.os.filter(|_| is_over(context))?;
    match os.id.as_str() {
        "centos" => {
            let vault = match os.release.as_str() {
                "5" => "5.11",
                "6" => "6.10",
                "7" => "7.9.2009",
                "8" => "8.5.2111",
                "8-stream" => "8-stream",
                _ => return None,
            };
            // Plain HTTP: the TLS of CentOS 5 and 6 is too old for the server. Packages are signed.
            Some(Archive {
                lines: vec![format!(
                    "sed -i -e 's/^mirrorlist=/#mirrorlist=/' -e \
                     's,^#* *baseurl=http://mirror\\.centos\\.org/[^/]*/\\$\\(releasever\\|stream\\),baseurl=http://vault.centos.org/{vault},' \
                     /etc/yum.repos.d/CentOS-*.repo"
                )],
                notes: vec![note(os, "vault.centos.org")],
            })
        }
        "fedora" => Some(Archive {
            lines: vec![
                "sed -i -e 's/^metalink=/#metalink=/' -e 's/^mirrorlist=/#mirrorlist=/' -e \
                 's,^#* *baseurl=.*/pub/fedora/linux/,baseurl=https://archives.fedoraproject.org/pub/archive/fedora/linux/,' \
                 /etc/yum.repos.d/fedora*.repo"
                    .into(),
            ],
            notes: vec![note(os, "archives.fedoraproject.org")],
        }),
        "rhel" => {
            let name = os.end_of_life.as_ref()?.extended.as_ref().map_or("extended", |(name, _)| name);
            Some(Archive {
                lines: Vec::new(),
                notes: vec![format!(
                    "{} {} is past its public support: later fixes need a subscription with {name}.",
                    os.name, os.release,
                )],
            })
        }
        _ => None,
    }
}

/// openSUSE moves releases to `discontinued` on one mirror; Leap 15 has stayed where it was.
pub(super) fn zypper(context: &FixContext<'_>) -> Option<Archive> {
    let os = context.os.filter(|_| is_over(context))?;
    let moved = os.id == "opensuse" || (os.id == "opensuse-leap" && os.release.starts_with("42."));
    moved.then(|| Archive {
        lines: vec![
            "sed -i -E 's,https?://download\\.opensuse\\.org/,http://ftp5.gwdg.de/pub/opensuse/discontinued/,' \
             /etc/zypp/repos.d/*.repo"
                .into(),
        ],
        notes: vec![note(os, "ftp5.gwdg.de/pub/opensuse/discontinued")],
    })
}

/// Alpine keeps all its releases on its own server, but old images name mirrors that are gone.
pub(super) fn apk_note(context: &FixContext<'_>) -> Vec<String> {
    match context.os.filter(|os| os.id == "alpine" && is_over(context)) {
        Some(os) => vec![format!(
            "{} {} gets no new fixes. Its packages are kept on dl-cdn.alpinelinux.org; where \
             /etc/apk/repositories names a mirror that is gone, run first: sed -i \
             's,^[a-z]*://[^/]*/alpine/,http://dl-cdn.alpinelinux.org/alpine/,' /etc/apk/repositories",
            os.name, os.release,
        )],
        None => Vec::new(),
    }
}
