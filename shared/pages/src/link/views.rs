//! What the page behind a mail's link shows: plain texts, in words and in the reader's zone by now.
//! It must not know how they look.

/// A task as its link shows it.
#[derive(Debug, Clone, Default)]
pub struct TaskPage {
    pub team: String,
    pub reader: String,
    pub title: String,
    pub case_title: String,
    pub client: Option<String>,
    /// What the button that was pressed has done.
    pub said: Option<String>,
    /// How it stands, in one sentence.
    pub stands: String,
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
