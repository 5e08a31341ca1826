//! Comparison without regard to case, character by character as Event Ruler does it.
//! Each character of the pattern may appear in its lower or its upper case; nothing else is folded.

use std::collections::BTreeSet;

/// Whether `value` is `wanted` in some mix of cases.
pub(crate) fn equals(value: &str, wanted: &str) -> bool {
    reach(value, wanted.chars(), strip_start).contains("")
}

/// Whether `value` begins with `wanted` in some mix of cases.
pub(crate) fn starts_with(value: &str, wanted: &str) -> bool {
    !reach(value, wanted.chars(), strip_start).is_empty()
}

/// Whether `value` ends with `wanted` in some mix of cases.
pub(crate) fn ends_with(value: &str, wanted: &str) -> bool {
    !reach(value, wanted.chars().rev(), strip_end).is_empty()
}

/// What can be left of `value` once all of `wanted` is taken off. A set, because the two cases of one character
/// may differ in length: the upper case of `ß` is `SS`.
fn reach<'v>(
    value: &'v str,
    wanted: impl Iterator<Item = char>,
    strip: fn(&'v str, &str) -> Option<&'v str>,
) -> BTreeSet<&'v str> {
    let mut left = BTreeSet::from([value]);
    for character in wanted {
        let lower: String = character.to_lowercase().collect();
        let upper: String = character.to_uppercase().collect();
        left = left
            .iter()
            .flat_map(|rest| [strip(rest, &lower), strip(rest, &upper)])
            .flatten()
            .collect();
        if left.is_empty() {
            break;
        }
    }
    left
}

fn strip_start<'v>(value: &'v str, part: &str) -> Option<&'v str> {
    value.strip_prefix(part)
}

fn strip_end<'v>(value: &'v str, part: &str) -> Option<&'v str> {
    value.strip_suffix(part)
}
