//! `AWS::DynamoDB::Table` → the CreateTable call that makes it here.
//! It must not know what the table holds.

use serde_json::{Map, Value, json};

use super::properties::Block;
use super::resources::Resource;
use super::scope::Scope;
use super::{Table, TemplateError};

pub(super) fn table(resource: &Resource<'_>, scope: &Scope) -> Result<Table, TemplateError> {
    let mut properties = resource.open(scope)?;
    properties.ignore(&[
        "TableName",
        "BillingMode",
        "ContributorInsightsSpecification",
        "DeletionProtectionEnabled",
        "OnDemandThroughput",
        "PointInTimeRecoverySpecification",
        "ProvisionedThroughput",
        "ResourcePolicy",
        "SSESpecification",
        "TableClass",
        "Tags",
        "WarmThroughput",
    ]);
    let mut body = Map::new();
    body.insert("TableName".to_owned(), resource.id.into());
    body.insert("BillingMode".to_owned(), "PAY_PER_REQUEST".into());
    let mend = "list every key attribute with its type";
    let attributes = properties.required("AttributeDefinitions", mend)?;
    body.insert("AttributeDefinitions".to_owned(), attributes.json()?);
    let keys = properties.required("KeySchema", "name the key attributes")?;
    body.insert("KeySchema".to_owned(), keys.json()?);
    for name in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        let indexes = indexes(&mut properties, name)?;
        if !indexes.is_empty() {
            body.insert(name.to_owned(), Value::Array(indexes));
        }
    }
    if let Some(mut stream) = properties.block("StreamSpecification")? {
        let view = stream.required("StreamViewType", "write NEW_AND_OLD_IMAGES")?;
        let view = view.word(&["NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"])?;
        stream.ignore(&["ResourcePolicy"]);
        stream.finish()?;
        body.insert(
            "StreamSpecification".to_owned(),
            json!({"StreamEnabled": true, "StreamViewType": view}),
        );
    }
    let ttl_attribute = time_to_live(&mut properties)?;
    properties.finish()?;
    Ok(Table {
        name: resource.id.to_owned(),
        create_table: Value::Object(body),
        ttl_attribute,
    })
}

fn indexes(properties: &mut Block<'_>, name: &'static str) -> Result<Vec<Value>, TemplateError> {
    let mut indexes = Vec::new();
    for field in properties.list(name)? {
        let mut index = field.block()?;
        index.ignore(&[
            "ContributorInsightsSpecification",
            "OnDemandThroughput",
            "ProvisionedThroughput",
            "WarmThroughput",
        ]);
        let mut body = Map::new();
        for part in ["IndexName", "KeySchema", "Projection"] {
            let value = index.required(part, "an index has IndexName, KeySchema and Projection")?;
            body.insert(part.to_owned(), value.json()?);
        }
        index.finish()?;
        indexes.push(Value::Object(body));
    }
    Ok(indexes)
}

fn time_to_live(properties: &mut Block<'_>) -> Result<Option<String>, TemplateError> {
    let Some(mut specification) = properties.block("TimeToLiveSpecification")? else {
        return Ok(None);
    };
    let enabled = specification
        .required("Enabled", "write Enabled: true")?
        .flag()?;
    let attribute = specification.text("AttributeName")?;
    if enabled && attribute.is_none() {
        return specification.place().refuse(
            "`AttributeName` is missing",
            "name the attribute that holds the time",
        );
    }
    specification.finish()?;
    Ok(attribute.filter(|_| enabled))
}
