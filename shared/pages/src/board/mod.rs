//! The board: where everything stands, readable on a phone, without a script.
//! A view in, one page out; it must not look anything up.

mod views;

use maud::{Markup, html};

use crate::page::{address, page};
pub use views::{Board, CasePage, CaseRow, EntryRow, MailRow, ParkedRow, Pressure, Queue, TaskRow};

/// The first page.
pub fn board(board: &Board) -> String {
    let header = html! {
        h1 { (board.team) }
        p class="soft" { "as of " (board.as_of) }
        (summary(board))
    };
    let mut mails: Vec<_> = board.mails.iter().collect();
    mails.sort_by_key(|mail| state_rank(&mail.state));
    let body = html! {
        @if !board.parked.is_empty() {
            h2 id="parked" { "Needs somebody now" }
            div class="grid" { @for row in &board.parked { (parked(row)) } }
        }
        h2 id="tasks" { "Who has what" }
        @if board.queues.is_empty() { p class="soft" { "Nobody has an open task." } }
        div class="grid" { @for queue in &board.queues { (queue_card(queue)) } }
        h2 id="running" { "Running" }
        @if board.running.is_empty() { p class="soft" { "Nothing is running. An event starts the first case." } }
        div class="grid" { @for row in &board.running { (case_card(row)) } }
        @if !mails.is_empty() {
            h2 id="messages" { "Messages" }
            div class="card" { ul { @for mail in mails { li {
                (tag(state_class(&mail.state), &mail.state)) " " (mail.what) " "
                a class="soft" href=(address(&["case", &mail.case])) { (mail.case) }
            } } } }
        }
        @if !board.ended.is_empty() {
            h2 id="ended" { "Ended" }
            div class="grid" { @for row in &board.ended { (case_card(row)) } }
        }
    };
    page(&format!("{}: board", board.team), &header, &body)
}

/// The day in one line: what is late comes first, and each count leads to what it counts.
fn summary(board: &Board) -> Markup {
    let tasks = || board.queues.iter().flat_map(|queue| &queue.tasks);
    let under = |pressure| tasks().filter(|task| task.pressure == pressure).count();
    let counts = [
        ("missed", under(Pressure::Missed), "overdue", "#tasks"),
        ("warned", under(Pressure::Warned), "due soon", "#tasks"),
        ("missed", board.parked.len(), "parked", "#parked"),
        ("plain", tasks().count(), "open", "#tasks"),
        ("plain", board.running.len(), "running", "#running"),
    ];
    html! { nav {
        @for (class, count, word, place) in counts {
            @if count > 0 { a class={ "tag " (class) } href=(place) { b { (count) } " " (word) } " " }
        }
    } }
}

fn tag(class: &str, text: &str) -> Markup {
    html! { span class={ "tag " (class) } { (text) } }
}

fn state_class(state: &str) -> &'static str {
    match state {
        "taken" => "calm",
        "parked" => "missed",
        _ => "warned",
    }
}

/// What is stuck comes before what is under way, and that before what is done.
fn state_rank(state: &str) -> u8 {
    match state {
        "parked" => 0,
        "taken" => 2,
        _ => 1,
    }
}

fn case_card(row: &CaseRow) -> Markup {
    html! { article class="card" {
        h3 { a href=(address(&["case", &row.id])) { (row.title) } }
        @if let Some(client) = &row.client { p { "for " (client) } }
        ul class="stands" { @for line in &row.stands { li { (line) } } }
        p class="soft" { "owned by " (row.owner) " · " (row.id) }
    } }
}

fn queue_card(queue: &Queue) -> Markup {
    let late = queue
        .tasks
        .iter()
        .any(|task| task.pressure == Pressure::Missed);
    html! { article class=(if late { "card late" } else { "card" }) {
        h3 { (queue.owner) " " span class="soft" { (queue.tasks.len()) " open" } }
        ul { @for task in &queue.tasks { li { (task_row(task)) } } }
    } }
}

fn task_row(task: &TaskRow) -> Markup {
    html! {
        p { a href=(address(&["case", &task.case])) { (task.title) } }
        @match (&task.due, task.pressure) {
            (None, _) => p class="soft" { "no deadline" },
            (Some(due), Pressure::Calm) => p { (tag("calm", &format!("due {due}"))) },
            (Some(due), Pressure::Warned) => p { (tag("warned", &format!("soon: due {due}"))) },
            (Some(due), Pressure::Missed) => p { (tag("missed", &format!("overdue since {due}"))) },
        }
        @if let Some(next) = &task.next { p class="soft" { (next) } }
    }
}

fn parked(row: &ParkedRow) -> Markup {
    html! { article class="card late" {
        h3 { (row.what) }
        p { (row.reason) }
        p class="soft" { (row.owner) " · since " (row.since) }
    } }
}

/// One case and all that happened to it, oldest first.
pub fn case(view: &CasePage) -> String {
    let header = html! {
        p { a href="../" { "← Board" } }
        h1 { (view.title) }
        p class="soft" { (view.state) " · owned by " (view.owner) " · " (view.id) }
    };
    let body = html! {
        @if !view.projects.is_empty() {
            h2 { "Projects" }
            ul class="stands" { @for (id, title) in &view.projects { li { a href=(address(&[id])) { (title) } } } }
        }
        h2 { "What happened" }
        @if view.entries.is_empty() { p class="soft" { "Nothing yet." } }
        ol class="timeline" { @for entry in &view.entries { li {
            p class="soft" { (entry.at) }
            p { b { (entry.cause) } }
            @if !entry.facts.is_empty() { ul class="stands" { @for fact in &entry.facts { li { (fact) } } } }
        } } }
    };
    page(&view.title, &header, &body)
}

/// What a wrong address shows.
pub fn not_found(text: &str) -> String {
    let header = html! { p { a href="../" { "← Board" } } h1 { "Not found" } };
    page("Not found", &header, &html! { p { (text) } })
}
