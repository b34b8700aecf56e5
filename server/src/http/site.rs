use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use app::context::Cookies;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName};
use service::Service;

use crate::config::PublicUrl;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the HTTP layers need to know.
pub struct SiteOptions {
    /// Every use case.
    pub service: Service,
    /// What the instance is called from outside.
    pub public_url: PublicUrl,
    /// The address it listens on.
    pub listen: SocketAddr,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whom to tell about a vulnerability.
    pub security_contact: Option<String>,
    /// The most a request may take, its body included.
    pub deadline: Duration,
}

impl SiteOptions {
    /// What [`deadline`](Self::deadline) is outside of tests.
    pub const DEADLINE: Duration = Duration::from_secs(30);
}

/// One running instance, as its HTTP layers see it. Cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    options: SiteOptions,
    origin: String,
    hosts: Vec<String>,
}

impl Site {
    /// Puts together what follows from the options.
    #[must_use]
    pub fn new(options: SiteOptions) -> Self {
        let hosts = hosts(&options);
        Self(Arc::new(Inner {
            origin: options.public_url.to_string(),
            hosts,
            options,
        }))
    }

    /// Every use case.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.0.options.service
    }

    /// How cookies are named and protected.
    #[must_use]
    pub fn cookies(&self) -> Cookies {
        Cookies {
            secure: self.is_secure(),
        }
    }

    /// True when people reach the instance over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.options.public_url.is_secure()
    }

    /// The origin that browsers send for this site's pages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// True when a `Host` header means this instance.
    #[must_use]
    pub fn is_called(&self, host: &str) -> bool {
        self.0
            .hosts
            .iter()
            .any(|known| known.eq_ignore_ascii_case(host))
    }

    /// The most a request may take.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.0.options.deadline
    }

    /// Whose `X-Forwarded-For` is believed.
    #[must_use]
    pub fn trusted_proxies(&self) -> &[IpAddr] {
        &self.0.options.trusted_proxies
    }

    /// Whom to tell about a vulnerability.
    #[must_use]
    pub fn security_contact(&self) -> Option<&str> {
        self.0.options.security_contact.as_deref()
    }

    /// Where a request came from; none in memory, where nobody connects.
    #[must_use]
    pub fn client_address(
        &self,
        peer: Option<&ConnectInfo<SocketAddr>>,
        headers: &HeaderMap,
    ) -> Option<IpAddr> {
        Some(client_address(
            &self.0.options.trusted_proxies,
            peer?.0.ip(),
            headers,
        ))
    }
}

/// The peer, unless that is a proxy we trust; then the last hop before ours. What stands further left in the header
/// could have been written by anybody.
fn client_address(trusted: &[IpAddr], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let hops = headers
        .get_all(X_FORWARDED_FOR)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','));
    let hops: Vec<Option<IpAddr>> = hops.map(|hop| hop.trim().parse().ok()).collect();
    let mut client = peer.to_canonical();
    for hop in hops.into_iter().rev() {
        let (true, Some(address)) = (trusted.contains(&client), hop) else {
            break;
        };
        client = address.to_canonical();
    }
    client
}

/// The public host, and the ways of calling a loopback address when we listen on one.
fn hosts(options: &SiteOptions) -> Vec<String> {
    let mut hosts = vec![options.public_url.authority(), options.listen.to_string()];
    let address = options.listen.ip();
    if address.is_loopback() || address.is_unspecified() {
        let port = options.listen.port();
        hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}")));
    }
    hosts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn forwarded(headers: &[&str]) -> HeaderMap {
        headers
            .iter()
            .map(|value| (X_FORWARDED_FOR, value.parse().unwrap()))
            .collect()
    }

    fn client(trusted: &[&str], peer: &str, headers: &[&str]) -> String {
        let trusted: Vec<IpAddr> = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        client_address(&trusted, peer.parse().unwrap(), &forwarded(headers)).to_string()
    }

    #[test]
    fn strangers_do_not_say_where_they_come_from() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(
            client(&["10.0.0.1"], "192.0.2.1", &["198.51.100.1"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn the_last_hop_before_our_proxies_is_the_client() {
        let trusted = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(
            client(&trusted, "10.0.0.1", &["198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            client(
                &trusted,
                "10.0.0.1",
                &["203.0.113.9, 198.51.100.1, 10.0.0.2"]
            ),
            "198.51.100.1"
        );
        assert_eq!(
            client(&trusted, "10.0.0.1", &["203.0.113.9", "198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            client(&trusted, "::ffff:10.0.0.1", &["::ffff:198.51.100.1"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn a_header_that_cannot_be_read_is_not_guessed_at() {
        let trusted = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(client(&trusted, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(
            client(&trusted, "10.0.0.1", &["198.51.100.1, nonsense"]),
            "10.0.0.1"
        );
        assert_eq!(
            client(&trusted, "10.0.0.1", &["198.51.100.1, nonsense, 10.0.0.2"]),
            "10.0.0.2"
        );
    }
}
