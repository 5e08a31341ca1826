//! Whatever the files hold, loading and showing come to an end without a panic, and every problem has its place.

use std::sync::LazyLock;

use crate::common::{Files, starter};
use proptest::prelude::*;

static STARTER: LazyLock<Files> = LazyLock::new(starter);

/// What a slip, a merge or a bad editor does to a text.
#[derive(Debug, Clone)]
enum Slip {
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

fn slip() -> impl Strategy<Value = Slip> {
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

fn apply(text: &str, slip: &Slip) -> String {
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

/// Loads, shows, and holds every problem to its file.
fn holds(files: &Files) {
    let loaded = loader::load(files);
    let shown = loader::render(&loaded.problems, files, true);
    assert!(!shown.is_empty());
    let errors = loaded
        .problems
        .iter()
        .any(|problem| problem.severity == loader::Severity::Error);
    assert!(
        errors || loaded.workspace.is_some(),
        "nothing is wrong and nothing was loaded"
    );
    assert!(
        !(errors && loaded.workspace.is_some()),
        "something is wrong and was loaded"
    );
    for problem in &loaded.problems {
        let lines = files
            .get(&problem.file)
            .map_or(1, |text| text.lines().count() + 1);
        assert!(
            (1..=lines.max(1)).contains(&problem.line),
            "{problem:?} is outside its {lines} lines"
        );
        assert!(
            problem.column >= 1 && !problem.message.is_empty() && !problem.help.is_empty(),
            "{problem:?}"
        );
    }
    assert!(loader::check_versions(&[], &loaded).is_empty());
}

proptest! {
    #[test]
    fn any_text_in_any_file(file in 0..100usize, text in "\\PC{0,300}|([a-z]{1,6}: ?(\\[|\\{|- |\"|&a|\\*a)?[a-z, ]{0,9}(\\]|\\})?\n){0,20}") {
        let mut files = STARTER.clone();
        let name = files.keys().nth(file % files.len()).cloned().expect("one of them");
        files.insert(name, text);
        holds(&files);
    }

    #[test]
    fn the_starter_after_some_slips(slips in prop::collection::vec((0..100usize, slip()), 1..6)) {
        let mut files = STARTER.clone();
        let names: Vec<_> = files.keys().cloned().collect();
        for (file, slip) in &slips {
            let name = &names[file % names.len()];
            let changed = apply(&files[name], slip);
            files.insert(name.clone(), changed);
        }
        holds(&files);
    }
}
