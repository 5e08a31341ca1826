//! `AWS::SES::ConfigurationSet`, and the bus as where its events go.
//! It must not know what a mail is.

use super::names::{MAIL_SET, bus_arn};
use super::resources::Resource;
use super::scope::Scope;
use super::{MailSet, TemplateError, Wiring};

/// What SES tells of a mail.
const KINDS: [&str; 10] = [
    "bounce",
    "click",
    "complaint",
    "delivery",
    "deliveryDelay",
    "open",
    "reject",
    "renderingFailure",
    "send",
    "subscription",
];

pub(super) fn set(resource: &Resource<'_>, scope: &Scope) -> Result<MailSet, TemplateError> {
    let mut properties = resource.open(scope)?;
    // How SES sends, counts and keeps addresses back means nothing where no mail leaves the machine.
    properties.ignore(&[
        "Name",
        "ArchivingOptions",
        "DeliveryOptions",
        "ReputationOptions",
        "SendingOptions",
        "SuppressionOptions",
        "Tags",
        "TrackingOptions",
        "VdmOptions",
    ]);
    properties.finish()?;
    Ok(MailSet {
        name: resource.id.to_owned(),
        tells_of: Vec::new(),
    })
}

pub(super) fn events(
    resource: &Resource<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    let mut properties = resource.open(scope)?;
    let named = properties.required("ConfigurationSetName", "name the set: !Ref Mails")?;
    let name = named.text()?;
    let set = wiring.mail_sets.iter_mut().find(|set| set.name == name);
    let Some(set) = set else {
        return named.place.refuse(
            format!("`{name}` is no {MAIL_SET} of this template"),
            "write !Ref and the set",
        );
    };
    let destination = properties.block("EventDestination")?;
    let Some(mut destination) = destination else {
        return properties
            .place()
            .refuse("`EventDestination` is missing", "say which events go where");
    };
    destination.ignore(&["Name"]);
    let is_on = destination.flag("Enabled")?.unwrap_or(false);
    let mut kinds = Vec::new();
    for field in destination.list("MatchingEventTypes")? {
        kinds.push(field.word(&KINDS)?.to_owned());
    }
    let Some(mut bus) = destination.block("EventBridgeDestination")? else {
        return destination.place().refuse(
            "this machine hands a mail's events to the default bus only",
            "write an EventBridgeDestination",
        );
    };
    let arn = bus.required("EventBusArn", "name the default bus")?;
    if arn.text()? != bus_arn(&scope.region, "default") {
        return arn.place.refuse(
            "SES hands events to the account's default bus only",
            "write !Sub arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default",
        );
    }
    bus.finish()?;
    destination.finish()?;
    properties.finish()?;
    if is_on {
        set.tells_of.extend(kinds);
    }
    Ok(())
}
