//! The company as its files state it: people, roles, calendars, sources, clients.
//! It must not know what anybody is working on at the moment; that is the table's.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calendar::Calendar;
use crate::definition::{ResponseRule, Within};
use crate::event::Envelope;
use crate::id::{ClientId, PersonId, RoleId, StepId, WorkflowId};
use crate::webhook::Webhook;

/// team.yaml.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Team {
    pub name: String,
    /// The calendar used where a person or client names none.
    pub calendar: String,
    /// The share of its own hours that a person may be committed to when a workflow states no limit, in percent.
    #[serde(default = "full")]
    pub max_load_percent: u32,
    pub calendars: BTreeMap<String, Calendar>,
    pub people: BTreeMap<PersonId, Person>,
    pub roles: BTreeMap<RoleId, Role>,
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
    /// Where `call` steps may call, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Target>,
    /// Channels that people read together, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub chat: BTreeMap<String, Chat>,
    /// The invoicing party and its series, as the invoice needs them.
    #[serde(default)]
    pub seller: Value,
    #[serde(default, skip_serializing_if = "Letterhead::is_plain")]
    pub letterhead: Letterhead,
}

/// How the team's invoices look, where that is not as shipped: files of its own, word for word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letterhead {
    /// `invoice/invoice.typ`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// `invoice/logo.svg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

impl Letterhead {
    /// As shipped.
    pub fn is_plain(&self) -> bool {
        self.template.is_none() && self.logo.is_none()
    }
}

fn full() -> u32 {
    100
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub mail: String,
    /// What the person can be committed to in a full week, in minutes.
    pub minutes_per_week: u32,
    #[serde(default)]
    pub calendar: Option<String>,
    #[serde(default)]
    pub skills: Vec<String>,
    #[serde(default)]
    pub backup: Option<PersonId>,
}

/// A role is held by one person, or filled per case by an `assign` step from those who may take it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    HeldBy(PersonId),
    PickedFrom(Vec<PersonId>),
}

/// A tool that sends events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Path of the tool's own event id; without it the hash of the detail tells repeats.
    #[serde(default)]
    pub id: Option<String>,
    /// Path of a whole number or a time that grows with each event about the same thing; without it, the event's own time
    /// tells which is newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Detail-types this source sends, each with the fields a workflow may rely on.
    #[serde(default)]
    pub events: BTreeMap<String, Vec<String>>,
    /// How its requests are signed and what they become, where it sends them itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

/// An address outside that workflows may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    pub url: String,
    pub method: Method,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How a call shows that it is ours, and the name of the secret for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<(Auth, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Post,
    Put,
    Patch,
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// The secret itself, as `authorization: Bearer …`.
    Bearer,
    /// A signature by Standard Webhooks.
    Standard,
}

/// A channel of a chat that takes messages at an address of its own, which is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub kind: ChatKind,
    /// The name of the secret that holds the address.
    pub secret: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    Slack,
    Teams,
}

/// One client of clients.yaml.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub name: String,
    pub contact: Contact,
    pub account_manager: PersonId,
    #[serde(default)]
    pub calendar: Option<String>,
    /// What this client was promised instead, by `workflow.clock` or `workflow.step`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Within>,
    /// Billing rules as data, read by `billing`.
    #[serde(default)]
    pub billing: Value,
}

/// The working hours of a case as they stood before the files were edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    of_case: Calendar,
    named: BTreeMap<String, Calendar>,
}

impl Hours {
    /// The hours by which a clock with this rule ran.
    pub fn of(&self, rule: Option<&ResponseRule>) -> &Calendar {
        let named = rule.and_then(|rule| self.named.get(rule.calendar.as_ref()?));
        named.unwrap_or(&self.of_case)
    }
}

impl Client {
    /// What this client was promised for a clock or step instead of what its file says.
    pub fn target(&self, workflow: &WorkflowId, step: &StepId) -> Option<&Within> {
        self.targets.get(&format!("{workflow}.{step}"))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    pub mail: String,
}

impl Client {
    /// Whether its billing rules say how time is billed.
    pub fn is_billed_by_time(&self) -> bool {
        self.billing.get("time").is_some_and(Value::is_object)
    }
}

impl Team {
    /// The secrets that these files name, each with what needs it.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, String)> {
        let of_sources = self.sources.iter().filter_map(|(name, source)| {
            let webhook = source.webhook.as_ref()?;
            Some((webhook.secret.as_str(), format!("requests of {name}")))
        });
        let of_targets = self.targets.iter().filter_map(|(name, target)| {
            let (_, secret) = target.auth.as_ref()?;
            Some((secret.as_str(), format!("calls to {name}")))
        });
        let of_chat = self.chat.iter();
        let of_chat =
            of_chat.map(|(name, chat)| (chat.secret.as_str(), format!("messages to {name}")));
        of_sources.chain(of_targets).chain(of_chat)
    }

    /// Who is asked in place of `person`, first to last: the workflow's backup, the person's own, whoever answers for the rest.
    pub fn stand_ins(
        &self,
        person: &PersonId,
        of_workflow: Option<PersonId>,
    ) -> impl Iterator<Item = PersonId> {
        let own = self.person(person).and_then(|person| person.backup.clone());
        let in_order = [of_workflow, own, self.ops_lead().cloned()];
        in_order.into_iter().flatten()
    }

    /// Where an event stands among those of its source, where the source says so: its number, or its time in microseconds.
    pub fn place(&self, envelope: &Envelope) -> Option<i64> {
        let path = self.sources.get(&envelope.source)?.order.as_ref()?;
        match envelope.at(path)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok().or_else(|| {
                let time: Timestamp = text.parse().ok()?;
                Some(time.as_microsecond())
            }),
            _ => None,
        }
    }

    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.get(id)
    }

    /// The working hours of a person: their own calendar, else the team's. The loader refuses a name that is missing.
    pub fn calendar_of(&self, id: &PersonId) -> Option<&Calendar> {
        let own = self
            .people
            .get(id)
            .and_then(|person| person.calendar.as_deref());
        self.calendars.get(own.unwrap_or(&self.calendar))
    }

    /// The working hours by which a case's clocks run: its client's, where the client has its own, else the team's.
    ///
    /// # Errors
    /// The name of a calendar that is not in team.yaml; the loader refuses such a file.
    pub fn calendar_of_clocks(&self, client: Option<&Client>) -> Result<&Calendar, String> {
        let named = client.and_then(|client| client.calendar.as_deref());
        let name = named.unwrap_or(&self.calendar);
        self.calendars
            .get(name)
            .ok_or_else(|| format!("there is no calendar {name} in team.yaml"))
    }

    /// The working hours by which a clock runs: those its rule names, else those of the case.
    ///
    /// # Errors
    /// The name of a calendar that is not in team.yaml.
    pub fn calendar_of_clock(
        &self,
        rule: Option<&ResponseRule>,
        client: Option<&Client>,
    ) -> Result<&Calendar, String> {
        match rule.and_then(|rule| rule.calendar.as_ref()) {
            Some(name) => self
                .calendars
                .get(name)
                .ok_or_else(|| format!("there is no calendar {name} in team.yaml")),
            None => self.calendar_of_clocks(client),
        }
    }

    /// Every calendar by which clocks of this client's cases may run.
    ///
    /// # Errors
    /// The name of a calendar that is not in team.yaml.
    pub fn hours(&self, client: Option<&Client>) -> Result<Hours, String> {
        Ok(Hours {
            of_case: self.calendar_of_clocks(client)?.clone(),
            named: self.calendars.clone(),
        })
    }

    /// The person who holds `role` for the whole company, if it is not filled per case.
    pub fn holder(&self, role: &RoleId) -> Option<&PersonId> {
        match self.roles.get(role)? {
            Role::HeldBy(person) => Some(person),
            Role::PickedFrom(_) => None,
        }
    }

    /// Where a source keeps its own event id.
    pub fn id_path(&self, source: &str) -> Option<&str> {
        self.sources.get(source)?.id.as_deref()
    }

    /// Who answers for what nobody else owns.
    pub fn ops_lead(&self) -> Option<&PersonId> {
        self.holder(&RoleId::from("ops_lead"))
    }
}
