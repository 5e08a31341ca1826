//! Whether a bank account number can exist: shape and check digits of ISO 13616.
//! It must not know whether the account does.

/// Blanks are allowed, as people group the digits in fours.
pub fn iban_is_valid(iban: &str) -> bool {
    let compact: Vec<u8> = iban.bytes().filter(|byte| *byte != b' ').collect();
    let shaped = (15..=34).contains(&compact.len())
        && compact[..2].iter().all(u8::is_ascii_uppercase)
        && compact[2..4].iter().all(u8::is_ascii_digit)
        && compact[4..]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !shaped {
        return false;
    }
    // Letters count as 10 to 35, the first four characters go last, and the number modulo 97 is 1.
    let digits = compact[4..].iter().chain(&compact[..4]);
    let rest = digits.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::iban_is_valid;

    #[test]
    fn check_digits_decide() {
        // The examples of the ISO 13616 registry.
        for good in [
            "DE89 3704 0044 0532 0130 00",
            "GB29NWBK60161331926819",
            "CH9300762011623852957",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(iban_is_valid(good), "{good}");
        }
        for bad in [
            "",
            "DE89",
            "DE88370400440532013000",
            "de89370400440532013000",
            "DE8937040044053201300Ä",
            "DE89370400440532013000DE89370400440532013000",
        ] {
            assert!(!iban_is_valid(bad), "{bad}");
        }
    }
}
