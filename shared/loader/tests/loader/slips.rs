//! Slips of the pen, at random: what an editor, a merge or a tired writer does to a text.
//! It must not know what the text means.

use proptest::prelude::*;

/// What a slip, a merge or a bad editor does to a text.
#[derive(Debug, Clone)]
pub enum Slip {
    Cut {
        from: usize,
        count: usize,
    },
    Put {
        at: usize,
        text: String,
    },
    Swap {
        one: usize,
        other: usize,
    },
    Repeat {
        line: usize,
        times: usize,
    },
    Word {
        line: usize,
        word: usize,
        put: String,
    },
}

fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("{{".to_owned()),
        Just("}}".into()),
        Just("{%".into()),
        Just("%}".into()),
        Just("{".into()),
        Just("}".into()),
        Just("[".into()),
        Just("]".into()),
        Just("\"".into()),
        Just("'".into()),
        Just(": ".into()),
        Just("- ".into()),
        Just("\t".into()),
        Just("\n".into()),
        Just("&a ".into()),
        Just("*a".into()),
        Just("!!str ".into()),
        Just("? ".into()),
        Just("| \n".into()),
        Just("---\n".into()),
        Just("#".into()),
        Just("%YAML 1.2\n".into()),
        Just("\u{feff}".into()),
        Just("\u{0}".into()),
        Just("999999999999999999999 business days".into()),
        Just("18446744073709551616".into()),
        Just("1e999".into()),
        Just("ä🦀".into()),
        Just("\r\n".into()),
        Just("<<: ".into()),
        Just("null".into()),
        Just("detail.".into()),
        Just("next".into()),
        Just("start".into()),
        Just("same business day".into()),
        Just("1 minute before".into()),
        "[a-z_.]{1,12}",
        "\\PC{1,20}",
    ]
}

pub fn slip() -> impl Strategy<Value = Slip> {
    let place = 0..10_000usize;
    prop_oneof![
        (place.clone(), 1..80usize).prop_map(|(from, count)| Slip::Cut { from, count }),
        (place.clone(), pieces()).prop_map(|(at, text)| Slip::Put { at, text }),
        (place.clone(), place.clone()).prop_map(|(one, other)| Slip::Swap { one, other }),
        (place.clone(), 2..5usize).prop_map(|(line, times)| Slip::Repeat { line, times }),
        (place.clone(), place, pieces()).prop_map(|(line, word, put)| Slip::Word {
            line,
            word,
            put
        }),
    ]
}

pub fn apply(text: &str, slip: &Slip) -> String {
    let chars = || text.chars().collect::<Vec<_>>();
    let lines: Vec<_> = text.split('\n').collect();
    let some = |place: usize, of: usize| if of == 0 { 0 } else { place % of };
    match slip {
        Slip::Cut { from, count } => {
            let chars = chars();
            let from = some(*from, chars.len());
            chars[..from]
                .iter()
                .chain(&chars[(from + count).min(chars.len())..])
                .collect()
        }
        Slip::Put { at, text: put } => {
            let chars = chars();
            let at = some(*at, chars.len() + 1);
            chars[..at]
                .iter()
                .copied()
                .chain(put.chars())
                .chain(chars[at..].iter().copied())
                .collect()
        }
        Slip::Swap { one, other } => {
            let mut lines = lines;
            let (one, other) = (some(*one, lines.len()), some(*other, lines.len()));
            lines.swap(one, other);
            lines.join("\n")
        }
        Slip::Repeat { line, times } => {
            let line = some(*line, lines.len());
            let mut kept = lines.clone();
            kept.splice(line..line, vec![lines[line]; times - 1]);
            kept.join("\n")
        }
        Slip::Word { line, word, put } => {
            let line = some(*line, lines.len());
            let mut words: Vec<_> = lines[line].split(' ').collect();
            let word = some(*word, words.len());
            words[word] = put;
            let changed = words.join(" ");
            let mut kept = lines;
            kept[line] = &changed;
            kept.join("\n")
        }
    }
}
