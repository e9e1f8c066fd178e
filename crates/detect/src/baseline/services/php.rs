//! PHP's own settings, and phpMyAdmin.

use plimsoll_model::Severity;

use super::{ON, SERVICE, is_default_password, set};
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::{Format, php},
    service::{Bad, Config, Default, Service, SettingRule, malformed},
};

const BASE: Check =
    Check { references: &["https://www.php.net/manual/en/ini.list.php"], ..Check::of("php") };

/// Debian has a file for each way to run PHP; those of the command line serve no visitors.
static PHP: Service = Service {
    id: "php",
    files: &[
        "etc/php.ini",
        "etc/php*/php.ini",
        "etc/php/*/{apache2,cgi,embed,fpm}/php.ini",
        "usr/local/etc/php/php.ini",
        "usr/local/lib/php.ini",
    ],
    format: Format::Php,
    ..SERVICE
};

/// Apache's module asks Apache which file is meant.
fn is_not_of_apache(_: &Image<'_>, config: &Config) -> bool {
    config.path.as_ref().is_none_or(|path| !path.contains("/apache2/"))
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-php-allow-url-fopen",
        severity: Severity::Low,
        title: "PHP opens addresses like files",
        why: "A name of a file that an attacker sets makes the server fetch addresses of the inner network.",
        advice: "Switch it off where no program needs it.",
        default: false,
        judge: set(&PHP, &["allow_url_fopen"], Default::Is("1"), ON, "allow_url_fopen = Off"),
        fails: &["//- /etc/php.ini\nallow_url_fopen = On\n"],
        passes: &["//- /etc/php.ini\nallow_url_fopen = Off\n"],
        ..BASE
    },
    Check {
        id: "baseline-php-allow-url-include",
        severity: Severity::High,
        title: "PHP runs code from other servers",
        why: "A name of a file that an attacker sets becomes code of theirs.",
        advice: "Switch it off.",
        judge: set(&PHP, &["allow_url_include"], Default::Is("0"), ON, "allow_url_include = Off"),
        fails: &[
            "//- /usr/local/etc/php/php.ini\nallow_url_include = On\n",
            "//- /usr/local/etc/php/php.ini\nallow_url_include = Off\n//- /usr/local/etc/php/conf.d/ours.ini\nallow_url_include = On\n",
            "//- /etc/php.ini\n\n//- /etc/php.d/ours.ini\nallow_url_include = On\n",
        ],
        passes: &[
            "//- /etc/php.ini\nallow_url_include = Off\n",
            "//- /etc/php.ini\nallow_url_include = On\n//- /etc/php.d/10-ours.ini\nallow_url_include = Off\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-php-cookie-httponly",
        severity: Severity::Low,
        title: "scripts in a page can read PHP's session cookie",
        why: "A script that is injected into a page sends the session to somebody else.",
        advice: "Switch it on.",
        default: false,
        judge: set(
            &PHP,
            &["session.cookie_httponly"],
            Default::Is("0"),
            Bad::Is(&["", "0", "off", "no", "false"]),
            "session.cookie_httponly = 1",
        ),
        fails: &["//- /etc/php.ini\nsession.cookie_httponly =\n"],
        passes: &["//- /etc/php.ini\nsession.cookie_httponly = 1\n"],
        ..BASE
    },
    Check {
        id: "baseline-php-disable-functions",
        severity: Severity::Low,
        title: "PHP may run commands of the system",
        why: "Code that is injected into a page calls `exec` and `system`.",
        advice: "Name those that no program needs.",
        default: false,
        judge: set(
            &PHP,
            &["disable_functions"],
            Default::Is(""),
            Bad::Empty,
            "disable_functions = exec,passthru,shell_exec,system,proc_open,popen",
        ),
        fails: &["//- /etc/php.ini\ndisable_functions =\n"],
        passes: &["//- /etc/php.ini\ndisable_functions = exec,system\n"],
        ..BASE
    },
    Check {
        id: "baseline-php-display-errors",
        severity: Severity::Low,
        title: "PHP shows its errors to visitors",
        why: "Messages give away paths, queries and sometimes passwords.",
        advice: "Switch it off, and `log_errors` on.",
        judge: set(
            &PHP,
            &["display_errors"],
            Default::Nothing,
            Bad::Is(&["1", "on", "yes", "true", "stdout"]),
            "display_errors = Off",
        ),
        fails: &["//- /etc/php.ini\ndisplay_errors = On\n"],
        passes: &[
            "//- /etc/php.ini\ndisplay_errors = Off\n",
            "//- /etc/php.ini\ndisplay_errors = stderr\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-php-enable-dl",
        severity: Severity::Medium,
        title: "PHP programs may load libraries",
        why: "A library that an attacker uploads gets around `disable_functions` and `open_basedir`.",
        advice: "Switch it off.",
        default: false,
        judge: set(&PHP, &["enable_dl"], Default::Is("1"), ON, "enable_dl = Off"),
        fails: &["//- /etc/php.ini\nenable_dl = On\n"],
        passes: &["//- /etc/php.ini\nenable_dl = Off\n"],
        ..BASE
    },
    Check {
        id: "baseline-php-expose",
        severity: Severity::Negligible,
        title: "PHP tells its version to visitors",
        why: "Attackers pick servers by it.",
        advice: "Switch it off.",
        default: false,
        judge: set(&PHP, &["expose_php"], Default::Is("1"), ON, "expose_php = Off"),
        fails: &["//- /etc/php.ini\n[PHP]\nexpose_php = On\n"],
        passes: &["//- /etc/php.ini\nexpose_php = Off\n"],
        ..BASE
    },
    Check {
        id: "baseline-php-fpm-cgi",
        severity: Severity::Medium,
        title: "PHP guesses which file is meant",
        why: "With `cgi.fix_pathinfo` on, an uploaded picture that holds code can be run under the name `/picture.jpg/x.php`.",
        advice: "Switch it off.",
        default: false,
        judge: Judge::Setting(SettingRule {
            service: &PHP,
            names: &["cgi.fix_pathinfo"],
            several: false,
            env: &[],
            default: Default::Is("1"),
            bad: ON,
            write: "cgi.fix_pathinfo = 0",
            when: Some(is_not_of_apache),
        }),
        fails: &["//- /etc/php.ini\ncgi.fix_pathinfo = 1\n"],
        passes: &[
            "//- /etc/php.ini\ncgi.fix_pathinfo = 0\n",
            "//- /etc/php/8.2/fpm/php.ini\n;cgi.fix_pathinfo=1\n//- /etc/php/8.2/fpm/conf.d/90-ours.ini\ncgi.fix_pathinfo = 0\n",
        ],
        skips: &["//- /etc/php/8.2/apache2/php.ini\n;cgi.fix_pathinfo=1\n"],
        ..BASE
    },
    Check {
        id: "baseline-php-open-basedir",
        severity: Severity::Low,
        title: "PHP opens files anywhere",
        why: "A name of a file that an attacker sets reads /etc/passwd and the program's configuration.",
        advice: "Name the folders that programs need.",
        default: false,
        judge: set(
            &PHP,
            &["open_basedir"],
            Default::Is(""),
            Bad::Empty,
            "open_basedir = /var/www:/tmp",
        ),
        fails: &["//- /etc/php.ini\n;open_basedir =\n"],
        passes: &["//- /etc/php.ini\nopen_basedir = /var/www\n"],
        ..BASE
    },
    Check {
        id: "baseline-phpmyadmin-login",
        severity: Severity::High,
        title: "phpMyAdmin lets visitors in without a password of their own",
        why: "Whoever reaches the page is the administrator of the database.",
        advice: "Set `$cfg['Servers'][$i]['auth_type'] = 'cookie';`, remove AllowNoPassword and the stored password.",
        references: &["https://docs.phpmyadmin.net/en/latest/config.html"],
        judge: Judge::Rule(phpmyadmin),
        fails: &[
            "//- /etc/phpmyadmin/config.inc.php\n<?php\n$cfg['Servers'][$i]['AllowNoPassword'] = true;\n",
            "//- /etc/phpmyadmin/config.inc.php\n<?php\n$cfg['Servers'][$i]['auth_type'] = 'config';\n",
        ],
        passes: &[
            "//- /etc/phpmyadmin/config.inc.php\n<?php\n$cfg['Servers'][$i]['auth_type'] = 'cookie';\n// $cfg['Servers'][$i]['AllowNoPassword'] = true;\n",
        ],
        ..BASE
    },
];

fn phpmyadmin(image: &Image<'_>, answer: &mut Answer) {
    for glob in [
        "etc/phpmyadmin/*.php",
        "var/www/html/config.inc.php",
        "var/www/html/phpmyadmin/config.inc.php",
        "usr/share/phpmyadmin/config.inc.php",
    ] {
        for (_, text) in image.matching(glob) {
            let settings = match php::parse(&text.text) {
                Ok(settings) => settings,
                Err(error) => {
                    malformed(image, &text.path, &error.to_string());
                    answer.unsure(Some(&text.path), "it could not be read");
                    continue;
                }
            };
            for (name, value, line) in settings {
                let (conditional, name) = match name.strip_prefix(php::CONDITIONAL) {
                    Some(name) => (true, name),
                    None => (false, name.as_str()),
                };
                let Some(key) = name.strip_prefix("cfg.Servers.") else { continue };
                answer.applies();
                let bad = match key {
                    "AllowNoPassword" => ON.is(&value),
                    "auth_type" => value == "config",
                    "password" => is_default_password(&value),
                    _ => false,
                };
                if bad && conditional {
                    let reason = format!("line {line} sets `{key}` under a condition");
                    answer.unsure(Some(&text.path), reason);
                    continue;
                }
                if bad {
                    let hit = Hit::line(
                        &text.path,
                        line,
                        format!("{key} = {}", crate::baseline::service::shown(key, &value)),
                    );
                    answer.fail(hit.setting(
                        key,
                        crate::baseline::service::shown(key, &value),
                        "login by cookie",
                    ));
                }
            }
        }
    }
}
