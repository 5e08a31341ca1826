//! Which table and bus a verb speaks to: a host on this machine, or a stack on AWS.
//! It must not read or write either.

use std::path::PathBuf;

use clap::Args;
use store::{Clients, Config, Secrets, Store, Wire};

use crate::failure::Failure;
use crate::running::{self, Running};

/// The logical id of the table in the template; on AWS, CloudFormation makes its name `STACK-Table-RANDOM`.
const TABLE: &str = "Table";
const BUS: &str = "Bus";
/// A command that only reads and sends events never mails; the name must merely be an address.
const NO_SENDER: &str = "nobody@local.example";

const NOWHERE: &str = "\
start one in another terminal:    baton local --data ./data
or name one that runs:            --local http://127.0.0.1:PORT, or --data DIR
or name a stack on AWS:           --stack NAME";

/// Where to. Without any of these: what BATON_TABLE and BATON_BUS name, else the host that was started last on this machine.
#[derive(Debug, Clone, Default, Args)]
#[command(
    next_help_heading = "Where to (without any: BATON_TABLE and BATON_BUS, else the host started last here)"
)]
pub struct Where {
    /// A host on this machine, by the address it prints
    #[arg(long, value_name = "URL", value_parser = http_url)]
    pub local: Option<String>,
    /// A host on this machine, by its data folder
    #[arg(long, value_name = "DIR", conflicts_with = "local")]
    pub data: Option<PathBuf>,
    /// A stack on AWS; region and credentials come from the environment
    #[arg(long, value_name = "NAME", conflicts_with_all = ["local", "data"])]
    pub stack: Option<String>,
    /// The table, where the stack's cannot be found by its name
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    pub table: Option<String>,
    /// The bus, where it is not named as the stack is
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    pub bus: Option<String>,
}

/// What was found, and how to say it.
pub struct Target {
    /// `the host at http://127.0.0.1:8420`, `stack prod (table prod-Table-1A in eu-central-1)`
    pub name: String,
    pub config: Config,
    pub clients: Clients,
}

impl Target {
    fn new(name: String, config: Config) -> Self {
        Self {
            name,
            clients: clients(&config),
            config,
        }
    }

    pub fn store(&self) -> Result<Store, Failure> {
        Ok(Store::new(&self.config, &self.clients)?)
    }

    pub fn secrets(&self) -> Result<Secrets, Failure> {
        let clock = self.store()?.clock().clone();
        Ok(self.clients.secrets(clock)?)
    }

    /// A host on this machine.
    pub fn of(running: &Running) -> Result<Self, Failure> {
        let mut config =
            Config::local(&running.url, &running.table, &running.bus, &running.sender)?;
        if let Some(file) = &running.clock_file {
            config = config.with_clock_file(file);
        }
        Ok(Self::new(format!("the host at {}", running.url), config))
    }
}

impl Where {
    pub async fn find(&self) -> Result<Target, Failure> {
        if let Some(url) = &self.local {
            let table = self.table.as_deref().unwrap_or(TABLE);
            let bus = self.bus.as_deref().unwrap_or(BUS);
            return Ok(Target::new(
                format!("the host at {url}"),
                Config::local(url, table, bus, NO_SENDER)?,
            ));
        }
        if let Some(folder) = &self.data {
            return match Running::read(folder)? {
                Some(running) => alive(&running),
                None => Err(
                    Failure::outside(format!("no host runs on {}", folder.display())).help(
                        format!(
                            "start it in another terminal:  baton local --data {}",
                            folder.display()
                        ),
                    ),
                ),
            };
        }
        if self.stack.is_some() || self.table.is_some() || self.bus.is_some() {
            return self.on_aws().await;
        }
        // The variables say where to; without them nobody has.
        if let Ok(config) = Config::from_shell()
            && config.table().is_ok()
        {
            return Ok(Target::new(said(&config), config));
        }
        match Running::read(&running::users_folder())? {
            Some(running) => alive(&running),
            None => Err(
                Failure::outside("no host runs on this machine, and no stack is named")
                    .help(NOWHERE),
            ),
        }
    }

    async fn on_aws(&self) -> Result<Target, Failure> {
        let mut config = Config::from_shell().map_err(|error| {
            Failure::outside(error.to_string())
                .help("`aws configure export-credentials --format env` prints credentials, also of an SSO login; AWS_REGION names the region")
        })?;
        if let Some(bus) = self.bus.as_deref().or(self.stack.as_deref()) {
            // The template names the bus as the stack is named.
            config = config.with_bus(bus)?;
        }
        match (&self.table, &self.stack) {
            (Some(table), _) => config = config.with_table(table)?,
            (None, Some(stack)) => {
                let table = table_of(stack, &clients(&config)).await?;
                config = config.with_table(&table)?;
            }
            (None, None) => {}
        }
        if let Some(stack) = &self.stack {
            config = config.with_secrets_of(stack)?;
        }
        let name = match &self.stack {
            Some(stack) => format!("stack {stack}, {}", said(&config)),
            None => said(&config),
        };
        Ok(Target::new(name, config))
    }
}

fn clients(config: &Config) -> Clients {
    Clients::over(config, Wire::of_this_machine())
}

fn said(config: &Config) -> String {
    let table = config.table().unwrap_or("without a table");
    match &config.endpoints().dynamodb {
        Some(endpoint) => format!("table {table} at {endpoint}"),
        None => format!("table {table} in {}", config.region()),
    }
}

fn alive(running: &Running) -> Result<Target, Failure> {
    if running.answers() {
        return Target::of(running);
    }
    let since = running.started_at;
    Err(Failure::outside(format!(
        "the host at {} (process {}, started {since:.0}) does not answer any more",
        running.url, running.process
    ))
    .help(NOWHERE))
}

/// The stack's table. Its name is CloudFormation's: the stack's, the resource's, and a random part.
async fn table_of(stack: &str, clients: &Clients) -> Result<String, Failure> {
    let dynamodb = clients.dynamodb();
    let mut pages = dynamodb.list_tables().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            Failure::outside(format!(
                "the tables of this account can not be listed: {}",
                store::explain(&error)
            ))
            .help(by_hand(stack))
        })?;
        found.extend(
            page.table_names()
                .iter()
                .filter(|name| is_table_of(stack, name))
                .cloned(),
        );
    }
    match found.as_slice() {
        [table] => Ok(table.clone()),
        [] => Err(
            Failure::outside(format!("no table of a stack {stack} is in this region"))
                .help(by_hand(stack)),
        ),
        several => Err(Failure::outside(format!(
            "several tables look like stack {stack}'s: {}",
            several.join(", ")
        ))
        .help(by_hand(stack))),
    }
}

fn is_table_of(stack: &str, table: &str) -> bool {
    let random = table
        .strip_prefix(stack)
        .and_then(|rest| rest.strip_prefix("-Table-"));
    random.is_some_and(|random| {
        !random.is_empty() && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn by_hand(stack: &str) -> String {
    format!(
        "look it up, and give it as --table:\n\
         aws cloudformation describe-stacks --stack-name {stack} --query 'Stacks[0].Outputs' --output table"
    )
}

fn http_url(text: &str) -> Result<String, String> {
    match text.strip_prefix("http://") {
        Some(host) if !host.trim_end_matches('/').is_empty() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("an address such as http://127.0.0.1:8420".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stacks_table_is_told_from_those_of_stacks_with_a_longer_name() {
        for (stack, table, is_its_own) in [
            ("baton", "baton-Table-1ABCDEF2GHIJ", true),
            ("baton", "baton-Table-Table-1ABCDEF2GHIJ", false),
            ("baton-Table", "baton-Table-Table-1ABCDEF2GHIJ", true),
            ("baton", "baton2-Table-1ABCDEF2GHIJ", false),
            ("baton", "baton-Table-", false),
            ("baton", "Table", false),
        ] {
            assert_eq!(is_table_of(stack, table), is_its_own, "{stack} {table}");
        }
    }

    #[tokio::test]
    async fn a_folder_without_a_host_says_how_to_start_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = Where {
            data: Some(folder.path().to_owned()),
            ..Where::default()
        };
        let Err(failure) = place.find().await else {
            panic!("nothing runs there")
        };
        assert!(
            failure
                .help
                .is_some_and(|help| help.contains("baton local --data"))
        );
    }

    #[test]
    fn an_address_is_taken_without_its_last_slash() {
        assert_eq!(
            http_url("http://127.0.0.1:8420/").as_deref(),
            Ok("http://127.0.0.1:8420")
        );
        assert!(http_url("127.0.0.1:8420").is_err());
        assert!(http_url("http://").is_err());
    }
}
