//! `baton secret`: keep, rotate and list the secrets that functions read by name.
//! It must not print a value, but for one it has just made and only when told to.

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand};
use serde_json::json;
use store::{Secret, SecretError};

use crate::failure::Failure;
use crate::show::{BOLD, DIM, GOOD, Out, paint};
use crate::target::{Target, Where};

/// More than any secret that can be kept.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Keep a secret: its value comes on standard input, or is made
    Set(Set),
    /// Put a new value first; the one before stays valid beside it, older ones end
    Rotate(Value),
    /// List the names
    List(List),
}

#[derive(Debug, Args)]
struct Value {
    /// As workflows, sources and targets name it
    name: String,
    /// Make a random value instead of reading one
    #[arg(long)]
    generate: bool,
    /// Print the value that was made, once, for pasting it into the tool on the other side
    #[arg(long, requires = "generate")]
    print: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
struct Set {
    #[command(flatten)]
    value: Value,
    /// End the value that is there at once
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    match &arguments.what {
        What::Set(arguments) => set(arguments, out).await,
        What::Rotate(arguments) => rotate(arguments, out).await,
        What::List(arguments) => list(&arguments.place, out).await,
    }
}

async fn set(arguments: &Set, out: &Out) -> Result<(), Failure> {
    let target = arguments.value.place.find().await?;
    let secrets = target.secrets()?;
    let name = &arguments.value.name;
    match secrets.get(name).await {
        Err(SecretError::Missing { .. }) => {}
        Ok(_) if arguments.replace => {}
        Ok(_) => {
            return Err(Failure::refused(format!(
                "there is a secret `{name}` already in {}",
                target.name
            ))
            .help(format!(
                "`baton secret rotate {name}` keeps the old value valid beside the new one; --replace ends it at once"
            )));
        }
        Err(error) => return Err(told(error)),
    }
    let secret = value(&arguments.value)?;
    secrets.put(name, &secret).await.map_err(told)?;
    say(&arguments.value, "kept", &secret, &target, out);
    Ok(())
}

async fn rotate(arguments: &Value, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let secrets = target.secrets()?;
    let before = secrets.get(&arguments.name).await.map_err(told)?;
    let next = value(arguments)?;
    if next.current() == before.current() {
        return Err(Failure::refused("the new value is the current one")
            .help("nothing was changed; give the value that the tool signs with from now on"));
    }
    let both = before.followed_by(&next).map_err(told)?;
    secrets.put(&arguments.name, &both).await.map_err(told)?;
    say(arguments, "rotated", &next, &target, out);
    Ok(())
}

async fn list(place: &Where, out: &Out) -> Result<(), Failure> {
    let target = place.find().await?;
    let names = target.secrets()?.names().await.map_err(told)?;
    out.json(&names);
    out.say(&if names.is_empty() {
        format!("{} has no secrets.", target.name)
    } else {
        names.join("\n")
    });
    Ok(())
}

fn value(arguments: &Value) -> Result<Secret, Failure> {
    if arguments.generate {
        return Secret::generated().map_err(told);
    }
    let stdin = std::io::stdin();
    let mut text = String::new();
    let read = if stdin.is_terminal() {
        anstream::eprintln!("The value of {}, then Enter:", arguments.name);
        stdin.read_line(&mut text)
    } else {
        stdin.lock().take(MOST_BYTES).read_to_string(&mut text)
    };
    read.map_err(|error| Failure::refused(format!("standard input can not be read: {error}")))?;
    Secret::new(&text).map_err(|error| {
        told(error).help("give one line on standard input, or let one be made by --generate")
    })
}

fn say(arguments: &Value, what: &str, secret: &Secret, target: &Target, out: &Out) {
    let shown = arguments.print.then(|| secret.current());
    out.json(&json!({ "name": arguments.name, "outcome": what, "value": shown }));
    let line = format!(
        "{} {} in {}",
        paint(GOOD, what),
        paint(BOLD, &arguments.name),
        target.name
    );
    let soon = paint(DIM, "functions use it within a minute");
    match shown {
        Some(value) => out.say(&format!("{line}; {soon}\n{value}")),
        None => out.say(&format!("{line}; {soon}")),
    }
}

fn told(error: SecretError) -> Failure {
    match error {
        SecretError::Store(error) => error.into(),
        refused => Failure::refused(refused.to_string()),
    }
}
