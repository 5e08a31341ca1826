//! Numbers as EventBridge compares them: by value, whichever way they are written.
//! It knows nothing of fields or operators.

use serde_json::Number;

/// The value by which a number is compared. `None` for an integer that a 64-bit float cannot write back
/// (most integers above 2^53): EventBridge compares such a number by its digits alone.
pub(crate) fn comparable(number: &Number) -> Option<f64> {
    let float = number.as_f64().filter(|float| float.is_finite())?;
    let kept = match (number.as_u64(), number.as_i64()) {
        (Some(integer), _) => float.to_string() == integer.to_string(),
        (None, Some(integer)) => float.to_string() == integer.to_string(),
        (None, None) => true,
    };
    kept.then_some(float)
}

/// Whether two numbers are the same value.
pub(crate) fn same(left: &Number, right: &Number) -> bool {
    match (comparable(left), comparable(right)) {
        (Some(left), Some(right)) => left == right,
        (None, None) => left == right,
        _ => false,
    }
}
