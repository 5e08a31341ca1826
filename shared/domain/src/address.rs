//! Where a call may go: an https address of the open internet, written out in a file, never taken from an event.
//! It must not resolve a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address as a file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `https://host:port`, the port where one is stated.
    pub origin: String,
    /// The host without brackets.
    pub host: String,
    /// Path and query, `/` at least.
    pub path: String,
    /// This very machine, named as such: for trying things out, never on AWS.
    pub is_loopback: bool,
}

impl Destination {
    /// Reads an address.
    ///
    /// # Errors
    /// Why no call may go there, without repeating the address: it may be a secret.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").ok_or("it is no address")?;
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
        {
            return Err("it holds a space or a control character");
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err("it holds a user name; a secret is named by `secret`");
        }
        if path.contains('#') {
            return Err("it holds a fragment, which no server sees");
        }
        let host = host_of(authority)?;
        let ip: Option<IpAddr> = host.parse().ok();
        let is_loopback = match ip {
            Some(ip) => ip.is_loopback(),
            None => host == "localhost",
        };
        match (scheme, is_loopback) {
            (_, true) | ("https", false) => {}
            _ => return Err("it is not https"),
        }
        if ip.is_some_and(|ip| !is_loopback && !is_public(ip)) {
            return Err("it is a private address");
        }
        if ip.is_none() && !is_loopback {
            is_name(host)?;
        }
        Ok(Destination {
            origin: format!("{scheme}://{authority}"),
            host: host.to_owned(),
            path: if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            },
            is_loopback,
        })
    }
}

fn host_of(authority: &str) -> Result<&str, &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or("its host can not be read")?;
            host.parse::<Ipv6Addr>()
                .map_err(|_| "its host can not be read")?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("its port can not be read");
    }
    if host.is_empty() {
        return Err("it has no host");
    }
    Ok(host)
}

/// A name that a resolver would take for a number (`2130706433`, `0x7f.1`) is none.
fn is_name(host: &str) -> Result<(), &'static str> {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let bare = host.strip_suffix('.').unwrap_or(host);
    let last = bare.rsplit('.').next().unwrap_or_default();
    if !bare.split('.').all(label) || !bare.contains('.') {
        return Err("its host is no name on the internet");
    }
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("its host is a number written in an unusual way");
    }
    let lower = bare.to_ascii_lowercase();
    if [".localhost", ".local", ".internal"]
        .iter()
        .any(|own| lower.ends_with(own))
    {
        return Err("its host is a name of a private network");
    }
    Ok(())
}

/// Whether an address belongs to the open internet: not this machine, a private or link-local network, where a cloud
/// keeps its credentials, or one of these in disguise.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    )
}

/// Only global unicast, and of that nothing that carries an IPv4 address within or is meant for examples.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [a, b, ..] = ip.segments();
    let is_global = a & 0xe000 == 0x2000;
    let is_special = matches!(
        (a, b),
        (0x2001, 0x0000..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0x0000..=0x0fff)
    );
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        for (ip, public) in [
            ("93.184.215.14", true),
            ("172.15.0.1", true),
            ("172.32.0.1", true),
            ("100.63.0.1", true),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("169.254.170.2", false),
            ("100.64.0.1", false),
            ("192.0.2.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", true),
            ("::1", false),
            ("::", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:93.184.215.14", true),
            ("::127.0.0.1", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("2002:7f00:1::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fd00:ec2::254", false),
            ("fc00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(ip.parse().unwrap()), public, "{ip}");
        }
    }

    #[test]
    fn an_address_is_https_and_names_a_host_of_the_internet() {
        let read = |text: &str| Destination::parse(text);
        let whole = read("https://hooks.example.com:8443/a/b?c=d").unwrap();
        assert_eq!(whole.origin, "https://hooks.example.com:8443");
        assert_eq!(
            (whole.host.as_str(), whole.path.as_str()),
            ("hooks.example.com", "/a/b?c=d")
        );
        assert_eq!(read("https://a.example?x=1").unwrap().path, "/?x=1");
        for here in [
            "http://127.0.0.1:9000/x",
            "http://localhost:1",
            "https://[::1]/",
        ] {
            assert!(read(here).unwrap().is_loopback, "{here}");
        }
        for (text, why) in [
            ("http://a.example/", "not https"),
            ("ftp://a.example/", "not https"),
            ("a.example", "no address"),
            ("https://10.0.0.1/", "private"),
            ("https://169.254.169.254/latest/", "private"),
            ("https://[::ffff:10.0.0.1]/", "private"),
            ("https://[fd00:ec2::254]/", "private"),
            ("https://2130706433/", "no name"),
            ("https://127.1/", "number"),
            ("https://0x7f.0.0.1/", "number"),
            ("https://0177.0.0.1/", "number"),
            ("https://intranet/", "no name"),
            ("https://x.internal/", "private network"),
            ("https://printer.local/", "private network"),
            ("https://a.example@10.0.0.1/", "user name"),
            ("https://a.example/#x", "fragment"),
            ("https://a.example/a b", "space"),
            ("https:///x", "no host"),
            ("https://a.example:99999/", "port"),
            ("https://a_b!.example/", "no name"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }
}
