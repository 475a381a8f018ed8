//! Who is at the other end: the socket's address, and the client's behind trusted proxies.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// The address of the socket's other end; an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// The client's address, for logs and limits.
///
/// `X-Forwarded-For` counts only when the peer is one of `trusted`: it is then read from its end, past
/// further trusted proxies, to the first address that no trusted proxy vouches for as its own. What lies
/// before that is the client's invention. An entry that is no address ends the walk at the proxy that sent it.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let trusts = |address: IpAddr| trusted.iter().any(|proxy| proxy.to_canonical() == address);
    let mut nearest = peer.to_canonical();
    let values = headers.get_all("x-forwarded-for").iter().rev();
    let entries = values.flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
    for entry in entries {
        if !trusts(nearest) {
            break;
        }
        match parse(entry.trim()) {
            Some(address) => nearest = address,
            None => break,
        }
    }
    nearest
}

/// An address as proxies write it: bare, or with a port, or an IPv6 address in brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(entry);
    bare.parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        assert_eq!(resolved("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(
            resolved("203.0.113.9", &["198.51.100.1"], &["10.0.0.1"]),
            "203.0.113.9"
        );
        assert_eq!(
            resolved("10.0.0.1", &["198.51.100.1"], &["10.0.0.1"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn what_the_client_wrote_before_the_proxy_does_not_count() {
        assert_eq!(
            resolved("10.0.0.1", &["127.0.0.1, 198.51.100.1"], &["10.0.0.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            resolved("10.0.0.1", &["127.0.0.1", "198.51.100.1"], &["10.0.0.1"]),
            "198.51.100.1"
        );
        let chain = ["9.9.9.9, 198.51.100.1, 10.0.0.2"];
        assert_eq!(
            resolved("10.0.0.1", &chain, &["10.0.0.1", "10.0.0.2"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_walk() {
        assert_eq!(
            resolved("10.0.0.1", &["198.51.100.1, unknown"], &["10.0.0.1"]),
            "10.0.0.1"
        );
        assert_eq!(resolved("10.0.0.1", &[""], &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        assert_eq!(
            resolved("::ffff:10.0.0.1", &["198.51.100.1:443"], &["10.0.0.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            resolved("10.0.0.1", &["[2001:db8::1]:443"], &["10.0.0.1"]),
            "2001:db8::1"
        );
        assert_eq!(
            resolved("10.0.0.1", &["[2001:db8::1]"], &["::ffff:10.0.0.1"]),
            "2001:db8::1"
        );
    }
}
