//! Every name that the template mentions must be there, also in what this machine leaves out: AWS refuses the template otherwise.
//! It must not know what a name is used for.

use super::TemplateError;
use super::error::Place;
use super::intrinsics::{Part, parts, split_attribute};
use super::node::{Kind, Node};
use super::resources::Resource;
use super::scope::Scope;

/// # Errors
/// The first name that is neither parameter, pseudo parameter nor resource.
pub(super) fn check(
    template: &Node,
    resources: &[Resource<'_>],
    scope: &Scope,
) -> Result<(), TemplateError> {
    let declared = template
        .get("Resources")
        .and_then(Node::as_map)
        .unwrap_or_default();
    for entry in declared {
        let place = Place::new(entry.line, entry.key.clone());
        walk(&entry.value, &place, scope)?;
        depends_on(entry.value.get("DependsOn"), &place, scope)?;
    }
    for resource in resources {
        // Once more with what Globals add.
        if let Some(properties) = &resource.properties {
            walk(
                properties,
                &resource.place.below("Properties", properties.line),
                scope,
            )?;
        }
    }
    if let Some(outputs) = template.get("Outputs") {
        walk(outputs, &Place::new(outputs.line, "Outputs"), scope)?;
    }
    Ok(())
}

fn walk(node: &Node, place: &Place, scope: &Scope) -> Result<(), TemplateError> {
    let place = place.on_line(node.line);
    match &node.kind {
        Kind::Scalar { .. } => Ok(()),
        Kind::List(items) => {
            let mut numbered = items.iter().enumerate();
            numbered.try_for_each(|(index, item)| walk(item, &place.item(index, item.line), scope))
        }
        Kind::Map(entries) => entries
            .iter()
            .try_for_each(|entry| walk(&entry.value, &place.below(&entry.key, entry.line), scope)),
        Kind::Call { function, argument } => call(function, argument, &place, scope),
    }
}

fn call(
    function: &str,
    argument: &Node,
    place: &Place,
    scope: &Scope,
) -> Result<(), TemplateError> {
    match function {
        "Ref" => argument
            .as_text()
            .map_or(Ok(()), |name| known(name, place, scope)),
        "Fn::GetAtt" => match split_attribute(argument) {
            Some((name, _)) => known(&name, place, scope),
            None => walk(argument, place, scope),
        },
        "Fn::Sub" => substitute(argument, place, scope),
        "Condition" => match argument.as_text() {
            Some(name) => scope.conditions.holds(name, place).map(|_| ()),
            None => Ok(()),
        },
        "Fn::If" => {
            scope.conditions.branch(argument, place)?;
            walk(argument, place, scope)
        }
        _ => walk(argument, place, scope),
    }
}

fn substitute(argument: &Node, place: &Place, scope: &Scope) -> Result<(), TemplateError> {
    let (text, map) = match argument.as_list() {
        Some([text, map]) => (text.as_text(), map.as_map().unwrap_or_default()),
        _ => (argument.as_text(), [].as_slice()),
    };
    for entry in map {
        walk(&entry.value, &place.below(&entry.key, entry.line), scope)?;
    }
    for part in parts(text.unwrap_or_default()) {
        if let Part::Name(name) = part
            && !map.iter().any(|entry| entry.key == name)
        {
            known(
                name.split_once('.').map_or(name, |(resource, _)| resource),
                place,
                scope,
            )?;
        }
    }
    Ok(())
}

fn depends_on(node: Option<&Node>, place: &Place, scope: &Scope) -> Result<(), TemplateError> {
    let Some(node) = node else {
        return Ok(());
    };
    let place = place.below("DependsOn", node.line);
    let one = std::slice::from_ref(node);
    for name in node
        .as_list()
        .unwrap_or(one)
        .iter()
        .filter_map(Node::as_text)
    {
        if !scope.things.contains_key(name) {
            return place.refuse(
                format!("there is no resource `{name}`"),
                "use a logical id of this template",
            );
        }
    }
    Ok(())
}

fn known(name: &str, place: &Place, scope: &Scope) -> Result<(), TemplateError> {
    let is_pseudo = name == "AWS::NoValue" || scope.pseudo(name, place.line).is_some();
    if is_pseudo
        || scope.parameters.value(name, place.line).is_some()
        || scope.things.contains_key(name)
    {
        return Ok(());
    }
    scope.thing(name, place).map(|_| ())
}
