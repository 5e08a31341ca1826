//! Decides what an invoice says: lines, VAT, totals, numbers, and whether it may be issued at all.
//! It must not know how a document looks, where it is stored, or how it reaches the client.
//!
//! Amounts are whole minor units ([`Minor`]) of the document's one currency; quantities, prices and
//! rates are decimals, written as strings in JSON. Nothing here is ever a floating-point number.

mod adjustment;
mod agreement;
mod check;
mod credit;
mod decimal;
mod draft;
mod field;
mod iban;
mod instalment;
mod invoice;
mod life;
mod line;
mod money;
mod party;
mod period;
mod period_bill;
mod rules;
mod series;
mod time;
mod timesheet;
mod totals;
mod vat;
mod work;

pub use adjustment::{Adjustment, AdjustmentValue, Direction, DocumentAdjustment, Percent};
pub use agreement::{Agreement, AgreementKind, Every, Split, Unused, draw};
pub use credit::CreditError;
pub use draft::{BilledPart, Delivered, Draft, Kind, Preceding, References, Sale};
pub use field::Problem;
pub use iban::iban_is_valid;
pub use instalment::{InstalmentError, instalment};
pub use invoice::{Invoice, Issued, NotIssuable};
pub use life::{
    ATTENTION_EVENT, Change, Credit, Happened, INVOICE_EVENT_FIELDS, INVOICE_EVENTS, Letter, Life,
    News, NoChange, Owes, Payment, Stands, Waits,
};
pub use line::{Line, UnitCode, UnitCodeError};
pub use money::{Currency, Minor, Money, MoneyError, Rounding};
pub use party::{Address, BankAccount, CountryCode, CountryCodeError, Party};
pub use period::{Period, PeriodError};
pub use period_bill::{Drawn, Part, PeriodBill, PeriodBillError, PeriodDraft};
pub use rules::{BillingRules, ClientBilling, Format, Language, RulesError, Seller, TaxTreatment};
pub use series::{Counter, InvoiceNumber, Next, Series, SeriesError};
pub use time::{Increment, RoundMinutes};
pub use timesheet::{TimesheetError, Wording, Worked, minutes_in_words};
pub use totals::{AccountingVat, LineTotal, Sums, Totals, TotalsError, VatGroup};
pub use vat::{VatCategory, VatRate};
pub use work::{
    LOGGED_EVENT, LONGEST_NOTE, MOST_MINUTES_PER_ENTRY, Rate, Scope, Suggestion, TimeEntry,
    TimeRules,
};
