use std::fmt;
use std::net::IpAddr;

use http::Uri;

/// The address people reach the instance by: every mailed link starts with it, and what the `Host` header says never
/// replaces it. A scheme, a host and perhaps a port; no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    secure: bool,
    host: String,
    port: Option<u16>,
}

impl PublicUrl {
    /// Reads what the operator typed.
    ///
    /// # Errors
    /// A sentence about what to change.
    pub fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|_| format!("“{text}” is not an address, as https://gatehouse.example"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(format!(
                "“{text}” needs https:// and a host, as https://gatehouse.example"
            ));
        };
        if authority.as_str().contains('@') {
            return Err("leave user and password out of it".to_owned());
        }
        if uri.path() != "/" || uri.query().is_some() || text.contains('#') {
            return Err(format!(
                "“{text}” has something behind the host; Gatehouse needs a host of its own"
            ));
        }
        let host = authority.host().to_ascii_lowercase();
        let secure = match scheme {
            "https" => true,
            "http" if is_loopback(&host) => false,
            "http" => {
                return Err(format!(
                    "“{text}” would send passwords and secrets unprotected over the network. Use https:// (a proxy in front of Gatehouse can \
                     provide it); http:// is for this machine alone, as http://localhost:3000"
                ));
            }
            other => {
                return Err(format!(
                    "{other}:// is not an address for browsers; use https://"
                ));
            }
        };
        let default = if secure { 443 } else { 80 };
        Ok(Self {
            secure,
            host,
            port: authority.port_u16().filter(|port| *port != default),
        })
    }

    /// The address of an instance that serves this machine alone.
    #[must_use]
    pub fn on_this_machine(port: u16) -> Self {
        Self {
            secure: false,
            host: "localhost".to_owned(),
            port: Some(port).filter(|port| *port != 80),
        }
    }

    /// True when people reach it over TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host alone.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host and port as browsers send them in `Host`: without the scheme's own port.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

impl fmt::Display for PublicUrl {
    /// Without a slash at the end, which is also how browsers write an `Origin`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn addresses_are_written_as_browsers_write_origins() {
        for (typed, origin, authority) in [
            (
                "https://Gatehouse.Example/",
                "https://gatehouse.example",
                "gatehouse.example",
            ),
            (
                "https://gatehouse.example:443",
                "https://gatehouse.example",
                "gatehouse.example",
            ),
            (
                "https://gatehouse.example:8443",
                "https://gatehouse.example:8443",
                "gatehouse.example:8443",
            ),
            (
                "http://localhost:3000",
                "http://localhost:3000",
                "localhost:3000",
            ),
            ("http://127.0.0.1", "http://127.0.0.1", "127.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000", "[::1]:3000"),
            (
                "http://gatehouse.localhost",
                "http://gatehouse.localhost",
                "gatehouse.localhost",
            ),
        ] {
            let url = PublicUrl::parse(typed).unwrap();
            assert_eq!(url.to_string(), origin);
            assert_eq!(url.authority(), authority);
        }
    }

    #[test]
    fn unprotected_addresses_of_other_machines_are_refused() {
        for typed in [
            "http://gatehouse.example",
            "http://192.0.2.1:3000",
            "http://localhost.evil.example",
        ] {
            assert!(
                PublicUrl::parse(typed).unwrap_err().contains("unprotected"),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_address_of_a_site_is_refused() {
        for typed in [
            "gatehouse.example",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://a#b",
            "https://me:pw@a",
            "ftp://a",
            "https://a b",
            "",
        ] {
            assert!(PublicUrl::parse(typed).is_err(), "{typed}");
        }
    }
}
