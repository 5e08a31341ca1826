//! What the board and a case's page show: plain texts, already in words and in the reader's zone.
//! It must not know how they look.

/// The whole first page.
#[derive(Debug, Clone, Default)]
pub struct Board {
    pub team: String,
    /// When it was read, in the team's zone.
    pub as_of: String,
    pub running: Vec<CaseRow>,
    pub ended: Vec<CaseRow>,
    pub queues: Vec<Queue>,
    pub mails: Vec<MailRow>,
    pub parked: Vec<ParkedRow>,
}

#[derive(Debug, Clone, Default)]
pub struct CaseRow {
    pub id: String,
    pub title: String,
    pub client: Option<String>,
    pub owner: String,
    /// Where it stands, in words: `waits for Luis: Hold the kickoff`.
    pub stands: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Queue {
    pub owner: String,
    pub tasks: Vec<TaskRow>,
}

#[derive(Debug, Clone, Default)]
pub struct TaskRow {
    pub title: String,
    pub case: String,
    /// `Tuesday 24 November, 17:00`, in the owner's zone.
    pub due: Option<String>,
    /// What the clock says next: `warns Monday 23 November, 15:00`.
    pub next: Option<String>,
    pub pressure: Pressure,
}

/// How a task stands against its clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pressure {
    #[default]
    Calm,
    Warned,
    Missed,
}

#[derive(Debug, Clone, Default)]
pub struct MailRow {
    pub case: String,
    pub what: String,
    /// `taken` or `on its way`.
    pub state: String,
}

#[derive(Debug, Clone, Default)]
pub struct ParkedRow {
    pub what: String,
    pub reason: String,
    pub owner: String,
    pub since: String,
}

/// One case in order.
#[derive(Debug, Clone, Default)]
pub struct CasePage {
    pub id: String,
    pub title: String,
    pub state: String,
    pub owner: String,
    pub entries: Vec<EntryRow>,
    pub projects: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default)]
pub struct EntryRow {
    pub at: String,
    pub cause: String,
    pub facts: Vec<String>,
}
