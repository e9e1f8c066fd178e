//! What a package does, told by its name. A wrong guess moves a score by a few points and never hides a
//! finding.

/// Source packages that serve or speak to the network, without version suffix (`apache` for `apache2`).
/// Alphabetical.
const NETWORK: &[&str] = &[
    "apache",
    "bind",
    "boringssl",
    "c-ares",
    "caddy",
    "cups",
    "curl",
    "cyrus-sasl",
    "dnsmasq",
    "dovecot",
    "envoy",
    "exim",
    "freeradius",
    "gnutls",
    "grafana",
    "haproxy",
    "httpd",
    "jetty",
    "knot",
    "krb",
    "libevent",
    "libmicrohttpd",
    "libressl",
    "libssh",
    "libtirpc",
    "libvncserver",
    "lighttpd",
    "mariadb",
    "mbedtls",
    "memcached",
    "mongodb",
    "mosquitto",
    "mysql",
    "net-snmp",
    "nghttp",
    "nginx",
    "nodejs",
    "nss",
    "ntp",
    "openldap",
    "openssh",
    "openssl",
    "openvpn",
    "php",
    "postfix",
    "postgresql",
    "proftpd-dfsg",
    "rabbitmq-server",
    "redis",
    "rsync",
    "samba",
    "sendmail",
    "squid",
    "strongswan",
    "tomcat",
    "unbound",
    "valkey",
    "varnish",
    "vsftpd",
    "wget",
    "wpa",
];

/// Programs that build other programs, without version suffix. Alphabetical.
const BUILD: &[&str] = &[
    "autoconf",
    "automake",
    "binutils",
    "binutils-common",
    "bison",
    "build-base",
    "build-essential",
    "clang",
    "cmake",
    "cpp",
    "dpkg-dev",
    "flex",
    "g++",
    "gcc",
    "gcc-c++",
    "gdb",
    "gfortran",
    "libbinutils",
    "libtool",
    "m4",
    "make",
    "man-db",
    "manpages",
    "meson",
    "patch",
    "pkg-config",
    "texinfo",
    "valgrind",
];

const NOT_RUN_SUFFIXES: &[&str] = &[
    "-dbg",
    "-dbgsym",
    "-debuginfo",
    "-debugsource",
    "-dev",
    "-devel",
    "-doc",
    "-docs",
    "-headers",
    "-man",
    "-static",
];

const KERNEL_PREFIXES: &[&str] = &[
    "kernel-core",
    "kernel-default",
    "kernel-devel",
    "kernel-headers",
    "kernel-modules",
    "kernel-uek",
    "linux-api-headers",
    "linux-glibc-devel",
    "linux-headers",
    "linux-image",
    "linux-libc-dev",
    "linux-modules",
    "linux-source",
];

/// A name without its version: `postgresql-15` → `postgresql`, `gnutls28` → `gnutls`, `gcc-12-base` →
/// `gcc`, `binutils-x86-64-linux-gnu` → `binutils-x`.
fn stem(name: &str) -> &str {
    let end = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    name.get(..end).unwrap_or(name).trim_end_matches(['-', '.', '_', '~'])
}

pub(super) fn is_network(source: &str) -> bool {
    NETWORK.binary_search(&stem(source)).is_ok()
}

pub(super) fn is_not_run(binary: &str) -> bool {
    NOT_RUN_SUFFIXES.iter().any(|s| binary.ends_with(s))
        || BUILD.binary_search(&stem(binary)).is_ok()
        || BUILD.binary_search(&binary).is_ok()
        || binary.starts_with("binutils-")
}

pub(super) fn is_kernel(binary: &str) -> bool {
    binary == "kernel" || KERNEL_PREFIXES.iter().any(|p| binary.starts_with(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(NETWORK.is_sorted());
        assert!(BUILD.is_sorted());
    }

    #[test]
    fn names_are_judged() {
        for yes in
            ["openssl", "openssl1.1", "nghttp2", "postgresql-15", "php7.4", "apache2", "krb5"]
        {
            assert!(is_network(yes), "{yes}");
        }
        for no in ["glibc", "", "7zip", "openssl-gost-engine", "phpmyadmin", "bash"] {
            assert!(!is_network(no), "{no}");
        }
        for yes in
            ["libc6-dev", "gcc-12", "binutils-x86-64-linux-gnu", "m4", "openssl-devel", "g++"]
        {
            assert!(is_not_run(yes), "{yes}");
        }
        for no in ["libgcc-s1", "libc6", "developer", "libstdc++6", "perl"] {
            assert!(!is_not_run(no), "{no}");
        }
        for yes in ["linux-libc-dev", "kernel-headers", "kernel", "linux-image-6.1.0-9-amd64"] {
            assert!(is_kernel(yes), "{yes}");
        }
        for no in ["linux-pam", "kernelshark", "util-linux"] {
            assert!(!is_kernel(no), "{no}");
        }
    }
}
