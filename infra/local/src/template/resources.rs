//! The template as a whole: sections, which resources are there, and each handed to the reader of its type.
//! It must not know the properties of any type.

use std::collections::BTreeMap;

use super::conditions::Conditions;
use super::error::Place;
use super::names::{
    BUS, FUNCTION, MAIL_EVENTS, MAIL_SET, MAPPING, QUEUE, RULE, SCHEDULE, TABLE, Thing,
};
use super::node::{Entry, Node};
use super::parameters::Parameters;
use super::properties::Block;
use super::scope::Scope;
use super::{
    Settings, TemplateError, Wiring, functions, globals, mails, mappings, queues, references,
    rules, schedules, tables,
};
use crate::arn::Region;

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];
const SAM: &str = "AWS::Serverless-2016-10-31";

/// One resource that is there.
pub(super) struct Resource<'t> {
    pub(super) id: &'t str,
    pub(super) kind: &'t str,
    pub(super) place: Place,
    pub(super) properties: Option<Node>,
    pub(super) metadata: Option<&'t Node>,
}

impl Resource<'_> {
    pub(super) fn open<'s>(&self, scope: &'s Scope) -> Result<Block<'s>, TemplateError> {
        let line = self
            .properties
            .as_ref()
            .map_or(self.place.line, |node| node.line);
        Block::open(
            scope,
            self.properties.as_ref(),
            self.place.below("Properties", line),
        )
    }
}

/// What all resources of a template come to.
pub(super) fn wire(template: &Node, settings: &Settings) -> Result<Wiring, TemplateError> {
    check_sections(template)?;
    let mut scope = Scope {
        region: Region(settings.region.clone()),
        url_base: settings.url_base.clone(),
        parameters: Parameters::read(template.get("Parameters"), &settings.parameters)?,
        conditions: Conditions::default(),
        things: BTreeMap::new(),
    };
    scope.conditions = Conditions::read(template.get("Conditions"), &scope)?;
    let section = template.get("Resources");
    let Some(declared) = section
        .and_then(Node::as_map)
        .filter(|declared| !declared.is_empty())
    else {
        return Place::new(template.line, "Resources")
            .refuse("there are no resources", "declare at least one");
    };
    let globals = globals::for_functions(template.get("Globals"))?;
    let mut resources = Vec::new();
    for entry in declared {
        let (resource, is_there) = read(entry, globals.as_ref(), &scope)?;
        name_things(&resource, is_there, &mut scope.things);
        if is_there {
            resources.push(resource);
        }
    }
    references::check(template, &resources, &scope)?;
    let mut wiring = Wiring::default();
    // Rules, schedules and mappings point at functions, queues, tables and buses, whichever stands first in the template.
    let (first, second): (Vec<_>, Vec<_>) = resources
        .iter()
        .partition(|resource| matches!(resource.kind, TABLE | BUS | QUEUE | MAIL_SET));
    for resource in first.into_iter().chain(second) {
        add(resource, &scope, &mut wiring)?;
    }
    queues::check_redrives(&wiring, &resources)?;
    mappings::check_visibility(&wiring, &resources)?;
    Ok(wiring)
}

fn add(resource: &Resource<'_>, scope: &Scope, wiring: &mut Wiring) -> Result<(), TemplateError> {
    match resource.kind {
        TABLE => wiring.tables.push(tables::table(resource, scope)?),
        BUS => wiring.buses.push(queues::bus(resource, scope)?),
        QUEUE => wiring.queues.push(queues::queue(resource, scope)?),
        FUNCTION => functions::function(resource, scope, wiring)?,
        RULE => rules::rule(resource, scope, wiring)?,
        MAIL_SET => wiring.mail_sets.push(mails::set(resource, scope)?),
        MAIL_EVENTS => mails::events(resource, scope, wiring)?,
        MAPPING => mappings::mapping(resource, scope, wiring)?,
        SCHEDULE => schedules::schedule(resource, scope, wiring)?,
        other => {
            wiring
                .left_out
                .insert(resource.id.to_owned(), other.to_owned());
        }
    }
    Ok(())
}

fn check_sections(template: &Node) -> Result<(), TemplateError> {
    let Some(sections) = template.as_map() else {
        return Place::new(template.line, "template").refuse(
            format!("{} instead of sections", template.describe()),
            "begin with `Resources:`",
        );
    };
    for entry in sections {
        let place = Place::new(entry.line, entry.key.clone());
        if entry.key == "Transform" {
            if entry.value.as_text() != Some(SAM) {
                return place.refuse(
                    "this machine knows no transform but SAM's",
                    format!("write Transform: {SAM}"),
                );
            }
        } else if !SECTIONS.contains(&entry.key.as_str()) {
            return place.refuse(
                "it is no section of a template",
                format!("use one of {}", SECTIONS.join(", ")),
            );
        }
    }
    let uses_sam = |entry: &Entry| {
        entry
            .value
            .get("Type")
            .and_then(Node::as_text)
            .is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
    };
    let resources = template
        .get("Resources")
        .and_then(Node::as_map)
        .unwrap_or_default();
    match resources.iter().find(|entry| uses_sam(entry)) {
        Some(entry) if template.get("Transform").is_none() => {
            Place::new(entry.line, entry.key.clone()).refuse(
                "its type is SAM's, and the template does not name SAM",
                format!("write Transform: {SAM} at the top"),
            )
        }
        _ => Ok(()),
    }
}

fn read<'t>(
    entry: &'t Entry,
    globals: Option<&Node>,
    scope: &Scope,
) -> Result<(Resource<'t>, bool), TemplateError> {
    const ATTRIBUTES: [&str; 9] = [
        "Type",
        "Properties",
        "Condition",
        "DependsOn",
        "Metadata",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "CreationPolicy",
        "UpdatePolicy",
    ];
    let place = Place::new(entry.line, entry.key.clone());
    if !entry.key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return place.refuse("a logical id has letters and digits only", "rename it");
    }
    for attribute in entry.value.as_map().unwrap_or_default() {
        if !ATTRIBUTES.contains(&attribute.key.as_str()) {
            let place = place.below(&attribute.key, attribute.line);
            return place.refuse(
                "a resource has no such attribute",
                format!("use {}", ATTRIBUTES.join(", ")),
            );
        }
    }
    let Some(kind) = entry.value.get("Type").and_then(Node::as_text) else {
        return place.refuse("it has no Type", "write such as Type: AWS::SQS::Queue");
    };
    let is_there = match entry.value.get("Condition") {
        None => true,
        Some(node) => {
            let place = place.below("Condition", node.line);
            let name = node
                .as_text()
                .ok_or_else(|| place.error("it is no name", "name a condition"))?;
            scope.conditions.holds(name, &place)?
        }
    };
    let own = entry.value.get("Properties");
    let properties = match (globals, own) {
        (Some(globals), Some(own)) if kind == FUNCTION => Some(globals::merge(globals, own)),
        (Some(globals), None) if kind == FUNCTION => Some(globals.clone()),
        _ => own.cloned(),
    };
    let resource = Resource {
        id: &entry.key,
        kind,
        place,
        properties,
        metadata: entry.value.get("Metadata"),
    };
    Ok((resource, is_there))
}

/// The resource itself, and what SAM makes beside a function.
fn name_things(resource: &Resource<'_>, is_there: bool, things: &mut BTreeMap<String, Thing>) {
    let thing = |name: String, kind: &str, of: Option<&str>| Thing {
        name,
        kind: kind.to_owned(),
        is_there,
        of: of.map(str::to_owned),
    };
    let mut made = vec![thing(resource.id.to_owned(), resource.kind, None)];
    if resource.kind == FUNCTION {
        made.extend(
            functions::made_by_sam(resource)
                .map(|(name, kind)| thing(name, kind, Some(resource.id))),
        );
    }
    for thing in made {
        // A resource that the template declares stands before one that SAM would make.
        if thing.of.is_none() || !things.contains_key(&thing.name) {
            things.insert(thing.name.clone(), thing);
        }
    }
}
