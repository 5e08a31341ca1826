//! The table, the bus and the mailer, reached by the AWS SDK: the only room that names AWS.
//! Decides how things are stored and sent; must not know why.

mod backoff;
mod bus;
mod cases;
mod clients;
mod clock;
mod company;
pub mod config;
mod deliveries;
mod documents;
mod due;
mod effects;
mod error;
mod invoice_life;
mod invoices;
mod keys;
mod lists;
mod mailer;
mod outside;
mod parking;
mod portal;
mod rounds;
mod rows;
mod runs;
mod secrets;
mod store;
mod table;
mod time;
mod waits;

pub use bus::{Bus, Entry, EntryOutcome};
pub use cases::{CommitError, Guard};
pub use clients::{Clients, Wire};
pub use clock::{Clock, ClockError};
pub use company::{Company, InForce};
pub use config::{Config, ConfigError, Endpoints, VARIABLES};
pub use documents::Document;
pub use due::{Due, DueRow};
pub use effects::Claim;
pub use error::{Cause, StoreError, explain};
pub use invoice_life::{Entered, Hold, Standing, draft_id};
pub use invoices::{Before, Bills, CreditIssue, Issue, IssueError, IssuedInvoice};
pub use mailer::{MailError, Mailer, MessageId, Refusal};
pub use outside::{Call, CallAnswer, CallError, Outside};
pub use parking::Parking;
pub use rows::{CaseRow, EffectRow, EffectState, ParkedRow, TaskRow};
pub use runs::{Draw, Hours, bills_of_agreement, run_of};
pub use secrets::{Secret, SecretError, Secrets, is_secret_name};
pub use store::{StartError, Store};
pub use table::{
    AttributeValue, BatchWrite, Index, Item, Key, PK, Page, Query, Reason, SK, Table,
    TransactError, Usage, Write, from_item, to_item,
};
pub use time::{Became, EntryError, KnownEntry, bills_of_entry};
pub use waits::{Arrived, LARGEST_KEPT_BYTES, WaitRow};
