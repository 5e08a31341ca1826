//! P81: operations and projects are told apart, and work that comes again and again is offered as a workflow.

use serde_json::Value;
use tests::machine::{Machine, baton};

const TUESDAY: &str = "2026-11-24T08:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn p81_what_repeats_has_no_end_and_what_ends_has_one() {
    for (file, find, put, words) in [
        (
            "workflows/ready_for_qa.yaml",
            "kind: operations\n",
            "",
            "`kind` is missing",
        ),
        (
            "workflows/ready_for_qa.yaml",
            "kind: operations\n",
            "kind: operations\nends_within: 3 business days\n",
            "operations repeat and have no end date",
        ),
        (
            "projects/standard.yaml",
            "ends_within: 45 business days\n",
            "",
            "this project has no end date",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let dir = folder.path().to_str().expect("a plain name");
        assert_eq!(baton(&["init", dir], "").await.code, Some(0));
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).expect("it was written");
        std::fs::write(&path, text.replacen(find, put, 1)).expect("it can be written");
        let said = baton(&["check", dir], "").await;
        assert_eq!(said.code, Some(1), "{said:?}");
        let all = format!("{}{}", said.out, said.err);
        assert!(all.contains("V22") && all.contains(words), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p81_three_alike_within_a_month_are_offered_and_written_as_a_workflow() {
    let machine = Machine::at(TUESDAY).await;
    let none = machine.baton(&["repeats"], "").await;
    assert!(none.out.contains("Nothing came 3 times"), "{none:?}");
    for (minutes, client, by, on, note) in [
        (
            "40",
            "harbour",
            "noah",
            "2026-11-02",
            "Renew certificate of the shop",
        ),
        ("300", "harbour", "mira", "2026-11-03", "Sketches"),
        (
            "60",
            "orchard",
            "noah",
            "2026-11-12",
            "Renew the certificate (2 of 3)",
        ),
        (
            "90",
            "orchard",
            "noah",
            "2026-11-20",
            "Renew the certificate",
        ),
        (
            "50",
            "harbour",
            "mira",
            "2026-11-23",
            "Renew the certificate",
        ),
    ] {
        let words = [
            "log", minutes, "--client", client, "--by", by, "--on", on, "--note", note,
        ];
        let said = machine.baton(&words, "").await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let said = machine.baton(&["repeats", "--json"], "").await;
    let found: Value = serde_json::from_str(&said.out).expect("it is JSON");
    let repeats = found["repeats"].as_array().expect("a list");
    assert_eq!(repeats.len(), 1, "{found:#}");
    assert_eq!(repeats[0]["times"], 4);
    assert_eq!(repeats[0]["mostly"], "noah");
    assert_eq!(repeats[0]["name"], "renew_the_certificate");
    let said = machine.baton(&["repeats"], "").await;
    for words in [
        "4 times, mostly by Noah",
        "Orchard Foods",
        "baton repeats --write",
    ] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }

    // What it writes loads as it stands, is put in force, and never overwrites anything.
    let folder = tempfile::tempdir().expect("a folder can be made");
    let dir = folder.path().to_str().expect("a plain name");
    assert_eq!(baton(&["init", dir], "").await.code, Some(0));
    let write = ["repeats", "--write", "renew_the_certificate", "--dir", dir];
    let said = machine.baton(&write, "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = baton(&["check", dir], "").await;
    assert!(
        said.code == Some(0) && !said.out.contains("warning"),
        "{said:?}"
    );
    let said = machine.baton(&["apply", dir], "").await;
    assert!(said.out.contains("renew_the_certificate"), "{said:?}");
    assert_eq!(machine.baton(&write, "").await.code, Some(1));
    let said = machine
        .baton(&["repeats", "--write", "sketches", "--dir", dir], "")
        .await;
    assert!(
        said.err.contains("there is renew_the_certificate"),
        "{said:?}"
    );
}
