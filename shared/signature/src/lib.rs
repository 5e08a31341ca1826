//! Signatures of requests that come in and of those that go out: HMAC-SHA256 by four schemes, over bytes as they are.
//! It must not read a clock, a body's meaning or where secrets are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::webhook::{Encoding, Headers, Scheme, Signed};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Larger requests are refused before anything of them is hashed.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;
/// How far a signed time may lie from the present, either way.
pub const TOLERANCE_SECONDS: u64 = 300;
/// Signatures looked at in one header; a tool that rotates sends two.
const MOST_SIGNATURES: usize = 8;

/// Why a request is not believed, in words for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the body has {bytes} bytes; at most {MOST_BODY_BYTES} are taken")]
    TooLarge { bytes: usize },
    #[error("the header `{0}` is missing")]
    Missing(String),
    #[error("the header `{header}` can not be read; expected {expected}")]
    Malformed {
        header: String,
        expected: &'static str,
    },
    #[error(
        "the request was signed {seconds} seconds from now; at most {TOLERANCE_SECONDS} are taken: set the sender's clock, and sign each try anew"
    )]
    NotNow { seconds: u64 },
    #[error(
        "no signature in `{0}` fits the body; sign its bytes as they are sent, with the secret of this source"
    )]
    Wrong(String),
    /// The secret that is kept is at fault, not the request.
    #[error("the secret is not base64, as the scheme wants it")]
    Secret,
}

/// What a signature has to fit.
struct Claim<'r> {
    header: &'static str,
    /// What is signed before the body.
    before: String,
    signed_at: Option<&'r str>,
    signatures: Vec<Vec<u8>>,
}

/// Whether one of the secrets has signed this body, now.
///
/// # Errors
/// Why it is not believed. Nothing in it is secret.
pub fn verify<'s>(
    scheme: &Scheme,
    secrets: impl Iterator<Item = &'s str>,
    headers: &Headers,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refused> {
    if body.len() > MOST_BODY_BYTES {
        return Err(Refused::TooLarge { bytes: body.len() });
    }
    let (header, claim) = match scheme {
        Scheme::Standard => ("webhook-signature", standard(headers)?),
        Scheme::Stripe => ("stripe-signature", stripe(headers)?),
        Scheme::Github => ("x-hub-signature-256", github(headers)?),
        Scheme::Hmac(signed) => (signed.header.as_str(), own(signed, headers)?),
    };
    if let Some(signed_at) = claim.signed_at {
        is_now(claim.header, signed_at, now)?;
    }
    for secret in secrets {
        let mac = mac(&key(scheme, secret)?, &[claim.before.as_bytes(), body]);
        // Compared in constant time, each of them, whichever fits.
        let fits = claim.signatures.iter().fold(false, |fits, signature| {
            mac.clone().verify_slice(signature).is_ok() | fits
        });
        if fits {
            return Ok(());
        }
    }
    Err(Refused::Wrong(header.to_owned()))
}

/// The value of `webhook-signature` for a request of ours, by Standard Webhooks.
///
/// # Errors
/// The secret is not base64.
pub fn sign_standard(
    secret: &str,
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> Result<String, Refused> {
    let before = format!("{id}.{}.", at.as_second());
    let mac = mac(&key(&Scheme::Standard, secret)?, &[before.as_bytes(), body]);
    Ok(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

/// The hash of a body, in hexadecimal.
pub fn body_hash(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// Standard Webhooks states its secrets in base64; the others use the text as it is.
fn key(scheme: &Scheme, secret: &str) -> Result<Vec<u8>, Refused> {
    match scheme {
        Scheme::Standard => {
            let text = secret.strip_prefix("whsec_").unwrap_or(secret);
            STANDARD.decode(text).map_err(|_| Refused::Secret)
        }
        Scheme::Stripe | Scheme::Github | Scheme::Hmac(_) => Ok(secret.as_bytes().to_owned()),
    }
}

fn standard(headers: &Headers) -> Result<Claim<'_>, Refused> {
    let id = header(headers, "webhook-id")?;
    let signed_at = header(headers, "webhook-timestamp")?;
    let signatures = header(headers, "webhook-signature")?
        .split(' ')
        .filter_map(|one| one.trim_end_matches(',').strip_prefix("v1,"))
        .filter_map(|one| STANDARD.decode(one).ok());
    Ok(Claim {
        header: "webhook-timestamp",
        before: format!("{id}.{signed_at}."),
        signed_at: Some(signed_at),
        signatures: signatures.take(MOST_SIGNATURES).collect(),
    })
}

fn stripe(headers: &Headers) -> Result<Claim<'_>, Refused> {
    let parts = header(headers, "stripe-signature")?
        .split(',')
        .map(str::trim);
    let signed_at = parts.clone().find_map(|part| part.strip_prefix("t="));
    let signed_at = signed_at.ok_or_else(|| Refused::Malformed {
        header: "stripe-signature".to_owned(),
        expected: "`t=TIME,v1=SIGNATURE`",
    })?;
    let signatures = parts
        .filter_map(|part| part.strip_prefix("v1="))
        .filter_map(|one| hex::decode(one).ok());
    Ok(Claim {
        header: "stripe-signature",
        before: format!("{signed_at}."),
        signed_at: Some(signed_at),
        signatures: signatures.take(MOST_SIGNATURES).collect(),
    })
}

fn github(headers: &Headers) -> Result<Claim<'_>, Refused> {
    let signed = Signed {
        header: "x-hub-signature-256".to_owned(),
        prefix: "sha256=".to_owned(),
        encoding: Encoding::Hex,
        time_header: None,
    };
    own(&signed, headers)
}

fn own<'h>(signed: &Signed, headers: &'h Headers) -> Result<Claim<'h>, Refused> {
    let decode = |one: &str| match signed.encoding {
        Encoding::Hex => hex::decode(one).ok(),
        Encoding::Base64 => STANDARD.decode(one).ok(),
    };
    let signatures = header(headers, &signed.header)?
        .split([',', ' '])
        .filter_map(|one| one.strip_prefix(signed.prefix.as_str()))
        .filter_map(decode);
    let signatures = signatures.take(MOST_SIGNATURES).collect();
    let signed_at = match &signed.time_header {
        Some(name) => Some(header(headers, name)?),
        None => None,
    };
    Ok(Claim {
        header: "the time",
        before: signed_at.map(|at| format!("{at}.")).unwrap_or_default(),
        signed_at,
        signatures,
    })
}

fn header<'h>(headers: &'h Headers, name: &str) -> Result<&'h str, Refused> {
    let found = headers.get(name).map(|value| value.trim());
    found
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refused::Missing(name.to_owned()))
}

fn is_now(header: &str, signed_at: &str, now: Timestamp) -> Result<(), Refused> {
    let stated: i64 = signed_at.parse().map_err(|_| Refused::Malformed {
        header: header.to_owned(),
        expected: "the time in Unix seconds",
    })?;
    let seconds = now.as_second().abs_diff(stated);
    if seconds > TOLERANCE_SECONDS {
        return Err(Refused::NotNow { seconds });
    }
    Ok(())
}
