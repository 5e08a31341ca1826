//! The figures beside their bars, as tables for people or as one object for programs.
//! It must not measure.

use serde::Serialize;

use crate::chain::{Chain, Chains, PRICES_OF};
use crate::weight::{Weight, Weights};

/// The only function that may be larger: setting a page is a solved problem that it does not write again.
const LARGER: &str = "invoice";
const LARGER_ZIPPED_BYTES: u64 = 14_000_000;
const MOST_INSTRUCTIONS: u64 = 20_000_000;
const MOST_WRITE_UNITS: f64 = 120.0;
const MOST_INVOCATIONS: u64 = 10;
/// One a minute, in a twelfth of a year.
const SWEEPS_A_MONTH: f64 = 43_800.0;

const BARS: &str = "\nBars: program, stripped, and zipped 6 × (asserted), instructions 45 × and 20 M, CPU 5.5 ×, memory 3 × (reported); \
invoice: zipped at most 14 MB (asserted).";
const NO_BARS: &str = "\nThe bars are for the release build (`cargo measure`): a dev build is held to none of them, and its bytes are not stripped.";

/// One kind of figure of a function, and how many times that of the yardstick it may be.
struct Kind {
    name: &'static str,
    unit: &'static str,
    /// Figures in one unit.
    scale: f64,
    of: fn(&Weight) -> Option<u64>,
    times: f64,
    /// An absolute bar beside the relative one.
    most: Option<u64>,
    is_asserted: bool,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "program",
        unit: "MB",
        scale: 1e6,
        of: |weight| Some(weight.bytes),
        times: 6.0,
        most: None,
        is_asserted: true,
    },
    Kind {
        name: "zipped",
        unit: "MB",
        scale: 1e6,
        of: |weight| weight.zipped_bytes,
        times: 6.0,
        most: None,
        is_asserted: true,
    },
    Kind {
        name: "instructions",
        unit: "M",
        scale: 1e6,
        of: |weight| weight.instructions,
        times: 45.0,
        most: Some(MOST_INSTRUCTIONS),
        is_asserted: false,
    },
    Kind {
        name: "CPU",
        unit: "ms",
        scale: 1e3,
        of: |weight| weight.cpu_microseconds,
        times: 5.5,
        most: None,
        is_asserted: false,
    },
    Kind {
        name: "peak memory",
        unit: "MB",
        scale: 1e6,
        of: |weight| weight.peak_memory_bytes,
        times: 3.0,
        most: None,
        is_asserted: false,
    },
];

/// One figure beside its bar.
#[derive(Debug, Serialize)]
struct Judged {
    of: String,
    kind: &'static str,
    figure: f64,
    unit: &'static str,
    times_hello: Option<f64>,
    bar: Option<String>,
    is_ok: bool,
    is_asserted: bool,
}

#[derive(Debug, Serialize)]
pub struct Report {
    profile: &'static str,
    prices_of: &'static str,
    weights: Weights,
    chains: Chains,
    judged: Vec<Judged>,
}

impl Report {
    pub fn new(weights: Weights, chains: Chains, is_release: bool) -> Self {
        let functions = weights.functions.iter();
        let mut judged: Vec<_> = functions
            .flat_map(|weight| {
                KINDS
                    .iter()
                    .filter_map(|kind| kind.judge(weight, &weights.hello, is_release))
            })
            .collect();
        judged.extend(of_chain(&chains.contract));
        Self {
            profile: if is_release { "release" } else { "dev" },
            prices_of: PRICES_OF,
            weights,
            chains,
            judged,
        }
    }

    /// What is over an asserted bar, a line each.
    pub fn over(&self) -> Vec<String> {
        let over = self
            .judged
            .iter()
            .filter(|judged| judged.is_asserted && !judged.is_ok);
        over.map(|judged| {
            format!(
                "{}, {}: {:.2} {}{}, and the bar is {}",
                judged.of,
                judged.kind,
                judged.figure,
                judged.unit,
                judged
                    .times_hello
                    .map_or(String::new(), |times| format!(", {times:.2} × hello")),
                judged.bar.as_deref().unwrap_or("lower")
            )
        })
        .collect()
    }

    pub fn render(&self) -> String {
        let contract = &self.chains.contract;
        [
            self.functions(),
            self.first_requests(),
            self.totals(),
            format!(
                "Bar for contract.signed: at most {MOST_WRITE_UNITS} write units ({}) and {MOST_INVOCATIONS} invocations ({}).",
                word(contract.write_units <= MOST_WRITE_UNITS),
                word(contract.all_invocations <= MOST_INVOCATIONS)
            ),
            operations(contract),
            operations(&self.chains.demo),
            self.chains.inputs[0].render(),
            self.chains.inputs[1].render(),
        ]
        .join("\n\n")
    }

    fn functions(&self) -> String {
        let mut head = vec!["function".to_owned()];
        for kind in &KINDS {
            head.extend([format!("{} {}", kind.name, kind.unit), "× hello".to_owned()]);
        }
        let mut rows = vec![head];
        for weight in std::iter::once(&self.weights.hello).chain(&self.weights.functions) {
            let mut row = vec![weight.function.clone()];
            for kind in &KINDS {
                row.push((kind.of)(weight).map_or("–".to_owned(), |figure| kind.scaled(figure)));
                let judged = self
                    .judged
                    .iter()
                    .find(|judged| judged.of == weight.function && judged.kind == kind.name);
                row.push(judged.map_or(String::new(), Judged::cell));
            }
            rows.push(row);
        }
        let mut text = format!(
            "Functions against a hello-world function, {} build; CPU and memory: median of {} fresh processes\n\n{}",
            self.profile,
            self.weights.runs,
            table(&rows)
        );
        text.push_str(if self.profile == "release" {
            BARS
        } else {
            NO_BARS
        });
        if self.weights.hello.cpu_microseconds.is_none() {
            text.push_str(
                "\nCPU and memory: not measured: this system does not tell them in /proc.",
            );
        }
        if let Some(reason) = &self.weights.instructions_not_measured {
            text.push_str(&format!("\nInstructions: not measured: {reason}."));
        }
        text
    }

    fn first_requests(&self) -> String {
        let mut rows = vec![vec![
            "function".to_owned(),
            "its first request".to_owned(),
            "for which it asks".to_owned(),
        ]];
        for weight in std::iter::once(&self.weights.hello).chain(&self.weights.functions) {
            let asked: Vec<_> = weight
                .requests
                .iter()
                .map(|(operation, count)| format!("{operation} {count}"))
                .collect();
            rows.push(vec![
                weight.function.clone(),
                weight.first_request.clone(),
                asked.join(", "),
            ]);
        }
        format!(
            "Measured from the start of the process until it has answered and asks for the next request; over plain HTTP on loopback, so without TLS handshakes\n\n{}",
            left_table(&rows)
        )
    }

    fn totals(&self) -> String {
        let head = [
            "chain",
            "write units",
            "read units",
            "invocations",
            "events",
            "mails",
            "USD",
            "USD per 1,000",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let chains = &self.chains;
        for chain in [&chains.contract, &chains.demo, &chains.sweep] {
            rows.push(vec![
                chain.name.to_owned(),
                format!("{}", chain.write_units),
                format!("{}", chain.read_units),
                chain.all_invocations.to_string(),
                chain.events.to_string(),
                chain.mails.to_string(),
                format!("{:.7}", chain.list_price_usd),
                format!("{:.4}", chain.list_price_usd * 1000.0),
            ]);
        }
        format!(
            "What a run costs, by list price of {PRICES_OF} without mails and without Lambda's charge by time; each until nothing moves any more\n\n{}\nA month in which nothing is due has {SWEEPS_A_MONTH:.0} sweeps: {:.3} USD.",
            table(&rows),
            chains.sweep.list_price_usd * SWEEPS_A_MONTH,
        )
    }
}

impl Kind {
    #[expect(clippy::cast_precision_loss, reason = "told to two places")]
    fn judge(&self, weight: &Weight, hello: &Weight, is_release: bool) -> Option<Judged> {
        let figure = (self.of)(weight)?;
        let yardstick = (self.of)(hello).filter(|yardstick| *yardstick > 0);
        let times = yardstick.map(|yardstick| figure as f64 / yardstick as f64);
        let is_larger = weight.function == LARGER;
        let is_bytes = self.is_asserted;
        let (bar, is_ok) = if is_larger && self.name == "zipped" {
            (Some("14 MB".to_owned()), figure <= LARGER_ZIPPED_BYTES)
        } else if is_larger || !is_release {
            (None, true)
        } else {
            let most = self
                .most
                .map(|most| format!(" and {} {}", most / 1_000_000, self.unit));
            let is_ok = times.is_none_or(|times| times <= self.times)
                && self.most.is_none_or(|most| figure <= most);
            (
                Some(format!(
                    "{} × hello{}",
                    self.times,
                    most.unwrap_or_default()
                )),
                is_ok,
            )
        };
        Some(Judged {
            of: weight.function.clone(),
            kind: self.name,
            figure: figure as f64 / self.scale,
            unit: self.unit,
            times_hello: times,
            is_asserted: is_bytes && bar.is_some(),
            bar,
            is_ok,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "told to two places")]
    fn scaled(&self, figure: u64) -> String {
        format!("{:.2}", figure as f64 / self.scale)
    }
}

impl Judged {
    /// `4.53 ok`
    fn cell(&self) -> String {
        let times = self
            .times_hello
            .map_or(String::new(), |times| format!("{times:.2}"));
        match self.bar {
            Some(_) => format!("{times} {}", word(self.is_ok)),
            None => format!("{times} –"),
        }
    }
}

fn word(is_ok: bool) -> &'static str {
    if is_ok { "ok" } else { "over" }
}

#[expect(clippy::cast_precision_loss, reason = "a chain has few invocations")]
fn of_chain(chain: &Chain) -> [Judged; 2] {
    let judged = |kind, figure: f64, most: f64| Judged {
        of: chain.name.to_owned(),
        kind,
        figure,
        unit: kind,
        times_hello: None,
        bar: Some(format!("{most}")),
        is_ok: figure <= most,
        is_asserted: true,
    };
    [
        judged("write units", chain.write_units, MOST_WRITE_UNITS),
        judged(
            "invocations",
            chain.all_invocations as f64,
            MOST_INVOCATIONS as f64,
        ),
    ]
}

fn operations(chain: &Chain) -> String {
    let head = ["", "requests", "refused", "write units", "read units"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (operation, asked) in &chain.operations {
        rows.push(vec![
            operation.clone(),
            asked.requests.to_string(),
            asked.refused.to_string(),
            format!("{}", asked.write_units),
            format!("{}", asked.read_units),
        ]);
    }
    let invocations: Vec<_> = chain
        .invocations
        .iter()
        .map(|(function, count)| format!("{} {count}", function.trim_end_matches("Function")))
        .collect();
    let mut text = format!(
        "{}, by operation\n\n{}\ninvocations: {}",
        chain.name,
        table(&rows),
        invocations.join(", ")
    );
    let refused = chain.refused_write_units();
    if refused > 0.0 {
        text.push_str(&format!(
            "\nDynamoDB also charges a write that its condition refuses; about {refused:.0} write units more, by the mean of those that were done."
        ));
    }
    text
}

/// The first column to the left, figures to the right.
fn table(rows: &[Vec<String>]) -> String {
    aligned(rows, false)
}

fn left_table(rows: &[Vec<String>]) -> String {
    aligned(rows, true)
}

fn aligned(rows: &[Vec<String>], is_left: bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let lines = rows.iter().map(|row| {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column == 0 || is_left {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
