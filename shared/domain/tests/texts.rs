//! Texts are filled from values, by the filters that workflow files may name and by no others.

use domain::value::{FILTERS, Values, fill};
use serde_json::json;

fn values() -> Values {
    let values = json!({ "client": { "name": "  nordlicht GmbH " } });
    values.as_object().expect("it is one").clone()
}

#[test]
fn every_filter_that_a_text_may_name_is_there() {
    let filled = |filter: &&str| {
        let text = format!("<{{{{ client.name | {filter} }}}}>");
        fill(&text, &values()).expect("it can be filled")
    };
    let filled: Vec<_> = FILTERS.iter().map(filled).collect();
    let expected = [
        "<  nordlicht gmbh >",
        "<  nordlicht gmbh >",
        "<  Nordlicht Gmbh >",
        "<nordlicht GmbH>",
        "<  NORDLICHT GMBH >",
    ];
    assert_eq!(filled, expected);
}

#[test]
fn another_filter_or_an_unknown_name_is_an_error() {
    for text in ["{{ client.name | pprint }}", "{{ client.mail }}"] {
        let refused = fill(text, &values()).expect_err(text);
        assert!(refused.contains(text), "{refused}");
    }
}
