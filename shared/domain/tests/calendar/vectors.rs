//! Every case of the vector files. What they are and where they come from: `tests/vectors/README.md`.

use std::collections::BTreeMap;

use domain::calendar::{Calendar, CalendarProblem, CalendarSpec};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

const PLAIN: &str = include_str!("../../../../tests/vectors/business_time.json");
const CHOICES: &str = include_str!("../../../../tests/vectors/business_time_choices.json");

#[derive(Deserialize)]
struct File {
    count: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    calendar: CalendarSpec,
    op: String,
    start: Timestamp,
    seconds: Option<u64>,
    end: Option<Timestamp>,
    expected: Option<Value>,
    choice: Option<String>,
    recommended: Option<String>,
    #[serde(default)]
    options: BTreeMap<String, Value>,
}

impl Case {
    fn answer(&self, calendar: &Calendar) -> Value {
        match self.op.as_str() {
            "add" => json!(calendar.add(self.start, self.seconds.unwrap()).unwrap()),
            "subtract" => json!(
                calendar
                    .subtract(self.start, self.seconds.unwrap())
                    .unwrap()
            ),
            "between" => json!(calendar.between(self.start, self.end.unwrap())),
            "is_open" => json!(calendar.is_open(self.start)),
            "next_open" => json!(calendar.next_open(self.start).unwrap()),
            "end_of_business_day" => json!(calendar.end_of_business_day(self.start).unwrap()),
            other => panic!("{}: unknown op {other}", self.id),
        }
    }
}

fn cases(text: &str) -> Vec<Case> {
    let file: File = serde_json::from_str(text).unwrap();
    assert_eq!(file.cases.len(), file.count);
    file.cases
}

#[test]
fn every_plain_case_has_its_one_right_answer() {
    let mut wrong = Vec::new();
    for case in cases(PLAIN) {
        let answer = case.answer(&Calendar::try_from(case.calendar.clone()).unwrap());
        let expected = case.expected.clone().unwrap();
        if answer != expected {
            wrong.push(format!(
                "{} {}: expected {expected}, got {answer}",
                case.id, case.op
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The one option that explains each group of choices; the module documentation of `calendar` says why.
const CHOSEN: [(&str, &str); 6] = [
    ("edge_in_gap_or_fold", "compatible"),
    ("end_before_start", "zero"),
    ("land_on_close", "closing"),
    ("land_on_open", "opening"),
    ("overnight_holiday", "date"),
    ("zero_when_closed", "next_open"),
];

#[test]
fn every_choice_follows_the_documented_option() {
    let mut seen = BTreeMap::new();
    for case in cases(CHOICES) {
        let group = case.choice.clone().unwrap();
        if group == "never_open" {
            let problems = Calendar::try_from(case.calendar).unwrap_err().0;
            assert_eq!(problems, [CalendarProblem::NeverOpens], "{}", case.id);
            continue;
        }
        let chosen = CHOSEN
            .iter()
            .find(|(name, _)| *name == group)
            .expect("a documented group")
            .1;
        assert_eq!(case.recommended.as_deref(), Some(chosen), "{}", case.id);
        let answer = case.answer(&Calendar::try_from(case.calendar.clone()).unwrap());
        assert_eq!(answer, case.options[chosen], "{} {}", case.id, case.op);
        *seen.entry(group).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), CHOSEN.len(), "groups without a case: {seen:?}");
}
