//! The board: where everything stands, readable on a phone, without a script.
//! A view in, one page out; it must not look anything up.

use maud::{DOCTYPE, Markup, PreEscaped, html};

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

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#dde2ea;--card:#fff;--ground:#f4f5f7;--go:#0b5fb3;--warn:#8a5a00;--warnbg:#fff1d6;--bad:#a3231f;--badbg:#fde5e3;--calmbg:#e8f2ec;--calm:#1f6b43}\
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf1;--soft:#9aa6b6;--line:#2c3542;--card:#1a2029;--ground:#11151b;--go:#7db8ff;--warn:#ffcf7a;--warnbg:#3a2d10;--bad:#ff9d97;--badbg:#431a18;--calmbg:#17301f;--calm:#86d3a6}}\
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}\
header,main{max-width:72rem;margin:0 auto;padding:1rem}header{display:flex;justify-content:space-between;align-items:baseline;flex-wrap:wrap;gap:.25rem 1rem}\
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .6rem}h3{font-size:1rem;margin:0 0 .5rem}.soft{color:var(--soft);font-size:.9rem}\
.grid{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}\
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.85rem 1rem;min-width:0;overflow-wrap:anywhere}\
ul{list-style:none;margin:0;padding:0}li+li{margin-top:.6rem;padding-top:.6rem;border-top:1px solid var(--line)}a{color:var(--go)}\
.tag{display:inline-block;border-radius:6px;padding:.05rem .5rem;font-size:.85rem}.calm{background:var(--calmbg);color:var(--calm)}.warned{background:var(--warnbg);color:var(--warn)}.missed{background:var(--badbg);color:var(--bad)}\
ol{margin:0;padding-left:1.1rem}ol li{padding-top:0;border:0}p{margin:.15rem 0}";

fn page(title: &str, header: &Markup, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { header { (header) } main { (body) } }
        }
    }
    .into_string()
}

/// The first page.
pub fn board(board: &Board) -> String {
    let header = html! { h1 { (board.team) } span class="soft" { "as of " (board.as_of) } };
    let open: usize = board.queues.iter().map(|queue| queue.tasks.len()).sum();
    let body = html! {
        @if !board.parked.is_empty() {
            h2 { "Needs somebody now (" (board.parked.len()) ")" }
            div class="grid" { @for row in &board.parked { (parked(row)) } }
        }
        h2 { "Who has what (" (open) ")" }
        @if board.queues.is_empty() { p class="soft" { "Nobody has an open task." } }
        div class="grid" { @for queue in &board.queues { (queue_card(queue)) } }
        h2 { "Running (" (board.running.len()) ")" }
        @if board.running.is_empty() { p class="soft" { "Nothing is running. An event starts the first case." } }
        div class="grid" { @for row in &board.running { (case_card(row)) } }
        @if !board.mails.is_empty() {
            h2 { "Messages" }
            div class="card" { ul { @for mail in &board.mails { li {
                span class=(if mail.state == "taken" { "tag calm" } else { "tag warned" }) { (mail.state) } " "
                (mail.what) " " a class="soft" href={ "case/" (mail.case) } { (mail.case) }
            } } } }
        }
        @if !board.ended.is_empty() {
            h2 { "Ended (" (board.ended.len()) ")" }
            div class="grid" { @for row in &board.ended { (case_card(row)) } }
        }
    };
    page(&format!("{}: board", board.team), &header, &body)
}

fn case_card(row: &CaseRow) -> Markup {
    html! { article class="card" {
        h3 { a href={ "case/" (row.id) } { (row.title) } }
        @if let Some(client) = &row.client { p { (client) } }
        @for line in &row.stands { p { (line) } }
        p class="soft" { "owned by " (row.owner) " · " (row.id) }
    } }
}

fn queue_card(queue: &Queue) -> Markup {
    html! { article class="card" {
        h3 { (queue.owner) " (" (queue.tasks.len()) ")" }
        ul { @for task in &queue.tasks { li {
            p { a href={ "case/" (task.case) } { (task.title) } }
            @if let Some(due) = &task.due {
                p {
                    @match task.pressure {
                        Pressure::Calm => span class="tag calm" { "due " (due) },
                        Pressure::Warned => span class="tag warned" { "soon: due " (due) },
                        Pressure::Missed => span class="tag missed" { "overdue since " (due) },
                    }
                    @if let Some(next) = &task.next { " " span class="soft" { (next) } }
                }
            }
        } } }
    } }
}

fn parked(row: &ParkedRow) -> Markup {
    html! { article class="card" {
        h3 { (row.what) }
        p { (row.reason) }
        p class="soft" { (row.owner) " · since " (row.since) }
    } }
}

/// One case and all that happened to it.
pub fn case(view: &CasePage) -> String {
    let header = html! { h1 { (view.title) } span class="soft" { (view.state) " · owned by " (view.owner) " · " (view.id) } };
    let body = html! {
        p { a href="../" { "Board" } }
        @for (id, title) in &view.projects { p { "Project: " a href=(id) { (title) } } }
        div class="card" { ul { @for entry in &view.entries { li {
            p class="soft" { (entry.at) " · " (entry.cause) }
            ol { @for fact in &entry.facts { li { (fact) } } }
        } } } }
    };
    page(&view.title, &header, &body)
}

/// What a wrong address shows.
pub fn not_found(text: &str) -> String {
    page(
        "Not found",
        &html! { h1 { "Not found" } },
        &html! { p { (text) } p { a href="./" { "Board" } } },
    )
}
