//! The table, the bus and the mailer, reached by the AWS SDK: the only room that names AWS.
//! Decides how things are stored and sent; must not know why.

mod backoff;
mod bus;
mod clients;
mod clock;
pub mod config;
mod error;
mod mailer;
mod table;

pub use bus::{Bus, Entry, EntryOutcome};
pub use clients::{Clients, Wire};
pub use clock::{Clock, ClockError};
pub use config::{Config, ConfigError, Endpoints, VARIABLES};
pub use error::{Cause, StoreError, explain};
pub use mailer::{MailError, Mailer, MessageId, Refusal};
pub use table::{
    AttributeValue, BatchWrite, Index, Item, Key, PK, Page, Query, Reason, SK, Table,
    TransactError, Usage, Write, from_item, to_item,
};
