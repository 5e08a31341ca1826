//! Reads business-time cases as JSON and prints `{"id": answer}`; an instant is RFC 3339 in UTC, "no such instant" is null,
//! a case that cannot be answered is "error", with the reason on standard error.
//! `cargo run -p domain --example business_time < tests/vectors/business_time.json`

use std::error::Error;
use std::io::{Read, Write};

use domain::calendar::{Calendar, CalendarSpec};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(untagged)]
enum Cases {
    File { cases: Vec<Value> },
    List(Vec<Value>),
}

#[derive(Deserialize)]
struct Case {
    id: String,
    calendar: CalendarSpec,
    op: Op,
    start: Timestamp,
    seconds: Option<u64>,
    end: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    Add,
    Subtract,
    Between,
    IsOpen,
    NextOpen,
    EndOfBusinessDay,
}

impl Case {
    fn answer(&self) -> Result<Value, Box<dyn Error>> {
        let seconds = || self.seconds.ok_or("`seconds` is missing");
        let end = || self.end.ok_or("`end` is missing");
        let calendar = match Calendar::try_from(self.calendar.clone()) {
            Ok(calendar) => calendar,
            // A calendar that is refused has no open time.
            Err(problems) => {
                writeln!(std::io::stderr(), "{}: {problems}", self.id)?;
                return Ok(match self.op {
                    Op::Between => json!(0),
                    Op::IsOpen => json!(false),
                    Op::Add | Op::Subtract | Op::NextOpen | Op::EndOfBusinessDay => Value::Null,
                });
            }
        };
        Ok(match self.op {
            Op::Add => json!(calendar.add(self.start, seconds()?).ok()),
            Op::Subtract => json!(calendar.subtract(self.start, seconds()?).ok()),
            Op::Between => json!(calendar.between(self.start, end()?)),
            Op::IsOpen => json!(calendar.is_open(self.start)),
            Op::NextOpen => json!(calendar.next_open(self.start).ok()),
            Op::EndOfBusinessDay => json!(calendar.end_of_business_day(self.start).ok()),
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let (Cases::File { cases } | Cases::List(cases)) = serde_json::from_str(&text)?;
    let mut answers = Map::new();
    for case in cases {
        let id = case["id"].as_str().ok_or("a case has no `id`")?.to_owned();
        let answer = serde_json::from_value::<Case>(case)
            .map_err(Into::into)
            .and_then(|case| case.answer());
        // One case that cannot be answered does not keep the others from theirs.
        let answer = answer.or_else(|error: Box<dyn Error>| {
            writeln!(std::io::stderr(), "{id}: {error}")?;
            Ok::<_, Box<dyn Error>>(json!("error"))
        })?;
        answers.insert(id, answer);
    }
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::to_string_pretty(&answers)?
    )?;
    Ok(())
}
