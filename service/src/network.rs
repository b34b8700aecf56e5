use std::net::{IpAddr, Ipv6Addr};

/// The addresses that count as one where something is counted by network: an IPv4 address by itself, the /64 that one
/// household gets of IPv6. By its first address.
#[must_use]
pub fn network_block(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn one_household_is_one_network() {
        let block = |text: &str| network_block(text.parse().unwrap()).to_string();
        assert_eq!(block("2001:db8:1:2:ffff::9"), "2001:db8:1:2::");
        assert_eq!(block("2001:db8:1:2::1"), "2001:db8:1:2::");
        assert_eq!(block("2001:db8:1:3::1"), "2001:db8:1:3::");
        assert_eq!(block("198.51.100.24"), "198.51.100.24");
        // As a socket that serves both families sees it.
        assert_eq!(block("::ffff:198.51.100.24"), "198.51.100.24");
    }
}
