//! Which addresses a stream may reach. A manager's form must not be a way to what only this machine reaches: itself, its
//! neighbours on the link, and the metadata services of clouds, which hand out credentials.
//!
//! Checked where a connection is made, on the very addresses that are connected to: a name that leads elsewhere the next
//! time it is looked up gains nothing. Private networks are allowed, because that is where SIEMs are.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Whether this machine itself may: where the dashboard is on it alone, as in the demonstration.
    pub loopback: bool,
}

/// A host of which no address may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("streams may not reach this address")]
pub struct Forbidden;

/// Services of clouds beyond the link-local addresses: Azure's own, Oracle's and Alibaba's metadata.
const SERVICES: [Ipv4Addr; 3] = [
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(100, 100, 100, 200),
];
/// The metadata of Google's cloud.
const SERVICES_V6: [Ipv6Addr; 1] = [Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

impl Guard {
    pub fn permits(self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.permits_v4(address),
            IpAddr::V6(address) => self.permits_v6(address),
        }
    }

    fn permits_v4(self, address: Ipv4Addr) -> bool {
        if address.is_loopback() {
            return self.loopback;
        }
        let [first, ..] = address.octets();
        // "This network" reaches this machine; the last two are groups and what was never given to anybody.
        !(first == 0
            || address.is_link_local()
            || address.is_multicast()
            || first >= 240
            || SERVICES.contains(&address))
    }

    fn permits_v6(self, address: Ipv6Addr) -> bool {
        if address.is_loopback() {
            return self.loopback;
        }
        if let Some(inside) = embedded(address) {
            return self.permits_v4(inside);
        }
        let [first, second, third, ..] = address.segments();
        // Amazon's services for its machines, and translations of addresses that only this network has.
        if (first, second) == (0xfd00, 0xec2)
            || (first, second, third) == (0x64, 0xff9b, 1)
            || matches!(address.segments(), [0, 0, 0, 0, 0xffff, 0, _, _])
        {
            return false;
        }
        let is_teredo = (first, second) == (0x2001, 0);
        // Link-local, and site-local of old.
        let is_local = matches!(first & 0xffc0, 0xfe80 | 0xfec0);
        !(address.is_unspecified()
            || address.is_multicast()
            || is_local
            || is_teredo
            || SERVICES_V6.contains(&address))
    }

    /// The addresses of a host that may be reached.
    ///
    /// # Errors
    /// [`Forbidden`] inside, where there are some and none may be reached; else why there are none.
    pub async fn addresses(self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let all: Vec<_> = match bare.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => tokio::net::lookup_host((host, port)).await?.collect(),
        };
        let any = !all.is_empty();
        let permitted: Vec<_> = all.into_iter().filter(|it| self.permits(it.ip())).collect();
        match permitted.is_empty() && any {
            true => Err(io::Error::new(io::ErrorKind::PermissionDenied, Forbidden)),
            false => Ok(permitted),
        }
    }
}

/// The IPv4 address that an IPv6 address leads to.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, .., y, z] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        // Mapped, and "compatible" of old.
        (0, 0) if !address.is_unspecified() => address.to_ipv4(),
        (0x64, 0xff9b) => Some(of(y, z)),
        // 6to4
        (0x2002, high) => Some(of(high, c)),
        _ => None,
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let all = guard.addresses(name.as_str(), 0).await?;
            Ok(Box::new(all.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(address: &str, loopback: bool) -> bool {
        Guard { loopback }.permits(address.parse().unwrap())
    }

    #[test]
    fn what_only_this_machine_reaches_is_refused_in_every_notation() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "::ffff:0:a9fe:a9fe",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        ] {
            assert!(!permits(address, false), "{address}");
            assert!(!permits(address, true), "{address}");
        }
        for itself in [
            "127.0.0.1",
            "127.8.9.1",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(!permits(itself, false), "{itself}");
            assert!(permits(itself, true), "{itself}");
        }
    }

    #[test]
    fn the_internet_and_private_networks_are_reached() {
        for address in [
            "10.1.2.3",
            "172.16.0.9",
            "192.168.1.1",
            "203.0.113.7",
            "fd12:3456::1",
            "2001:db8::1",
        ] {
            assert!(permits(address, false), "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_where_it_leads() {
        let strict = Guard { loopback: false };
        let error = strict.addresses("localhost", 443).await.unwrap_err();
        assert!(
            error.get_ref().is_some_and(|inner| inner.is::<Forbidden>()),
            "{error:?}"
        );
        let lenient = Guard { loopback: true };
        assert!(!lenient.addresses("localhost", 443).await.unwrap().is_empty());
        assert!(strict.addresses("[::1]", 443).await.is_err());
        assert!(strict.addresses("192.0.2.1", 443).await.is_ok());
    }
}
