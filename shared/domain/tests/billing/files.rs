//! What the files of seller and clients may say, and what is refused with what to write.

use domain::billing::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{client, client_with, sale, seller};

#[test]
fn a_floating_point_rate_is_refused_with_what_to_write() {
    let mut billing = json!({ "tax": { "category": "S", "percent": 8.1 } });
    let error = serde_json::from_value::<TaxTreatment>(billing["tax"].take()).unwrap_err();
    assert!(error.to_string().contains("a decimal in quotes"), "{error}");
    let quoted: TaxTreatment =
        serde_json::from_value(json!({ "category": "S", "percent": "8.1" })).unwrap();
    assert_eq!(quoted.vat.percent, Decimal::new(81, 1));
}

#[test]
fn files_with_a_wrong_field_are_refused() {
    let refused = |billing: Value| {
        ClientBilling::read("Harbour Clinic", &billing)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(Value::Null).contains("`billing` is missing"));
    let mut typo = json!({ "address": { "street": "a", "city": "b", "country": "DE" }, "terms_days": 14, "currency": "EUR",
        "tax": { "category": "S", "percent": 19 }, "series": "main", "send_to": [], "languge": "de" });
    assert!(refused(typo.clone()).contains("unknown field `languge`"));
    typo.as_object_mut().unwrap().remove("languge");
    typo["currency"] = "XAU".into();
    assert!(refused(typo.clone()).contains("write a code such as EUR"));
    typo["currency"] = "EUR".into();
    typo["address"]["country"] = "Germany".into();
    assert!(refused(typo).contains("two capital letters"));
}

#[test]
fn a_sale_that_does_not_fit_the_clients_rules_is_refused() {
    let dollars = Sale {
        currency: "USD".parse().unwrap(),
        ..sale()
    };
    assert_eq!(
        Draft::for_milestone(&client(), &seller(), dollars)
            .unwrap_err()
            .field,
        "currency"
    );
    let elsewhere = client_with(|billing| billing["series"] = "swiss".into());
    let problem = Draft::for_milestone(&elsewhere, &seller(), sale()).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "series: there is no series `swiss`; name one of the seller's series: main"
    );
}

#[test]
fn files_may_write_one_street_or_several_lines() {
    let address = |street: Value| {
        client_with(|billing| billing["address"]["street"] = street)
            .buyer
            .address
            .street
    };
    assert_eq!(address(json!("Hafenallee 12")), ["Hafenallee 12"]);
    assert_eq!(
        address(json!(["House 4", "Hafenallee 12"])),
        ["House 4", "Hafenallee 12"]
    );
    let series = &seller().series["main"];
    assert_eq!(
        serde_json::to_value(series).unwrap(),
        json!({ "number": "SST-{year}-{count:4}" })
    );
}
