//! IP addresses and CIDR blocks, read as EventBridge reads them.
//! It decides what is an address and never asks a name server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that a text writes, or `None` if it is no plain IPv4 or IPv6 address.
/// Octets are decimal even with leading zeros, and an IPv4-mapped IPv6 address is the IPv4 address.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        // A dotted tail or a zone is outside what EventBridge takes for an address.
        let plain = text.bytes().all(|b| b == b':' || b.is_ascii_hexdigit());
        let address = plain.then(|| text.parse::<Ipv6Addr>().ok()).flatten()?;
        return Some(IpAddr::V6(address).to_canonical());
    }
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        *octet = digits.then(|| part.parse().ok()).flatten()?;
    }
    parts
        .next()
        .is_none()
        .then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// A range of addresses of one family, both ends included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    first: IpAddr,
    last: IpAddr,
}

impl Block {
    /// Reads `10.0.0.0/24` or `2001:db8::/32`; bits after the mask are ignored, as on AWS.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (address_text, mask_text) = text
            .split_once('/')
            .ok_or("there is no `/` and number of mask bits")?;
        let mask_bits: u32 = mask_text
            .parse()
            .map_err(|_| format!("`{mask_text}` is no number of mask bits"))?;
        let address =
            address(address_text).ok_or_else(|| format!("`{address_text}` is no IP address"))?;
        let (width, family) = match address {
            IpAddr::V4(_) => (32, "IPv4"),
            IpAddr::V6(_) => (128, "IPv6"),
        };
        if mask_bits >= width {
            return Err(format!(
                "an {family} block has 0 to {} mask bits",
                width - 1
            ));
        }
        Ok(match address {
            IpAddr::V4(v4) => {
                let host = u32::MAX.checked_shr(mask_bits).unwrap_or(0);
                Self {
                    first: Ipv4Addr::from_bits(v4.to_bits() & !host).into(),
                    last: Ipv4Addr::from_bits(v4.to_bits() | host).into(),
                }
            }
            IpAddr::V6(v6) => {
                let host = u128::MAX.checked_shr(mask_bits).unwrap_or(0);
                Self {
                    first: Ipv6Addr::from_bits(v6.to_bits() & !host).into(),
                    last: Ipv6Addr::from_bits(v6.to_bits() | host).into(),
                }
            }
        })
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }
}
