//! What the page behind a mail's link shows: plain texts, in words and in the reader's zone by now.
//! It must not know how they look.

/// What a page is about, and who reads it.
#[derive(Debug, Clone, Default)]
pub struct Work {
    pub team: String,
    pub reader: String,
    pub title: String,
    pub case_title: String,
    pub client: Option<String>,
}

/// A task as its link shows it.
#[derive(Debug, Clone, Default)]
pub struct TaskPage {
    pub work: Work,
    /// What the button that was pressed has done.
    pub said: Option<String>,
    /// How it stands, in one sentence.
    pub stands: String,
    /// It is worked on elsewhere, and ends when it is done there.
    pub ends_by_itself: bool,
    pub due: Option<Due>,
    /// What happened to it, a line each.
    pub history: Vec<String>,
    pub buttons: Buttons,
}

/// When it is due, in the reader's zone.
#[derive(Debug, Clone)]
pub struct Due {
    pub at: String,
    pub is_over: bool,
}

/// What can be pressed.
#[derive(Debug, Clone, Default)]
pub struct Buttons {
    /// "I have it", or "I take it over".
    pub mine: Option<Mine>,
    /// The question above `ends`.
    pub question: String,
    pub ends: Vec<EndButton>,
    pub takers: Vec<Taker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mine {
    Accept,
    TakeOver,
}

#[derive(Debug, Clone)]
pub struct EndButton {
    /// What the form sends; empty for a task that is simply done.
    pub outcome: String,
    pub label: String,
}

/// Somebody it can be handed to.
#[derive(Debug, Clone)]
pub struct Taker {
    pub id: String,
    pub name: String,
}

/// Finished work whose time is asked for.
#[derive(Debug, Clone, Default)]
pub struct TimePage {
    pub work: Work,
    /// The day that the time is noted for, `Monday 23 November`.
    pub on: String,
    pub said: Option<String>,
    /// What was said of it already, a line each.
    pub entries: Vec<String>,
    /// `None`: it was said.
    pub asks: Option<TimeAsked>,
}

#[derive(Debug, Clone, Default)]
pub struct TimeAsked {
    /// Minutes that stand in the field from the start.
    pub suggested: Option<u32>,
    /// Where they come from, in a sentence.
    pub because: Option<String>,
    /// Minutes that one entry can have.
    pub most: u32,
}

/// Everything of one client.
#[derive(Debug, Clone, Default)]
pub struct PortalPage {
    pub team: String,
    pub client: String,
    /// `23 November 2026`, in the client's zone, as all days here.
    pub as_of: String,
    pub work: Vec<WorkCard>,
    pub invoices: Vec<InvoiceLine>,
    /// The folder of the invoices' files, relative to the page.
    pub files: String,
}

#[derive(Debug, Clone, Default)]
pub struct WorkCard {
    pub title: String,
    pub since: String,
    pub stands: String,
    pub milestones: Vec<MilestoneLine>,
}

#[derive(Debug, Clone, Default)]
pub struct MilestoneLine {
    pub title: String,
    /// The day on which it was reached.
    pub reached: Option<String>,
    pub is_in_work: bool,
}

#[derive(Debug, Clone, Default)]
pub struct InvoiceLine {
    pub number: String,
    pub what: String,
    pub is_credit: bool,
    pub dated: String,
    pub total: String,
    /// `open, payable by 7 December 2026`.
    pub stands: String,
    pub is_open: bool,
}
