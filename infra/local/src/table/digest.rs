//! A number for what a JSON text means, taken while it is read: nothing of it is kept.
//! It must not know what the text is of.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The same for objects whose members come in another order; another one, all but certainly, for anything that differs.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest(pub(super) u64);

fn of(kind: u8, content: impl Hash) -> Digest {
    let mut hasher = DefaultHasher::new();
    (kind, content).hash(&mut hasher);
    Digest(hasher.finish())
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Digest, E> {
        Ok(of(0, ()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Digest, E> {
        Ok(of(1, value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Digest, E> {
        Ok(of(2, value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Digest, E> {
        Ok(of(3, value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Digest, E> {
        Ok(of(4, value.to_bits()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Digest, E> {
        Ok(of(5, value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Digest, A::Error> {
        let mut hasher = DefaultHasher::new();
        while let Some(item) = items.next_element::<Digest>()? {
            item.hash(&mut hasher);
        }
        Ok(of(6, hasher.finish()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Digest, A::Error> {
        // A sum does not depend on the order.
        let mut sum = 0_u64;
        while let Some((name, value)) = members.next_entry::<Digest, Digest>()? {
            sum = sum.wrapping_add(of(7, (name, value)).0);
        }
        Ok(of(8, sum))
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    fn digest(text: &str) -> Digest {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn equal_content_has_one_digest_in_any_order() {
        let one = r#"{ "a": [1, {"S": "x", "N": "2"}], "b": null }"#;
        let other = r#"{"b":null,"a":[1,{"N":"2","S":"x"}]}"#;
        assert_eq!(digest(one), digest(other));
        assert_eq!(digest(r#""\u0061""#), digest(r#""a""#));
    }

    #[test]
    fn other_content_has_another_digest() {
        let texts = [
            "null",
            "true",
            "false",
            "0",
            "-1",
            "0.5",
            r#""""#,
            r#""0""#,
            r#""null""#,
            "[]",
            "[[]]",
            "[1, 2]",
            "[2, 1]",
            "{}",
            r#"{"a": "b"}"#,
            r#"{"b": "a"}"#,
            r#"{"a": 1, "b": 2}"#,
            r#"{"a": 2, "b": 1}"#,
        ];
        let digests: std::collections::HashSet<Digest> = texts.into_iter().map(digest).collect();
        assert_eq!(digests.len(), texts.len());
    }
}
