//! `listen`: where the service takes connections.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{
    error::{Problem, quote},
    value::{self, Value},
};

/// A socket address in the kernel ends after so many bytes, with a NUL.
const LONGEST_SOCKET_PATH: usize = 107;

/// Where the service takes connections.
///
/// Unit: none. Default: `127.0.0.1:8001`. In settings.py: nothing; gunicorn's `bind`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Listen {
    /// An IP address and a port; port 0 takes a free one.
    Tcp(SocketAddr),
    /// `unix:/absolute/path`.
    Unix(PathBuf),
}

impl Default for Listen {
    fn default() -> Self {
        Self::Tcp(SocketAddr::from(([127, 0, 0, 1], 8001)))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Where the operator is told of health, readiness and metrics.
///
/// Unit: none. Default: `127.0.0.1:9001`; `None`, written `""`, is nowhere. In settings.py: nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminListen(pub Option<Listen>);

impl Default for AdminListen {
    fn default() -> Self {
        Self(Some(Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 9001)))))
    }
}

pub(super) fn admin_listen(value: &Value) -> Result<AdminListen, Problem> {
    let is_nowhere = value::text(value)?.is_empty();
    if is_nowhere { Ok(AdminListen(None)) } else { listen(value).map(Some).map(AdminListen) }
}

pub(super) fn listen(value: &Value) -> Result<Listen, Problem> {
    let text = value::text(value)?;
    if let Some(path) = text.strip_prefix("unix:") {
        return unix(path);
    }
    text.parse().map(Listen::Tcp).map_err(|_| {
        let wrong = format!("{} is no IP address with a port", quote(text));
        Problem::new(wrong, format!("write {:?}, or \"unix:/path\"", likely(text)))
    })
}

fn unix(path: &str) -> Result<Listen, Problem> {
    let advice = "write \"unix:\" and an absolute path, e.g. \"unix:/run/drf-auth/http.sock\"";
    let wrong = if !Path::new(path).is_absolute() {
        "the socket's path is not absolute"
    } else if path.ends_with('/') {
        "the socket's path names a folder"
    } else if path.len() > LONGEST_SOCKET_PATH {
        "the socket's path is longer than 107 bytes"
    } else if path.contains('\0') {
        "the socket's path has a NUL in it"
    } else {
        return Ok(Listen::Unix(PathBuf::from(path)));
    };
    Err(Problem::new(wrong, advice))
}

/// What a bare port, a bare host or `localhost:port` was probably meant to be.
fn likely(text: &str) -> String {
    let (host, port) = text.rsplit_once(':').unwrap_or(match text.parse::<u16>() {
        Ok(_) => ("127.0.0.1", text),
        Err(_) => (text, "8001"),
    });
    let port = port.parse::<u16>().unwrap_or(8001);
    match host {
        "" | "*" if !text.is_empty() => format!("0.0.0.0:{port}"),
        host if host.parse::<std::net::Ipv4Addr>().is_ok() => format!("{host}:{port}"),
        _ => format!("127.0.0.1:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Listen, Problem> {
        listen(&Value::Text(text.into()))
    }

    #[test]
    fn addresses_and_sockets() {
        for text in ["127.0.0.1:8001", "0.0.0.0:0", "[::1]:8001", "unix:/run/drf-auth/http.sock"] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        assert_eq!(Listen::default().to_string(), "127.0.0.1:8001");
    }

    #[test]
    fn a_wrong_address_is_answered_with_a_likely_one() {
        for (text, likely) in [
            ("8001", "127.0.0.1:8001"),
            (":9000", "0.0.0.0:9000"),
            ("*:9000", "0.0.0.0:9000"),
            ("localhost:9000", "127.0.0.1:9000"),
            ("10.0.0.1", "10.0.0.1:8001"),
            ("127.0.0.1:99999", "127.0.0.1:8001"),
            ("http://127.0.0.1:80/", "127.0.0.1:8001"),
            ("", "127.0.0.1:8001"),
        ] {
            let shown = read(text).unwrap_err().to_string();
            assert!(shown.contains(&format!("write {likely:?}")), "{text}: {shown}");
        }
    }

    #[test]
    fn the_operator_s_address_may_be_none() {
        let read = |text: &str| admin_listen(&Value::Text(text.into())).unwrap();
        assert_eq!(read("").0, None);
        assert_eq!(read("127.0.0.1:9001"), AdminListen::default());
        assert_eq!(read("unix:/run/a").0, Some(Listen::Unix("/run/a".into())));
        assert!(admin_listen(&Value::Text("9001".into())).is_err());
    }

    #[test]
    fn a_socket_path_is_absolute_and_short() {
        let long = format!("unix:/{}", "x".repeat(107));
        for wrong in ["unix:", "unix:http.sock", "unix:/run/", "unix:/a\0b", long.as_str()] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&long[..long.len() - 1]).is_ok());
    }
}
