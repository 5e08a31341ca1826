//! Reads the environment, once per process, and says by name what is missing and what is malformed.
//! Nothing else in the workspace reads a variable; must not open a connection or read the time.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use aws_credential_types::Credentials;

use crate::clock::{Clock, ClockError};

/// Name of the table.
pub const TABLE: &str = "BATON_TABLE";
/// Name of the event bus.
pub const BUS: &str = "BATON_BUS";
/// The verified address that mails come from.
pub const SENDER: &str = "BATON_SENDER";
/// The configuration set that mails are sent under, which tells of those that come back.
pub const MAIL_SET: &str = "BATON_MAIL_SET";
/// The address of the public page, where links in mails lead.
pub const LINKS: &str = "BATON_LINKS";
/// Where the secrets lie, as in `/baton/prod`.
pub const SECRETS: &str = "BATON_SECRETS";
/// Where they lie on one machine, whose template is read as that of a stack `local`.
pub const LOCAL_SECRETS: &str = "/baton/local";
/// The clock file of local mode; see [`crate::Clock`].
pub const CLOCK: &str = "BATON_CLOCK";

const REGION: &str = "AWS_REGION";
const DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
const ENDPOINT_DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const ENDPOINT_EVENTBRIDGE: &str = "AWS_ENDPOINT_URL_EVENTBRIDGE";
const ENDPOINT_SES: &str = "AWS_ENDPOINT_URL_SES";
const ENDPOINT_SSM: &str = "AWS_ENDPOINT_URL_SSM";
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Every variable that is read, Baton's own first.
pub const VARIABLES: &[&str] = &[
    TABLE,
    BUS,
    SENDER,
    MAIL_SET,
    LINKS,
    SECRETS,
    CLOCK,
    REGION,
    DEFAULT_REGION,
    ACCESS_KEY,
    SECRET_KEY,
    SESSION_TOKEN,
    ENDPOINT,
    ENDPOINT_DYNAMODB,
    ENDPOINT_EVENTBRIDGE,
    ENDPOINT_SES,
    ENDPOINT_SSM,
    RUNTIME_API,
];

/// What the environment lacks or holds in the wrong shape.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{variable} is not set; expected {expected}")]
    Missing {
        variable: &'static str,
        expected: &'static str,
    },
    #[error("{variable} is {found:?}; expected {expected}")]
    Malformed {
        variable: &'static str,
        found: String,
        expected: &'static str,
    },
    /// A clock file may never move the time of a table that is not on this machine.
    #[error(
        "{CLOCK} is set, but {variable} {found}; a clock file is for local mode only, where it is on loopback: unset {CLOCK}"
    )]
    ClockRefused {
        variable: &'static str,
        found: String,
    },
}

const TABLE_SHAPE: &str = "a table name, 3 to 255 of A-Z a-z 0-9 _ . -";
const BUS_SHAPE: &str = "an event bus name, 1 to 256 of A-Z a-z 0-9 _ . - /";
const SENDER_SHAPE: &str = "one verified mail address, as in ops@example.com";
const MAIL_SET_SHAPE: &str = "the name of an SES configuration set, 1 to 64 of A-Z a-z 0-9 _ -";
const LINKS_SHAPE: &str = "the address of the links function, as in https://….on.aws/";
const SECRETS_SHAPE: &str = "the folder of a stack's secrets, as in /baton/prod";
const REGION_SHAPE: &str = "an AWS region, as in eu-central-1";
const ENDPOINT_SHAPE: &str = "an address that begins with http:// or https://";
const KEY_SHAPE: &str = "AWS credentials; Lambda sets them, elsewhere run `aws configure export-credentials --format env`";

/// Where each of the four services is reached; `None` is AWS itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub dynamodb: Option<String>,
    pub eventbridge: Option<String>,
    pub ses: Option<String>,
    pub ssm: Option<String>,
}

/// What one process was told by its environment. Names that not every function needs are asked for by accessors,
/// which fail with the name of the variable.
#[derive(Debug, Clone)]
pub struct Config {
    table: Option<String>,
    bus: Option<String>,
    sender: Option<String>,
    mail_set: Option<String>,
    links: Option<String>,
    secrets: Option<String>,
    clock_file: Option<PathBuf>,
    region: String,
    credentials: Credentials,
    endpoints: Endpoints,
    is_on_this_machine: bool,
}

impl Config {
    /// What Lambda, or the local host in its place, has set.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var_os(name))
    }

    /// What the command line finds in its shell: region and credentials as AWS's own tools read them.
    /// `BATON_CLOCK` is not read here; the clock file of a local host is given by [`Config::with_clock_file`].
    pub fn from_shell() -> Result<Self, ConfigError> {
        Self::read(|name| {
            if name == CLOCK {
                None
            } else {
                std::env::var_os(name)
            }
        })
    }

    /// Everything at one local host: `endpoint` answers for all services and checks no signature.
    pub fn local(
        endpoint: &str,
        table: &str,
        bus: &str,
        sender: &str,
    ) -> Result<Self, ConfigError> {
        let variables = [
            (ENDPOINT, endpoint),
            (TABLE, table),
            (BUS, bus),
            (SENDER, sender),
            (SECRETS, LOCAL_SECRETS),
            (REGION, "eu-central-1"),
            (ACCESS_KEY, "local"),
            (SECRET_KEY, "local"),
        ];
        Self::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    /// Uses the clock file of a local host. For the command line, which found the file beside the host's table.
    pub fn with_clock_file(mut self, path: &Path) -> Self {
        self.clock_file = Some(path.to_owned());
        self
    }

    /// Uses another table, as found in the outputs of a stack.
    pub fn with_table(mut self, name: &str) -> Result<Self, ConfigError> {
        self.table = Some(checked(TABLE, name.to_owned(), TABLE_SHAPE, is_table)?);
        Ok(self)
    }

    /// Uses another bus, as found in the outputs of a stack.
    pub fn with_bus(mut self, name: &str) -> Result<Self, ConfigError> {
        self.bus = Some(checked(BUS, name.to_owned(), BUS_SHAPE, is_bus)?);
        Ok(self)
    }

    /// Uses the secrets of another stack.
    pub fn with_secrets_of(mut self, stack: &str) -> Result<Self, ConfigError> {
        let folder = format!("/baton/{stack}");
        self.secrets = Some(checked(SECRETS, folder, SECRETS_SHAPE, is_folder)?);
        Ok(self)
    }

    /// `BATON_TABLE`.
    pub fn table(&self) -> Result<&str, ConfigError> {
        needed(&self.table, TABLE, TABLE_SHAPE)
    }

    /// `BATON_BUS`.
    pub fn bus(&self) -> Result<&str, ConfigError> {
        needed(&self.bus, BUS, BUS_SHAPE)
    }

    /// `BATON_SENDER`.
    pub fn sender(&self) -> Result<&str, ConfigError> {
        needed(&self.sender, SENDER, SENDER_SHAPE)
    }

    /// `BATON_MAIL_SET`.
    pub fn mail_set(&self) -> Result<&str, ConfigError> {
        needed(&self.mail_set, MAIL_SET, MAIL_SET_SHAPE)
    }

    /// `BATON_LINKS`.
    pub fn links(&self) -> Result<&str, ConfigError> {
        needed(&self.links, LINKS, LINKS_SHAPE)
    }

    /// `BATON_SECRETS`.
    pub fn secrets(&self) -> Result<&str, ConfigError> {
        needed(&self.secrets, SECRETS, SECRETS_SHAPE)
    }

    /// The clock of this process: the system's, or the clock file's.
    pub fn clock(&self) -> Result<Clock, ClockError> {
        match &self.clock_file {
            Some(path) => Clock::from_file(path),
            None => Ok(Clock::system()),
        }
    }

    /// Whether the Runtime API and every service are on loopback, which never is so on AWS.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        self.is_on_this_machine
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let env = Environment { lookup };
        let all = env.shaped(ENDPOINT, ENDPOINT_SHAPE, is_endpoint)?;
        let endpoint = |name| {
            let own = env.shaped(name, ENDPOINT_SHAPE, is_endpoint)?;
            Ok(own.or_else(|| all.clone()))
        };
        let endpoints = Endpoints {
            dynamodb: endpoint(ENDPOINT_DYNAMODB)?,
            eventbridge: endpoint(ENDPOINT_EVENTBRIDGE)?,
            ses: endpoint(ENDPOINT_SES)?,
            ssm: endpoint(ENDPOINT_SSM)?,
        };
        let region = match env.shaped(REGION, REGION_SHAPE, is_region)? {
            Some(region) => region,
            None => env.shaped(DEFAULT_REGION, REGION_SHAPE, is_region)?.ok_or(
                ConfigError::Missing {
                    variable: REGION,
                    expected: REGION_SHAPE,
                },
            )?,
        };
        let clock_file = env
            .text(CLOCK, "the path of a clock file")?
            .map(PathBuf::from);
        let runtime_api = env.text(RUNTIME_API, "host:port")?;
        let here = on_this_machine(runtime_api, &endpoints);
        let is_on_this_machine = here.is_ok();
        if clock_file.is_some() {
            here?;
        }
        Ok(Self {
            table: env.shaped(TABLE, TABLE_SHAPE, is_table)?,
            bus: env.shaped(BUS, BUS_SHAPE, is_bus)?,
            sender: env.shaped(SENDER, SENDER_SHAPE, is_mail_address)?,
            mail_set: env.shaped(MAIL_SET, MAIL_SET_SHAPE, is_mail_set)?,
            links: env.shaped(LINKS, LINKS_SHAPE, is_endpoint)?,
            secrets: env.shaped(SECRETS, SECRETS_SHAPE, is_folder)?,
            clock_file,
            region,
            credentials: env.credentials()?,
            endpoints,
            is_on_this_machine,
        })
    }
}

struct Environment<F> {
    lookup: F,
}

impl<F: Fn(&str) -> Option<OsString>> Environment<F> {
    /// A variable that is set to nothing counts as not set: a template cannot leave a variable out by condition.
    fn text(
        &self,
        variable: &'static str,
        expected: &'static str,
    ) -> Result<Option<String>, ConfigError> {
        let Some(raw) = (self.lookup)(variable) else {
            return Ok(None);
        };
        let text = raw.into_string().map_err(|raw| ConfigError::Malformed {
            variable,
            found: raw.to_string_lossy().into_owned(),
            expected,
        })?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn shaped(
        &self,
        variable: &'static str,
        expected: &'static str,
        fits: fn(&str) -> bool,
    ) -> Result<Option<String>, ConfigError> {
        let text = self.text(variable, expected)?;
        text.map(|text| checked(variable, text, expected, fits))
            .transpose()
    }

    fn credentials(&self) -> Result<Credentials, ConfigError> {
        // What was found may be a secret, however malformed: it is not repeated.
        let secret = |variable| {
            let found = self.text(variable, KEY_SHAPE);
            found.map_err(|_| ConfigError::Malformed {
                variable,
                found: "(not shown)".to_owned(),
                expected: KEY_SHAPE,
            })
        };
        let needed = |variable| {
            secret(variable)?.ok_or(ConfigError::Missing {
                variable,
                expected: KEY_SHAPE,
            })
        };
        Ok(Credentials::new(
            needed(ACCESS_KEY)?,
            needed(SECRET_KEY)?,
            secret(SESSION_TOKEN)?,
            None,
            "environment",
        ))
    }
}

/// On AWS the Runtime API is on loopback as well, so the table's endpoint has to be too: that never is on AWS.
fn on_this_machine(runtime_api: Option<String>, endpoints: &Endpoints) -> Result<(), ConfigError> {
    let must_be_here = [
        (RUNTIME_API, &runtime_api),
        (ENDPOINT_DYNAMODB, &endpoints.dynamodb),
        (ENDPOINT_EVENTBRIDGE, &endpoints.eventbridge),
        (ENDPOINT_SES, &endpoints.ses),
    ];
    for (variable, address) in must_be_here {
        if !address.as_deref().is_some_and(is_loopback) {
            let found = match address {
                Some(address) => format!("is {address:?}"),
                None => "is not set".to_owned(),
            };
            return Err(ConfigError::ClockRefused { variable, found });
        }
    }
    Ok(())
}

fn needed<'a>(
    value: &'a Option<String>,
    variable: &'static str,
    expected: &'static str,
) -> Result<&'a str, ConfigError> {
    value
        .as_deref()
        .ok_or(ConfigError::Missing { variable, expected })
}

fn checked(
    variable: &'static str,
    text: String,
    expected: &'static str,
    fits: fn(&str) -> bool,
) -> Result<String, ConfigError> {
    if fits(&text) {
        Ok(text)
    } else {
        Err(ConfigError::Malformed {
            variable,
            found: text,
            expected,
        })
    }
}

fn made_of(text: &str, others: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn is_table(text: &str) -> bool {
    (3..=255).contains(&text.len()) && made_of(text, "_.-")
}

fn is_bus(text: &str) -> bool {
    (1..=256).contains(&text.len()) && made_of(text, "_.-/")
}

fn is_mail_set(text: &str) -> bool {
    (1..=64).contains(&text.len()) && made_of(text, "_-")
}

fn is_folder(text: &str) -> bool {
    let stack = text.strip_prefix("/baton/").unwrap_or_default();
    !stack.is_empty() && made_of(stack, "-")
}

fn is_region(text: &str) -> bool {
    text.split('-').count() >= 3 && made_of(text, "-") && !text.starts_with('-')
}

pub(crate) fn is_mail_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |part: &str| {
        !part.is_empty()
            && !part
                .contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"@".contains(c))
    };
    text.len() <= 320 && plain(name) && plain(domain)
}

fn is_endpoint(text: &str) -> bool {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !host_of(rest).is_empty() && !rest.contains(|c: char| c.is_whitespace() || c == '@')
    })
}

fn is_loopback(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host_of(rest);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host in `host:port/path`, without the brackets of an IPv6 address.
fn host_of(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some(bracketed) = authority.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
