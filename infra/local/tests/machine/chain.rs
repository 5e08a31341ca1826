//! One event all the way: bus → rule → function → table → stream → function → mail.

use local::template::Wiring;
use serde_json::json;

use crate::support::{Clients, function, ground, rule, start, stream};

fn wiring() -> Wiring {
    let mut relay = stream("Mailer");
    relay.filters = vec![
        json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "PK": { "S": [{ "prefix": "case-" }] } } } }),
    ];
    Wiring {
        functions: vec![function("Writer", "writer"), function("Mailer", "mailer")],
        rules: vec![rule(
            "Started",
            "Writer",
            json!({ "source": [{ "anything-but": { "prefix": "baton." } }], "detail-type": ["contract.signed"] }),
        )],
        streams: vec![relay],
        ..ground()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_becomes_an_item_becomes_a_mail() {
    let host = start(wiring()).await;
    let clients = Clients::of(&host);
    clients
        .put_event("esign", "contract.signed", json!({ "id": "case-1" }))
        .await;
    clients
        .put_event("esign", "contract.signed", json!({ "id": "other-1" }))
        .await;
    clients
        .put_event("esign", "contract.opened", json!({ "id": "case-2" }))
        .await;
    clients
        .put_event("baton.effect", "contract.signed", json!({ "id": "case-3" }))
        .await;
    host.at_rest().await;

    let mails = host.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].subject(), "case-1");
    assert_eq!(mails[0].recipients, ["boss@firm.test"]);
    let counts = host.counts();
    assert_eq!(counts.functions["Writer"].invocations, 2);
    assert_eq!(counts.functions["Mailer"].invocations, 1);
    assert_eq!(counts.operations["PutEvents"].requests, 4);
    assert_eq!(counts.operations["PutItem"].write_units, 2.0);
    host.shutdown().await;
}
