//! `--clamd`: the sockets to ClamAV's daemon.

use std::{
    io,
    net::{IpAddr, TcpStream, ToSocketAddrs},
    os::unix::net::UnixStream,
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use plimsoll_malware::clamd::{ClamAv, Dial, Wire};

/// Port that clamd(8) listens on where its settings name none other.
const PORT: u16 = 3310;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The daemon gives a file up after two minutes as Debian sets it (`MaxScanTime`).
const READ_TIMEOUT: Duration = Duration::from_secs(150);

const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// Where a daemon listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String, u16),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("tcp:") {
            let rest = rest.trim_start_matches("//").trim_end_matches('/');
            let (host, port) = match rest.rsplit_once(':') {
                // The colons of an IPv6 address without brackets are none before a port.
                Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                    (host, port.parse().map_err(|_| format!("`{port}` is no port"))?)
                }
                _ => (rest, PORT),
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            if host.is_empty() {
                return Err("there is no host in it".to_owned());
            }
            return Ok(Self::Tcp(host.to_owned(), port));
        }
        let path = text.strip_prefix("unix:").map_or(text, |rest| {
            rest.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(rest)
        });
        if path.is_empty() || path.contains("://") {
            return Err("give the path of a socket, unix:PATH or tcp://HOST:PORT".to_owned());
        }
        Ok(Self::Unix(path.into()))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Tcp(host, port) if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "tcp://{host}:{port}"),
        }
    }
}

impl Address {
    /// Whether asking there leaves this machine.
    fn is_elsewhere(&self) -> bool {
        match self {
            Self::Unix(_) => false,
            Self::Tcp(host, _) if host == "localhost" => false,
            Self::Tcp(host, _) => !host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        }
    }
}

impl Dial for Address {
    fn dial(&self) -> io::Result<Box<dyn Wire>> {
        match self {
            Self::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(READ_TIMEOUT))?;
                stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
                Ok(Box::new(stream))
            }
            Self::Tcp(host, port) => {
                let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
                for address in (host.as_str(), *port).to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                        Ok(stream) => {
                            stream.set_read_timeout(Some(READ_TIMEOUT))?;
                            stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
                            stream.set_nodelay(true)?;
                            return Ok(Box::new(stream));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }
}

/// Connects to the daemon.
pub(crate) fn connect(address: &Address, offline: bool) -> Result<Arc<ClamAv>> {
    if offline && address.is_elsewhere() {
        bail!("--offline: ClamAV's daemon at {address} is not asked");
    }
    let daemon = ClamAv::connect(Box::new(address.clone()))
        .with_context(|| format!("cannot use ClamAV's daemon at {address}"))?;
    Ok(Arc::new(daemon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let unix = |path: &str| Ok(Address::Unix(path.into()));
        let tcp = |host: &str, port| Ok(Address::Tcp(host.to_owned(), port));
        for (text, wanted) in [
            ("/run/clamav/clamd.ctl", unix("/run/clamav/clamd.ctl")),
            ("unix:clamd.ctl", unix("clamd.ctl")),
            ("unix:///run/clamd.ctl", unix("/run/clamd.ctl")),
            ("tcp://scanner:3311", tcp("scanner", 3311)),
            ("tcp:scanner", tcp("scanner", PORT)),
            ("tcp://[::1]:3310/", tcp("::1", 3310)),
            ("tcp://::1", tcp("::1", PORT)),
        ] {
            assert_eq!(text.parse(), wanted, "{text}");
        }
        for text in ["", "unix:", "tcp://", "tcp://x:port", "http://x", "tcp://x:99999"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
        assert!(!Address::Tcp("127.0.0.1".into(), 1).is_elsewhere());
        assert!(Address::Tcp("192.0.2.1".into(), 1).is_elsewhere());
    }
}
