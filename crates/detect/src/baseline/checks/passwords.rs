//! What passwords the system asks for: `login.defs(5)` and PAM.

use plimsoll_model::Severity;

use super::database::shadows;
use crate::baseline::{
    Answer, Check, Hit, Image, Judge, Parameters,
    formats::{Format, words},
    passwords::Scheme,
    service::{Bad, Config, Default, Service, SettingRule},
};

const BASE: Check = Check { default: false, ..Check::of("passwords") };
const MAN_DEFS: &str = "https://man7.org/linux/man-pages/man5/login.defs.5.html";

static DEFS: Service = Service {
    id: "login.defs",
    files: &["etc/login.defs"],
    merged: false,
    format: Format::Words,
    programs: &[],
    packages: &[],
    version_env: "",
};

const fn defs(
    names: &'static [&'static str],
    default: Default,
    bad: Bad,
    write: &'static str,
) -> Judge {
    Judge::Setting(SettingRule {
        service: &DEFS,
        names,
        several: false,
        env: &[],
        default,
        bad,
        write,
        when: None,
    })
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-password-hash-method",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.4.1.4"],
        title: "new passwords are hashed by a method that is broken",
        why: "DES and MD5 hashes are tried at billions of passwords a second.",
        advice: "SHA512 is understood everywhere; YESCRYPT is better where the system knows it.",
        references: &[MAN_DEFS],
        default: true,
        judge: defs(
            &["ENCRYPT_METHOD"],
            Default::Nothing,
            Bad::Is(&["DES", "MD5"]),
            "ENCRYPT_METHOD SHA512",
        ),
        fails: &["//- /etc/login.defs\nENCRYPT_METHOD MD5\n"],
        passes: &["//- /etc/login.defs\nENCRYPT_METHOD SHA512\n"],
        ..BASE
    },
    Check {
        id: "baseline-password-lockout",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.3.3.1.1"],
        title: "accounts are not locked after failed logins",
        why: "Passwords can be tried without end.",
        advice: "Add `auth required pam_faillock.so preauth` to the auth stack and set `deny = 5` in /etc/security/faillock.conf.",
        references: &["https://man7.org/linux/man-pages/man8/pam_faillock.8.html"],
        judge: Judge::Rule(lockout),
        fails: &[
            "//- /etc/pam.d/common-auth\nauth required pam_unix.so\n",
            "//- /etc/pam.d/common-auth\nauth required pam_faillock.so preauth\n//- /etc/security/faillock.conf\ndeny = 50\n",
        ],
        passes: &[
            "//- /etc/pam.d/common-auth\nauth required pam_faillock.so preauth deny=3\nauth required pam_unix.so\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-password-max-days",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.4.1.1"],
        title: "passwords may stay the same for too long",
        why: "A password that got out works until it is changed.",
        advice: "Run `chage --maxdays` for accounts that have a password already.",
        references: &[MAN_DEFS],
        judge: Judge::Rule(max_days),
        fails: &["//- /etc/login.defs\nPASS_MAX_DAYS 99999\n"],
        passes: &["//- /etc/login.defs\nPASS_MAX_DAYS 365\n"],
        ..BASE
    },
    Check {
        id: "baseline-password-min-days",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.4.1.2"],
        title: "passwords can be changed again at once",
        why: "A user comes back to an old password by changing it often enough.",
        advice: "Run `chage --mindays` for accounts that have a password already.",
        references: &[MAN_DEFS],
        judge: Judge::Rule(min_days),
        fails: &["//- /etc/login.defs\nPASS_MIN_DAYS 0\n"],
        passes: &["//- /etc/login.defs\nPASS_MIN_DAYS 1\n"],
        ..BASE
    },
    Check {
        id: "baseline-password-min-length",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.3.3.2.2"],
        title: "short passwords are accepted",
        why: "Short passwords are found by trying all of them.",
        advice: "Set `minlen = 14` in /etc/security/pwquality.conf and use pam_pwquality in the password stack.",
        references: &["https://man7.org/linux/man-pages/man8/pam_unix.8.html"],
        judge: Judge::Rule(min_length),
        fails: &[
            "//- /etc/pam.d/common-password\npassword required pam_unix.so yescrypt\n",
            "//- /etc/security/pwquality.conf\nminlen = 5\n",
        ],
        passes: &[
            "//- /etc/pam.d/common-password\npassword required pam_unix.so minlen=14\n",
            "//- /etc/security/pwquality.conf\nminlen = 14\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-password-nullok",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.3.3.4.1"],
        title: "PAM lets accounts with an empty password in",
        why: "An account that somebody leaves without a password is open at once.",
        advice: "Remove `nullok` from the line of pam_unix.",
        references: &["https://man7.org/linux/man-pages/man8/pam_unix.8.html"],
        judge: Judge::Rule(nullok),
        fails: &[
            "//- /etc/pam.d/common-auth\nauth [success=1 default=ignore] pam_unix.so nullok\n",
        ],
        passes: &["//- /etc/pam.d/common-auth\nauth required pam_unix.so\n"],
        ..BASE
    },
    Check {
        id: "baseline-password-pam-hash",
        severity: Severity::Medium,
        title: "PAM hashes new passwords by a method that is broken",
        why: "MD5, DES and Blowfish of old are tried at high speed; without a name pam_unix falls back to DES.",
        advice: "Write `sha512` or `yescrypt` in the line of pam_unix in the password stack.",
        default: true,
        judge: Judge::Rule(pam_hash),
        fails: &["//- /etc/pam.d/system-auth\npassword sufficient pam_unix.so md5 shadow\n"],
        passes: &["//- /etc/pam.d/system-auth\npassword sufficient pam_unix.so sha512 shadow\n"],
        ..BASE
    },
    Check {
        id: "baseline-password-pam-permit",
        severity: Severity::Critical,
        title: "PAM lets everybody in",
        why: "`pam_permit` as sufficient, or as the only module, asks for no password.",
        advice: "Remove the line, and let pam_unix decide.",
        references: &["https://man7.org/linux/man-pages/man8/pam_permit.8.html"],
        default: true,
        judge: Judge::Rule(permit),
        fails: &["//- /etc/pam.d/sshd\nauth sufficient pam_permit.so\nauth required pam_unix.so\n"],
        passes: &[
            "//- /etc/pam.d/sshd\nauth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-password-reuse",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.3.3.3.1"],
        title: "old passwords are accepted again",
        why: "A password that got out comes back.",
        advice: "Add `password required pam_pwhistory.so remember=24 use_authtok` before pam_unix.",
        judge: Judge::Rule(reuse),
        fails: &["//- /etc/pam.d/common-password\npassword required pam_unix.so\n"],
        passes: &[
            "//- /etc/pam.d/common-password\npassword required pam_pwhistory.so remember=24\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-password-umask",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.4.3.3"],
        title: "new files of users can be read by everybody",
        why: "With umask 022 files are readable by all accounts, with 002 writable by the group.",
        advice: "027 keeps others out, 077 the group too.",
        references: &[MAN_DEFS],
        judge: defs(&["UMASK"], Default::Is("022"), Bad::By(loose_umask), "UMASK 027"),
        fails: &["//- /etc/login.defs\nUMASK 022\n"],
        passes: &["//- /etc/login.defs\nUMASK 027\n"],
        ..BASE
    },
    Check {
        id: "baseline-password-warn-days",
        severity: Severity::Negligible,
        aliases: &["CIS Debian 12 5.4.1.3"],
        title: "users are warned too late that their password runs out",
        why: "Who is locked out asks for the rule to be switched off.",
        advice: "A week is usual.",
        references: &[MAN_DEFS],
        judge: Judge::Rule(warn_days),
        fails: &["//- /etc/login.defs\nPASS_WARN_AGE 1\n"],
        passes: &["//- /etc/login.defs\nPASS_WARN_AGE 7\n"],
        ..BASE
    },
];

/// Whether others get rights on new files.
pub(crate) fn loose_umask(value: &str) -> bool {
    u32::from_str_radix(value.trim_start_matches("0o"), 8)
        .is_ok_and(|mask| mask & 0o007 != 0o007 && mask & 0o027 != 0o027)
}

/// Compares a number of `login.defs` with what the parameters want.
fn number(
    image: &Image<'_>,
    answer: &mut Answer,
    name: &str,
    default: i64,
    is_bad: impl Fn(i64) -> bool,
    wanted: i64,
) {
    for config in &DEFS.load(image).configs {
        answer.applies();
        let Config { path, .. } = config;
        match config.get(Format::Words, &[name]) {
            Some(entry) => match entry.value.parse::<i64>() {
                Ok(value) if is_bad(value) => answer.fail(entry.hit(&format!("{name} {wanted}"))),
                Ok(_) => {}
                Err(_) => answer.unsure(path.as_deref(), format!("`{name}` is no number")),
            },
            None if is_bad(default) => {
                let path = path.clone().unwrap_or_default();
                let hit = Hit::file(&path).setting(name, "not set", wanted.to_string());
                answer.fail(hit.change(format!("Add `{name} {wanted}` to /{path}")));
            }
            None => {}
        }
    }
}

fn max_days(image: &Image<'_>, answer: &mut Answer) {
    let most = image.parameters.max_password_days;
    number(image, answer, "PASS_MAX_DAYS", -1, |days| days > most || days < 0, most);
    for shadow in shadows(image).iter().filter(|s| Scheme::of(s.hash).is_some()) {
        answer.applies();
        if let Some(days) = shadow.most_days.filter(|days| *days > most) {
            let hit = Hit::line("etc/shadow", shadow.line, shadow.name);
            answer.fail(hit.setting("maximum age", days.to_string(), format!("{most} or less")));
        }
    }
}

fn min_days(image: &Image<'_>, answer: &mut Answer) {
    let least = image.parameters.min_password_days;
    number(image, answer, "PASS_MIN_DAYS", 0, |days| days < least, least);
}

fn warn_days(image: &Image<'_>, answer: &mut Answer) {
    let least = image.parameters.password_warn_days;
    number(image, answer, "PASS_WARN_AGE", 0, |days| days < least, least);
}

/// A line of PAM's configuration.
struct Pam {
    path: String,
    line: u32,
    service: String,
    stack: String,
    control: String,
    module: String,
    options: Vec<String>,
    text: String,
}

/// Files of `etc/pam.d`, one rule a line: stack, control (in brackets perhaps), module, options.
fn pam(image: &Image<'_>) -> Vec<Pam> {
    let mut out = Vec::new();
    for (name, text) in image.matching("etc/pam.d/*") {
        let service = name.rsplit('/').next().unwrap_or_default().to_owned();
        for (line, text_line) in words::lines(&text.text, &['#'], true) {
            let shown = words::before_comment(&text_line, &['#']);
            let rest = shown.trim_start_matches('-');
            let Some((stack, rest)) = rest.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let cut = if rest.starts_with('[') {
                rest.find(']').map(|at| at + 1)
            } else {
                rest.find(char::is_whitespace)
            };
            let Some((control, rest)) = cut.map(|at| rest.split_at(at)) else { continue };
            let mut words = rest.split_whitespace();
            let Some(module) = words.next() else { continue };
            out.push(Pam {
                path: text.path.clone(),
                line,
                service: service.clone(),
                stack: stack.to_owned(),
                control: control.to_owned(),
                module: module.rsplit('/').next().unwrap_or(module).to_owned(),
                options: words.map(str::to_owned).collect(),
                text: shown.to_owned(),
            });
        }
    }
    out
}

impl Pam {
    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find_map(|option| match option.split_once('=') {
            Some((key, value)) if key == name => Some(value),
            None if option == name => Some(""),
            _ => None,
        })
    }

    fn hit(&self) -> Hit {
        Hit::line(&self.path, self.line, &self.text)
    }
}

/// Values of `etc/security/NAME.conf` and of the module's options.
fn security(image: &Image<'_>, file: &str, name: &str) -> Vec<(String, u32, String)> {
    let Some(text) = image.text(file) else { return Vec::new() };
    let settings = Format::Equals.parse(&text.text).unwrap_or_default();
    let found = settings.into_iter().filter(|(key, ..)| key == name);
    found.map(|(_, value, line)| (text.path.clone(), line, value)).collect()
}

fn lockout(image: &Image<'_>, answer: &mut Answer) {
    let most = image.parameters.max_failed_logins;
    let rules = pam(image);
    let stacks: Vec<&Pam> = rules
        .iter()
        .filter(|r| {
            r.stack == "auth"
                && matches!(
                    r.service.as_str(),
                    "common-auth" | "system-auth" | "password-auth" | "base-auth"
                )
        })
        .collect();
    let Some(first) = stacks.first() else { return };
    answer.applies();
    let lock = stacks.iter().find(|r| {
        matches!(r.module.as_str(), "pam_faillock.so" | "pam_tally2.so" | "pam_tally.so")
    });
    let Some(lock) = lock else {
        answer.fail(Hit::file(&first.path).setting(
            "pam_faillock",
            "not used",
            "required in the auth stack",
        ));
        return;
    };
    let set = lock.option("deny").map(|value| (lock.path.clone(), lock.line, value.to_owned()));
    let set = set.or_else(|| security(image, "etc/security/faillock.conf", "deny").pop());
    if let Some((path, line, value)) = set
        && value.parse::<i64>().is_ok_and(|deny| deny > most || deny == 0)
    {
        let hit = Hit::line(path, line, format!("deny = {value}"));
        answer.fail(
            hit.setting("deny", value, most.to_string()).change(format!("Write `deny = {most}`")),
        );
    }
}

fn min_length(image: &Image<'_>, answer: &mut Answer) {
    let Parameters { min_password_length: least, .. } = *image.parameters;
    let files = security(image, "etc/security/pwquality.conf", "minlen");
    let rules = pam(image);
    let modules = ["pam_pwquality.so", "pam_cracklib.so", "pam_passwdqc.so", "pam_unix.so"];
    let stack: Vec<&Pam> = rules
        .iter()
        .filter(|r| r.stack == "password" && modules.contains(&r.module.as_str()))
        .collect();
    let mut set: Vec<(String, u32, String)> = stack
        .iter()
        .filter_map(|r| Some((r.path.clone(), r.line, r.option("minlen")?.to_owned())))
        .collect();
    set.extend(files);
    for (path, line, value) in &set {
        answer.applies();
        if value.parse::<i64>().is_ok_and(|length| length < least) {
            let hit = Hit::line(path, *line, format!("minlen = {value}"));
            answer.fail(
                hit.setting("minlen", value, least.to_string())
                    .change(format!("Write `minlen = {least}`")),
            );
        }
    }
    // pwquality's own default is 8, pam_unix' is 6.
    if let (true, Some(first)) = (set.is_empty(), stack.first()) {
        let own = if stack.iter().any(|r| r.module != "pam_unix.so") { 8 } else { 6 };
        answer.applies();
        if own < least {
            let hit = first.hit().setting(
                "minlen",
                format!("not set; the default is {own}"),
                least.to_string(),
            );
            answer.fail(hit);
        }
    }
}

fn nullok(image: &Image<'_>, answer: &mut Answer) {
    for rule in pam(image).iter().filter(|r| r.stack == "auth" && r.module == "pam_unix.so") {
        answer.applies();
        if rule.option("nullok").is_some() || rule.option("nullok_secure").is_some() {
            answer.fail(rule.hit().setting("nullok", "set", "not set"));
        }
    }
}

fn pam_hash(image: &Image<'_>, answer: &mut Answer) {
    for rule in pam(image).iter().filter(|r| r.stack == "password" && r.module == "pam_unix.so") {
        answer.applies();
        for weak in ["md5", "bigcrypt"] {
            if rule.option(weak).is_some() {
                answer.fail(rule.hit().setting("hash", weak, "sha512 or yescrypt"));
            }
        }
    }
}

fn permit(image: &Image<'_>, answer: &mut Answer) {
    let rules = pam(image);
    for rule in rules.iter().filter(|r| r.stack == "auth") {
        answer.applies();
        if rule.module != "pam_permit.so" {
            continue;
        }
        // Alone it decides; with others before it, only as `sufficient` or with `success=done`.
        let others = rules.iter().filter(|r| r.path == rule.path && r.stack == "auth").count() > 1;
        let sufficient = rule.control == "sufficient" || rule.control.contains("success=done");
        // `chfn`, `runuser` and their like use it behind other rules of root; `other` and tests of nothing do not.
        let for_login = matches!(
            rule.service.as_str(),
            "sshd"
                | "login"
                | "su"
                | "sudo"
                | "system-auth"
                | "password-auth"
                | "common-auth"
                | "base-auth"
                | "remote"
                | "vsftpd"
                | "cron"
                | "other"
        );
        if for_login && (sufficient || !others) {
            answer.fail(rule.hit().setting("pam_permit", &rule.control, "no such line"));
        }
    }
}

fn reuse(image: &Image<'_>, answer: &mut Answer) {
    let rules = pam(image);
    let stack: Vec<&Pam> = rules
        .iter()
        .filter(|r| {
            r.stack == "password"
                && matches!(
                    r.service.as_str(),
                    "common-password" | "system-auth" | "password-auth" | "base-password"
                )
        })
        .collect();
    let Some(first) = stack.first() else { return };
    answer.applies();
    if !stack.iter().any(|r| r.module == "pam_pwhistory.so" || r.option("remember").is_some()) {
        answer.fail(Hit::file(&first.path).setting("remember", "not set", "24"));
    }
}
