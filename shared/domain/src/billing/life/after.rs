//! What happens to an invoice changes its state: one match of where it stands and what comes in.
//! It must not choose words for a client nor know who is told.

use jiff::Timestamp;

use super::{
    Change, Credit, Happened, Letter, Life, News, NoChange, Owes, Payment, Stands, Waits, said,
};
use crate::billing::draft::Kind;
use crate::billing::money::{Currency, Minor, MoneyError};

impl Life {
    /// What `happened` makes of it; the same news twice changes nothing the second time.
    pub fn after(&self, happened: &Happened) -> Result<Change, NoChange> {
        let id = happened.heard_as();
        if id.is_some_and(|id| self.heard.contains(id)) {
            return repeat("it was heard before");
        }
        let mut change = self.step(happened)?;
        change.life.heard.extend(id.cloned());
        Ok(change)
    }

    /// The one place where an invoice changes its state.
    fn step(&self, happened: &Happened) -> Result<Change, NoChange> {
        use Happened as H;
        use Stands as S;
        match (&self.stands, happened) {
            (S::Draft { waits }, H::Waits(new)) => match (waits, new) {
                (same, new) if same == new => repeat("it waits for that already"),
                // A person's no outlasts the rule that asked.
                (Waits::Declined { by }, Waits::Approval { .. }) => {
                    repeat(format!("{by} declined it"))
                }
                (_, new) => Ok(self.waiting(new.clone())),
            },
            (S::Draft { .. }, H::Approved { by }) => Ok(self.now(S::Approved { by: by.clone() })),
            (
                S::Draft {
                    waits: Waits::Declined { .. },
                },
                H::Declined { .. },
            ) => repeat("it is declined"),
            (S::Draft { .. } | S::Approved { .. }, H::Declined { by }) => Ok(self.now(S::Draft {
                waits: Waits::Declined { by: by.clone() },
            })),
            // Whoever issues it has looked: what it waited for is there.
            (
                S::Draft {
                    waits: Waits::Hold { .. } | Waits::Missing { .. } | Waits::Approval { .. },
                },
                H::Issued,
            ) => Ok(self.now(S::Issued)),
            (
                S::Draft {
                    waits: waits @ Waits::Declined { .. },
                },
                H::Issued,
            ) => never(format!("it waits: {}", waits.words(self.currency))),
            (S::Approved { .. }, H::Approved { .. }) => repeat("it is approved"),
            (S::Approved { .. }, H::Waits(Waits::Approval { .. })) => repeat("it is approved"),
            // What is found missing after the approval does not undo it.
            (
                S::Approved { .. },
                H::Waits(Waits::Hold { .. } | Waits::Missing { .. } | Waits::Declined { .. }),
            ) => repeat("it is approved, and issued once nothing is missing"),
            (S::Approved { .. }, H::Issued) => Ok(self.now(S::Issued)),
            (
                S::Draft { .. } | S::Approved { .. },
                H::Mailed { .. }
                | H::Bounced { .. }
                | H::Paid { .. }
                | H::Disputed { .. }
                | H::Settled { .. }
                | H::Credited(_)
                | H::ReminderDue { .. }
                | H::ResendAsked { .. },
            ) => never("it is a draft: it has no number, and nobody has it"),

            (
                S::Issued
                | S::Mailed { .. }
                | S::Bounced { .. }
                | S::Disputed { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::Waits(_) | H::Approved { .. } | H::Issued,
            ) => repeat("it is issued"),
            (
                S::Issued
                | S::Mailed { .. }
                | S::Bounced { .. }
                | S::Disputed { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::Declined { .. },
            ) => never("it is issued; take it back by a credit note"),

            (S::Issued | S::Bounced { .. }, H::Mailed { at }) => {
                Ok(self.now(S::Mailed { at: *at }))
            }
            (S::Mailed { .. }, H::Mailed { .. }) => repeat("it is mailed"),
            // A mail that leaves late changes nothing about a dispute or the money.
            (S::Disputed { .. } | S::Paid { .. } | S::Credited { .. }, H::Mailed { .. }) => {
                repeat("it went on from there")
            }

            (
                S::Issued | S::Mailed { .. },
                H::Bounced {
                    at,
                    address,
                    reason,
                    ..
                },
            ) => {
                let change = self.now(S::Bounced {
                    at: *at,
                    address: address.clone(),
                    reason: reason.clone(),
                });
                Ok(change.attention(
                    "bounced",
                    format!("its mail to {address} came back: {reason}"),
                ))
            }
            (S::Bounced { address: known, .. }, H::Bounced { address, .. }) if known == address => {
                repeat("that address is known to refuse it")
            }
            (
                S::Bounced { .. } | S::Disputed { .. } | S::Paid { .. },
                H::Bounced {
                    address, reason, ..
                },
            ) => {
                let change = Change {
                    life: self.clone(),
                    owes: Vec::new(),
                };
                Ok(change.attention(
                    "bounced",
                    format!("its mail to {address} came back: {reason}"),
                ))
            }
            (S::Credited { .. }, H::Bounced { .. }) => {
                repeat("it is taken back; nobody needs that mail")
            }

            (
                S::Issued
                | S::Mailed { .. }
                | S::Bounced { .. }
                | S::Disputed { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::Paid { payment, currency },
            ) => self.paid(payment, *currency),

            (
                S::Issued | S::Mailed { .. } | S::Bounced { .. },
                H::Disputed { at, by, reason, .. },
            ) => {
                self.not_for_credit_notes("disputed")?;
                let disputed = S::Disputed {
                    at: *at,
                    by: by.clone(),
                    reason: reason.clone(),
                };
                Ok(self.now(disputed).news(News::Disputed))
            }
            (S::Disputed { .. }, H::Disputed { .. }) => repeat("it is disputed"),
            (S::Paid { .. }, H::Disputed { reason, .. }) => {
                let change = Change {
                    life: self.clone(),
                    owes: Vec::new(),
                };
                Ok(change.attention(
                    "disputed",
                    format!("it is paid, and now disputed: {reason}"),
                ))
            }
            (S::Credited { .. }, H::Disputed { .. }) => repeat("it is taken back already"),
            (S::Disputed { .. }, H::Settled { at, .. }) => Ok(self.now(S::Mailed { at: *at })),
            (
                S::Issued
                | S::Mailed { .. }
                | S::Bounced { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::Settled { .. },
            ) => repeat("no dispute is open"),

            (
                S::Issued
                | S::Mailed { .. }
                | S::Bounced { .. }
                | S::Disputed { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::Credited(credit),
            ) => self.credited(credit),

            (S::Mailed { .. }, H::ReminderDue { at }) => self.remind(*at),
            (
                S::Issued
                | S::Bounced { .. }
                | S::Disputed { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::ReminderDue { .. },
            ) => repeat("nobody is to be reminded"),

            (
                S::Issued
                | S::Mailed { .. }
                | S::Bounced { .. }
                | S::Disputed { .. }
                | S::Paid { .. }
                | S::Credited { .. },
                H::ResendAsked { .. },
            ) => Ok(Change {
                life: self.clone(),
                owes: vec![Owes::Mail(Letter::Again)],
            }),
        }
    }

    fn now(&self, stands: Stands) -> Change {
        Change {
            life: Life {
                stands,
                ..self.clone()
            },
            owes: Vec::new(),
        }
    }

    fn waiting(&self, waits: Waits) -> Change {
        let change = self.now(Stands::Draft {
            waits: waits.clone(),
        });
        match &waits {
            Waits::Approval { .. } => change.news(News::ApprovalNeeded),
            Waits::Hold { .. } | Waits::Missing { .. } => {
                let about = if matches!(waits, Waits::Hold { .. }) {
                    "held"
                } else {
                    "incomplete"
                };
                change.attention(about, waits.words(self.currency))
            }
            Waits::Declined { .. } => change,
        }
    }

    /// The first time that a draft waits, as a change of a draft that was nowhere before.
    pub fn begins_to_wait(kind: Kind, currency: Currency, due: Minor, waits: Waits) -> Change {
        Life::draft(kind, currency, due, waits.clone()).waiting(waits)
    }

    fn paid(&self, payment: &Payment, currency: Currency) -> Result<Change, NoChange> {
        self.not_for_credit_notes("paid")?;
        if let Some(known) = self.payments.iter().find(|known| known.id == payment.id) {
            if known == payment {
                return repeat(format!("payment {} is entered already", payment.id));
            }
            return never(format!(
                "payment {} is entered with another amount or date; give each payment its own id",
                payment.id
            ));
        }
        if currency != self.currency {
            return never(format!(
                "it is to be paid in {}, and {} came in {currency}; enter what the bank made of it in {}",
                self.currency,
                said(currency, payment.amount),
                self.currency
            ));
        }
        if payment.amount <= Minor::ZERO {
            return never("a payment is an amount above zero");
        }
        let mut life = self.clone();
        life.payments.push(payment.clone());
        let open = life
            .open()
            .map_err(|error| NoChange::Never(error.to_string()))?;
        let (came, on) = (said(currency, payment.amount), payment.on);
        let was_settled = matches!(self.stands, Stands::Paid { .. } | Stands::Credited { .. });
        let said = match open {
            Minor(1..) => Some((
                "underpaid",
                format!(
                    "{came} came on {on}; {} are still open",
                    said(currency, open)
                ),
            )),
            Minor(0) => None,
            over => {
                let over = Minor(over.0.saturating_neg());
                Some((
                    "overpaid",
                    format!(
                        "{came} came on {on}; {} more than was to be paid",
                        said(currency, over)
                    ),
                ))
            }
        };
        if open <= Minor::ZERO && !was_settled {
            life.stands = Stands::Paid { on };
        }
        let is_paid_now = open <= Minor::ZERO && !was_settled;
        let mut change = Change {
            life,
            owes: Vec::new(),
        };
        if is_paid_now {
            change = change.news(News::Paid);
        }
        Ok(match said {
            Some((about, text)) => change.attention(about, text),
            None => change,
        })
    }

    fn credited(&self, credit: &Credit) -> Result<Change, NoChange> {
        self.not_for_credit_notes("credited")?;
        if self.credits.iter().any(|known| known.note == credit.note) {
            return repeat(format!("credit note {} is entered already", credit.note));
        }
        let mut life = self.clone();
        life.credits.push(credit.clone());
        let wrong = |error: MoneyError| NoChange::Never(error.to_string());
        let taken_back =
            Minor::total(life.credits.iter().map(|credit| credit.amount)).map_err(wrong)?;
        let open = life.open().map_err(wrong)?;
        let paid_on = life.payments.last().map(|payment| payment.on);
        if taken_back >= life.due {
            life.stands = Stands::Credited {
                note: credit.note.clone(),
            };
        } else if let (true, Some(on)) = (open <= Minor::ZERO, paid_on) {
            life.stands = Stands::Paid { on };
        }
        let currency = self.currency;
        let change = Change {
            life,
            owes: Vec::new(),
        }
        .news(News::Credited);
        Ok(match open {
            Minor(..0) => {
                let back = said(currency, Minor(open.0.saturating_neg()));
                change.attention(
                    "overpaid",
                    format!(
                        "credit note {} leaves {back} to be paid back or set off",
                        credit.note
                    ),
                )
            }
            Minor(0..) => change,
        })
    }

    /// One reminder for all that have fallen due: after a long silence the client gets the latest, not a volley.
    fn remind(&self, at: Timestamp) -> Result<Change, NoChange> {
        let level = self.reminders.iter().filter(|due| **due <= at).count();
        if level <= self.reminded {
            return repeat("that reminder is sent");
        }
        let life = Life {
            reminded: level,
            ..self.clone()
        };
        Ok(Change {
            life,
            owes: vec![Owes::Mail(Letter::Reminder { level })],
        })
    }

    fn not_for_credit_notes(&self, what: &str) -> Result<(), NoChange> {
        match self.kind {
            Kind::Invoice => Ok(()),
            Kind::CreditNote => Err(NoChange::Never(format!(
                "a credit note is not {what}; name the invoice"
            ))),
        }
    }
}

impl Change {
    fn news(mut self, news: News) -> Change {
        self.owes.push(Owes::News(news));
        self
    }

    fn attention(mut self, about: &'static str, text: String) -> Change {
        self.owes.push(Owes::Attention { about, text });
        self
    }
}

fn repeat<T>(text: impl Into<String>) -> Result<T, NoChange> {
    Err(NoChange::Repeat(text.into()))
}

fn never<T>(text: impl Into<String>) -> Result<T, NoChange> {
    Err(NoChange::Never(text.into()))
}
