//! The template that is deployed, as a machine.

use std::collections::BTreeMap;

use local::template::{Settings, read};
use serde_json::json;

use crate::support::{Clients, start};

#[tokio::test(flavor = "multi_thread")]
async fn the_template_that_is_deployed_makes_a_machine() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let settings = Settings {
        parameters: BTreeMap::from([("Sender".to_owned(), "office@firm.test".to_owned())]),
        url_base: "http://127.0.0.1:1/url".to_owned(),
        region: "eu-central-1".to_owned(),
    };
    let wiring = read(&text, &settings).unwrap();
    let table = wiring.tables[0].name.clone();
    let functions = wiring.functions.len();
    let host = start(wiring).await;
    let missing = host.missing_binaries();
    assert_eq!(
        missing.len(),
        functions,
        "none is built into the folder of examples"
    );
    assert!(
        missing.iter().all(|line| line.contains("cargo build -p ")),
        "{missing:?}"
    );
    let described = Clients::of(&host)
        .dynamodb
        .describe_table()
        .table_name(&table)
        .send()
        .await
        .unwrap();
    let mut indexes: Vec<_> = described
        .table()
        .unwrap()
        .global_secondary_indexes()
        .iter()
        .filter_map(|index| index.index_name())
        .collect();
    indexes.sort_unstable();
    assert_eq!(json!(indexes), json!(["client", "due", "list"]));
    host.shutdown().await;
}
