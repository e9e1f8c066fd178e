//! FTP servers: vsftpd, and ProFTPD as far as its settings stand one a line.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, each, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://security.appspot.com/vsftpd/vsftpd_conf.html"],
    ..Check::of("ftp")
};

static VSFTPD: Service = Service {
    id: "vsftpd",
    files: &["etc/vsftpd.conf", "etc/vsftpd/vsftpd.conf", "etc/vsftpd/*.conf"],
    format: Format::Equals,
    packages: &["vsftpd"],
    ..SERVICE
};
static PROFTPD: Service = Service {
    id: "proftpd",
    files: &["etc/proftpd.conf", "etc/proftpd/proftpd.conf"],
    format: Format::Words,
    packages: &["proftpd-core"],
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-ftp-proftpd-root",
        severity: Severity::High,
        title: "ProFTPD lets root log in",
        why: "Root's password goes over the network, and can be guessed.",
        advice: "Write `RootLogin off`.",
        judge: set(&PROFTPD, &["RootLogin"], Default::Is("off"), ON, "RootLogin off"),
        fails: &["//- /etc/proftpd/proftpd.conf\nRootLogin on\n"],
        passes: &["//- /etc/proftpd/proftpd.conf\nRootLogin off\n"],
        ..BASE
    },
    Check {
        id: "baseline-ftp-proftpd-user",
        severity: Severity::High,
        title: "ProFTPD's sessions run as root",
        why: "A flaw gives root.",
        advice: "Write `User proftpd`.",
        judge: set(&PROFTPD, &["User"], Default::Nothing, Bad::Is(&["root"]), "User proftpd"),
        fails: &["//- /etc/proftpd/proftpd.conf\nUser root\n"],
        passes: &["//- /etc/proftpd/proftpd.conf\nUser proftpd\n"],
        ..BASE
    },
    Check {
        id: "baseline-ftp-vsftpd-anonymous",
        severity: Severity::Medium,
        title: "vsftpd lets visitors in without a password",
        why: "They read all files of the FTP account.",
        advice: "Write `anonymous_enable=NO`.",
        judge: set(&VSFTPD, &["anonymous_enable"], Default::Is("YES"), ON, "anonymous_enable=NO"),
        fails: &[
            "//- /etc/vsftpd.conf\nanonymous_enable=YES\n",
            "//- /etc/vsftpd.conf\nlisten=YES\n",
        ],
        passes: &["//- /etc/vsftpd.conf\nanonymous_enable=NO\n"],
        ..BASE
    },
    Check {
        id: "baseline-ftp-vsftpd-anonymous-write",
        severity: Severity::High,
        title: "vsftpd lets visitors write",
        why: "They use the server to pass on what they like.",
        advice: "Write `anon_upload_enable=NO`.",
        judge: each(
            &VSFTPD,
            &["anon_upload_enable", "anon_mkdir_write_enable", "anon_other_write_enable"],
            Default::Is("NO"),
            ON,
            "anon_upload_enable=NO",
        ),
        fails: &["//- /etc/vsftpd.conf\nanon_upload_enable=YES\n"],
        passes: &["//- /etc/vsftpd.conf\nanon_upload_enable=NO\n"],
        ..BASE
    },
    Check {
        id: "baseline-ftp-vsftpd-chroot",
        severity: Severity::Low,
        title: "vsftpd shows users the whole file system",
        why: "They read what every account can read.",
        advice: "Write `chroot_local_user=YES`.",
        default: false,
        judge: set(
            &VSFTPD,
            &["chroot_local_user"],
            Default::Is("NO"),
            OFF,
            "chroot_local_user=YES",
        ),
        fails: &["//- /etc/vsftpd.conf\nlocal_enable=YES\n"],
        passes: &["//- /etc/vsftpd.conf\nchroot_local_user=YES\n"],
        ..BASE
    },
    Check {
        id: "baseline-ftp-vsftpd-tls",
        severity: Severity::Low,
        title: "vsftpd speaks without TLS",
        why: "Passwords and files go over the network in clear.",
        advice: "Write `ssl_enable=YES` and `force_local_logins_ssl=YES`.",
        default: false,
        judge: set(&VSFTPD, &["ssl_enable"], Default::Is("NO"), OFF, "ssl_enable=YES"),
        fails: &["//- /etc/vsftpd.conf\nlocal_enable=YES\n"],
        passes: &["//- /etc/vsftpd.conf\nssl_enable=YES\n"],
        ..BASE
    },
];
