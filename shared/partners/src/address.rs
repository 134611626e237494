//! Where a webhook may be sent: never into our own network (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use kernel::Invalid;
use url::{Host, Url};

/// Whether endpoints on this machine and in private networks may be called, and without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses over TLS alone: every deployment but a local one.
    Public,
    /// Any address: for trying Curbside on one machine.
    Anywhere,
}

impl Reach {
    /// Checks an endpoint's address as it was written. Names are checked again when they are resolved.
    ///
    /// # Errors
    /// Says what is wrong with the address.
    pub fn check(self, text: &str) -> Result<Url, Invalid> {
        let wrong = |problem: &'static str| {
            Invalid::new(problem, "send a public https address without credentials in it").at("url")
        };
        let url = Url::parse(text).map_err(|_| wrong("this is not an address"))?;
        if text.len() > 500 {
            return Err(wrong("this address is longer than 500 characters"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("this address holds credentials"));
        }
        match (self, url.scheme()) {
            (_, "https") | (Self::Anywhere, "http") => {}
            _ => return Err(wrong("this address is not https")),
        }
        let allowed = match url.host() {
            Some(Host::Ipv4(ip)) => self.allows(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => self.allows(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        if allowed { Ok(url) } else { Err(wrong("this address is not a public one")) }
    }

    /// Whether an address that a name was resolved to may be called.
    pub fn allows(self, ip: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Public => is_public(ip),
        }
    }
}

/// Whether an address is globally reachable (IANA special-purpose registries, RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = ip.segments();
    // Global unicast is 2000::/3; of it, leave out documentation, Teredo and 6to4, which wrap IPv4.
    matches!(segments, [0x2000..=0x3fff, ..])
        && !matches!(segments, [0x2001, 0x0db8, ..] | [0x2001, 0, ..] | [0x2002, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_over_tls_are_called() {
        for good in ["https://hooks.example.org/a", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/"]
        {
            assert!(Reach::Public.check(good).is_ok(), "{good} was refused");
        }
        for bad in [
            "http://hooks.example.org/",
            "https://user:pass@example.org/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.1.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[64:ff9b::a00:1]/",
            "ftp://example.org/",
            "not an address",
        ] {
            assert!(Reach::Public.check(bad).is_err(), "{bad} was taken");
        }
        assert!(Reach::Anywhere.check("http://localhost:4566/x").is_ok());
    }
}
