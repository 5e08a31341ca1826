//! The invoice of a month: fees that fall due, the time of the month, and what prepaid hours take back of it.
//! It must not choose what is still unbilled; the caller gives it that.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::agreement::{Agreement, AgreementKind, Split, draw};
use super::draft::{BilledPart, Delivered, Draft, References};
use super::field::Problem;
use super::line::Line;
use super::money::{Currency, Minor, MoneyError, Rounding};
use super::period::Period;
use super::rules::{BillingRules, ClientBilling, Language, Seller};
use super::timesheet::{TimesheetError, Wording, Worked, minutes_in_words};
use super::vat::VatRate;
use super::work::TimeEntry;
use crate::id::PersonId;

/// Months and minutes that were drawn of an agreement's hours.
pub type Drawn = Vec<(Period, u32)>;

/// What stands on one invoice of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part<'e> {
    pub series: String,
    /// Ids of the agreements whose fee falls due.
    pub agreements: Vec<String>,
    pub entries: Vec<&'e TimeEntry>,
}

/// A month's work as it is billed to one client.
pub struct PeriodBill<'b> {
    pub client: &'b ClientBilling,
    pub seller: &'b Seller,
    pub period: Period,
    pub part: &'b Part<'b>,
    /// What was drawn of each agreement before.
    pub drawn: &'b BTreeMap<String, Drawn>,
    /// A person as the client knows them.
    pub name: &'b dyn Fn(&PersonId) -> String,
}

/// A draft, and the minutes that it draws of each agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodDraft {
    pub draft: Draft,
    pub draws: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodBillError {
    #[error(transparent)]
    Timesheet(#[from] TimesheetError),
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error("{0}")]
    Draft(Problem),
    #[error("the client's rules do not say how time is billed; add `time` with its rates")]
    NoTimeRules,
}

impl BillingRules {
    /// The agreements whose fee falls due in this month.
    pub fn agreements_due(&self, period: Period) -> impl Iterator<Item = (&String, &Agreement)> {
        let due = self.agreements.iter();
        due.filter(move |(_, agreement)| agreement.billed_in(period).is_some())
    }

    /// How what is unbilled of a month is divided into invoices, by a name that stays the same.
    pub fn parts<'e>(
        &self,
        agreements: impl IntoIterator<Item = String>,
        entries: impl IntoIterator<Item = &'e TimeEntry>,
    ) -> BTreeMap<String, Part<'e>> {
        let mut parts = BTreeMap::new();
        for id in agreements {
            let own = self
                .agreements
                .get(&id)
                .and_then(|agreement| agreement.series.as_ref());
            let series = own.unwrap_or(&self.series);
            let name = match self.split {
                Split::Together => format!("series {series}"),
                Split::ByAgreement | Split::ByTicket => format!("agreement {id}"),
            };
            part_of(&mut parts, name, series).agreements.push(id);
        }
        for entry in entries {
            let name = match self.split {
                Split::Together => format!("series {}", self.series),
                Split::ByAgreement => "time".to_owned(),
                Split::ByTicket => match (&entry.ticket, &entry.case) {
                    (Some(ticket), _) => format!("ticket {ticket}"),
                    (None, Some(case)) => format!("case {case}"),
                    (None, None) => "time".to_owned(),
                },
            };
            part_of(&mut parts, name, &self.series).entries.push(entry);
        }
        parts
    }
}

fn part_of<'p, 'e>(
    parts: &'p mut BTreeMap<String, Part<'e>>,
    name: String,
    series: &str,
) -> &'p mut Part<'e> {
    parts.entry(name).or_insert_with(|| Part {
        series: series.to_owned(),
        ..Part::default()
    })
}

impl PeriodBill<'_> {
    /// The draft; its lines are the fees, then the time, then what is taken back of the time. None: there is nothing
    /// to bill.
    pub fn draft(&self) -> Result<Option<PeriodDraft>, PeriodBillError> {
        let rules = &self.client.rules;
        let mut lines = Vec::new();
        for id in &self.part.agreements {
            lines.extend(self.fee(id, lines.len() + 1));
        }
        let draws = self.time(&mut lines)?;
        if lines.is_empty() {
            return Ok(None);
        }
        let delivered = Delivered::Between {
            from: self.period.first(),
            to: self.period.last(),
        };
        let client = ClientBilling {
            buyer: self.client.buyer.clone(),
            rules: BillingRules {
                series: self.part.series.clone(),
                ..rules.clone()
            },
        };
        let draft = Draft::under(
            &client,
            self.seller,
            lines,
            delivered,
            References::default(),
        );
        let draft = draft.map_err(PeriodBillError::Draft)?;
        let draft = Draft {
            bills: self.bills(),
            ..draft
        };
        Ok(Some(PeriodDraft { draft, draws }))
    }

    /// What the document itself says that it bills: fees by agreement and month, time by entry.
    fn bills(&self) -> Vec<BilledPart> {
        let period = self.period.to_string();
        let fee = |id: &String| BilledPart::of(["agreement", id, &period]);
        let entry = |entry: &&TimeEntry| BilledPart::of(["time", entry.id.as_str()]);
        let fees = self.part.agreements.iter().map(fee);
        fees.chain(self.part.entries.iter().map(entry)).collect()
    }

    fn fee(&self, id: &str, place: usize) -> Option<Line> {
        let rules = &self.client.rules;
        let agreement = rules.agreements.get(id)?;
        let (first, last) = agreement.billed_in(self.period)?;
        let language = rules.language;
        let text = match (agreement.kind, agreement.hours) {
            (AgreementKind::Block, Some(hours)) => {
                format!(
                    "{}: {hours} h {}",
                    agreement.title,
                    word(language, "in advance", "im Voraus")
                )
            }
            _ if first == last => format!("{}, {}", agreement.title, first.words(language)),
            _ => format!(
                "{}, {} {} {}",
                agreement.title,
                first.words(language),
                word(language, "to", "bis"),
                last.words(language)
            ),
        };
        Some(Line::fixed(
            place.to_string(),
            text,
            agreement.amount_cents,
            rules.currency,
            rules.tax.vat,
        ))
    }

    /// Adds the lines of the time and of what is taken back; the minutes that are drawn of each agreement.
    fn time(&self, lines: &mut Vec<Line>) -> Result<BTreeMap<String, u32>, PeriodBillError> {
        if self.part.entries.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rules = &self.client.rules;
        let time = rules.time.as_ref().ok_or(PeriodBillError::NoTimeRules)?;
        let wording = Wording {
            scope: time.scope,
            language: rules.language,
            currency: rules.currency,
            vat: rules.tax.vat,
            name: self.name,
        };
        let groups = time.timesheet(self.part.entries.iter().copied())?;
        let mut open: Vec<Open<'_>> = Vec::new();
        for worked in &groups {
            let line = wording.line((lines.len() + 1).to_string(), worked);
            let net = priced(
                rules.currency,
                rules.rounding,
                worked.hourly,
                worked.billed_minutes,
            )?;
            lines.push(line);
            open.push(Open {
                worked,
                minutes: worked.billed_minutes,
                net,
            });
        }
        let mut in_order: Vec<_> = rules.agreements.iter().collect();
        in_order.sort_by_key(|(id, agreement)| (agreement.draws_in_order(), *id));
        let mut draws = BTreeMap::new();
        for (id, agreement) in in_order {
            let nothing = Drawn::new();
            let before = self.drawn.get(id).unwrap_or(&nothing);
            let available = agreement.available_minutes(self.period, before);
            let taken = take(agreement, available, &mut open, rules)?;
            let drawn: u32 = taken.values().map(|(minutes, _)| minutes).sum();
            for (hourly, (minutes, net)) in taken {
                let id = (lines.len() + 1).to_string();
                let text = format!(
                    "{} {}",
                    word(rules.language, "Taken from", "Entnommen aus"),
                    agreement.title
                );
                let back = taken_back(id, text, (minutes, net), hourly, rules)?;
                let left = minutes_in_words(available - drawn);
                let description = format!("{left} {}", word(rules.language, "left", "verbleiben"));
                lines.push(Line {
                    description: Some(description),
                    ..back
                });
            }
            if drawn > 0 {
                draws.insert(id.clone(), drawn);
            }
        }
        Ok(draws)
    }
}

/// What of a line no agreement has taken back yet.
struct Open<'w> {
    worked: &'w Worked<'w>,
    minutes: u32,
    net: Minor,
}

/// Draws what an agreement covers of the open lines, oldest work first: minutes and amount by price of an hour. A line
/// that is drawn whole gives back exactly what it costs.
fn take(
    agreement: &Agreement,
    available: u32,
    open: &mut [Open<'_>],
    rules: &BillingRules,
) -> Result<BTreeMap<Minor, (u32, Minor)>, MoneyError> {
    let wanted = open
        .iter()
        .map(|line| covered(agreement, line))
        .collect::<Vec<_>>();
    let mut taken = BTreeMap::new();
    for (line, minutes) in open.iter_mut().zip(draw(available, wanted)) {
        if minutes == 0 {
            continue;
        }
        let hourly = line.worked.hourly;
        let net = match minutes == line.minutes {
            true => line.net,
            false => priced(rules.currency, rules.rounding, hourly, minutes)?.min(line.net),
        };
        line.minutes -= minutes;
        line.net = line.net.minus(net)?;
        let sum = taken.entry(hourly).or_insert((0_u32, Minor::ZERO));
        *sum = (sum.0.saturating_add(minutes), sum.1.plus(net)?);
    }
    Ok(taken)
}

/// How much of a line an agreement is for: all of it, or what was logged of it that is covered.
fn covered(agreement: &Agreement, line: &Open<'_>) -> u32 {
    let entries = &line.worked.entries;
    if entries.iter().all(|entry| agreement.covers(entry)) {
        return line.minutes;
    }
    let covered = entries.iter().filter(|entry| agreement.covers(entry));
    let logged = covered.map(|entry| u64::from(entry.minutes)).sum::<u64>();
    line.minutes.min(u32::try_from(logged).unwrap_or(u32::MAX))
}

fn priced(
    currency: Currency,
    rounding: Rounding,
    hourly: Minor,
    minutes: u32,
) -> Result<Minor, MoneyError> {
    let product = currency.decimal(hourly).checked_mul(Decimal::from(minutes));
    let exact = product.ok_or(MoneyError::TooLarge)? / Decimal::from(60);
    currency.round(exact, rounding)
}

/// A line below zero over exactly `net`: as hours at their price where that comes to it, else as one amount.
fn taken_back(
    id: String,
    text: String,
    (minutes, net): (u32, Minor),
    hourly: Minor,
    rules: &BillingRules,
) -> Result<Line, MoneyError> {
    let (currency, vat): (Currency, VatRate) = (rules.currency, rules.tax.vat);
    let line = match priced(currency, rules.rounding, hourly, minutes)? == net {
        true => Line::time(id, text, minutes, hourly, currency, vat),
        false => {
            let text = format!("{text} ({})", minutes_in_words(minutes));
            Line::fixed(id, text, net, currency, vat)
        }
    };
    Ok(Line {
        quantity: -line.quantity,
        ..line
    })
}

fn word(language: Language, english: &'static str, german: &'static str) -> &'static str {
    match language {
        Language::En => english,
        Language::De => german,
    }
}
