//! Under which names the National Vulnerability Database speaks of the programs that the classifiers know: vendor and
//! product of its CPE names. Facts of NVD's dictionary (public domain). A product that is something else beside the
//! program (a plugin, a language's binding) is not among them.

/// Vendor, product and the classifier's name.
const PRODUCTS: &[(&str, &str, &str)] = &[
    ("apache", "http_server", "apache"),
    ("gnu", "bash", "bash"),
    ("isc", "bind", "bind"),
    ("nic", "bird", "bird"),
    ("busybox", "busybox", "busybox"),
    ("coturn_project", "coturn", "coturn"),
    ("getcomposer", "composer", "composer"),
    ("apple", "cups", "cups"),
    ("openprinting", "cups", "cups"),
    ("haxx", "curl", "curl"),
    ("deno", "deno", "deno"),
    ("thekelleys", "dnsmasq", "dnsmasq"),
    ("dovecot", "dovecot", "dovecot"),
    ("dropbear_ssh_project", "dropbear_ssh", "dropbear"),
    ("drupal", "drupal", "drupal"),
    ("envoyproxy", "envoy", "envoy"),
    ("exim", "exim", "exim"),
    ("libexpat_project", "libexpat", "expat"),
    ("ffmpeg", "ffmpeg", "ffmpeg"),
    ("freeradius", "freeradius", "freeradius"),
    ("frrouting", "frrouting", "frr"),
    ("git-scm", "git", "git"),
    ("gnupg", "gnupg", "gnupg"),
    ("gnu", "gnutls", "gnutls"),
    ("haproxy", "haproxy", "haproxy"),
    ("icecast", "icecast", "icecast"),
    ("joomla", "joomla\\!", "joomla"),
    ("jqlang", "jq", "jq"),
    ("kamailio", "kamailio", "kamailio"),
    ("keepalived", "keepalived", "keepalived"),
    ("lftp_project", "lftp", "lftp"),
    ("libarchive", "libarchive", "libarchive"),
    ("haxx", "libcurl", "libcurl"),
    ("libpng", "libpng", "libpng"),
    ("libssh", "libssh", "libssh"),
    ("libssh2", "libssh2", "libssh2"),
    ("libtiff", "libtiff", "libtiff"),
    ("webmproject", "libvpx", "libvpx"),
    ("lighttpd", "lighttpd", "lighttpd"),
    ("lua", "lua", "lua"),
    ("mariadb", "mariadb", "mariadb"),
    ("matomo", "matomo", "matomo"),
    ("mediawiki", "mediawiki", "mediawiki"),
    ("memcached", "memcached", "memcached"),
    ("mongodb", "mongodb", "mongodb"),
    ("eclipse", "mosquitto", "mosquitto"),
    ("mysql", "mysql", "mysql"),
    ("oracle", "mysql", "mysql"),
    ("oracle", "mysql_server", "mysql"),
    ("nextcloud", "nextcloud_server", "nextcloud"),
    ("nghttp2", "nghttp2", "nghttp2"),
    ("f5", "nginx", "nginx"),
    ("f5", "nginx_open_source", "nginx"),
    ("igor_sysoev", "nginx", "nginx"),
    ("nginx", "nginx", "nginx"),
    ("nodejs", "node.js", "node"),
    ("nlnetlabs", "name_server_daemon", "nsd"),
    ("openldap", "openldap", "openldap"),
    ("openbsd", "openssh", "openssh"),
    ("openssl", "openssl", "openssl"),
    ("openvpn", "openvpn", "openvpn"),
    ("openvswitch", "openvswitch", "openvswitch"),
    ("pcre", "pcre2", "pcre2"),
    ("powerdns", "authoritative_server", "pdns"),
    ("powerdns", "recursor", "pdns-recursor"),
    ("perl", "perl", "perl"),
    ("pgbouncer", "pgbouncer", "pgbouncer"),
    ("php", "php", "php"),
    ("phpmyadmin", "phpmyadmin", "phpmyadmin"),
    ("postfix", "postfix", "postfix"),
    ("postgresql", "postgresql", "postgresql"),
    ("privoxy", "privoxy", "privoxy"),
    ("proftpd", "proftpd", "proftpd"),
    ("pureftpd", "pure-ftpd", "pure-ftpd"),
    ("python", "python", "python"),
    ("qemu", "qemu", "qemu"),
    ("redis", "redis", "redis"),
    ("redislabs", "redis", "redis"),
    ("rsyslog", "rsyslog", "rsyslog"),
    ("ruby-lang", "ruby", "ruby"),
    ("samba", "samba", "samba"),
    ("sqlite", "sqlite", "sqlite"),
    ("squid-cache", "squid", "squid"),
    ("stunnel", "stunnel", "stunnel"),
    ("sudo_project", "sudo", "sudo"),
    ("torproject", "tor", "tor"),
    ("nlnetlabs", "unbound", "unbound"),
    ("lfprojects", "valkey", "valkey"),
    ("varnish-cache", "varnish", "varnish"),
    ("varnish-software", "varnish_cache", "varnish"),
    ("vsftpd_project", "vsftpd", "vsftpd"),
    ("wordpress", "wordpress", "wordpress"),
    ("tukaani", "xz", "xz"),
    ("zlib", "zlib", "zlib"),
];

/// The classifier's name of a product.
#[must_use]
pub fn by_cpe(vendor: &str, product: &str) -> Option<&'static str> {
    PRODUCTS.iter().find(|(v, p, _)| *v == vendor && *p == product).map(|(.., name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_is_a_program_that_is_recognised() {
        for (vendor, product, name) in PRODUCTS {
            let known = super::super::all().any(|classifier| classifier.name == *name);
            assert!(known, "{vendor}:{product} names {name}");
            assert_eq!(by_cpe(vendor, product), Some(*name));
        }
        assert_eq!(by_cpe("nginx", "njs"), None);
    }
}
