//! Parameters on the wire: written, read, listed to the last page, kept for their owner alone.

use std::collections::BTreeMap;

use local::Host;
use serde_json::{Value, json};

use crate::support::{ground, post, settings, standing_clock, start};

async fn call(host: &Host, operation: &str, body: Value) -> Value {
    let headers = [("x-amz-target", &*format!("AmazonSSM.{operation}"))];
    let answer = post(&host.url(), "/", &headers, body.to_string()).await;
    serde_json::from_str(&answer.text()).unwrap()
}

async fn put(host: &Host, path: &str, value: &str) -> Value {
    let body = json!({ "Name": path, "Value": value, "Type": "SecureString", "Overwrite": true });
    call(host, "PutParameter", body).await
}

async fn value(host: &Host, path: &str, is_decrypted: bool) -> Value {
    let body = json!({ "Name": path, "WithDecryption": is_decrypted });
    call(host, "GetParameter", body).await["Parameter"]["Value"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_is_replaced_read_in_the_clear_on_demand_and_listed_by_pages() {
    let host = start(ground()).await;
    let missing = call(&host, "GetParameter", json!({ "Name": "/team/a/none" })).await;
    assert_eq!(missing["__type"], "ParameterNotFound");
    assert_eq!(put(&host, "/team/a/00", "first").await["Version"], 1);
    assert_eq!(put(&host, "/team/a/00", "second").await["Version"], 2);
    assert_eq!(value(&host, "/team/a/00", true).await, "second");
    assert_eq!(value(&host, "/team/a/00", false).await, "encrypted");
    let taken = json!({ "Name": "/team/a/00", "Value": "third", "Type": "SecureString" });
    let taken = call(&host, "PutParameter", taken).await;
    assert_eq!(taken["__type"], "ParameterAlreadyExists");

    for number in 1..25 {
        put(&host, &format!("/team/a/{number:02}"), "x").await;
    }
    put(&host, "/team/ab", "in no folder of that name").await;
    put(&host, "/team/a/deeper/one", "below").await;
    let (mut names, mut pages) = (Vec::new(), 0);
    let mut asked = json!({ "Path": "/team/a" });
    loop {
        let page = call(&host, "GetParametersByPath", asked.clone()).await;
        pages += 1;
        let found = page["Parameters"].as_array().unwrap();
        names.extend(
            found
                .iter()
                .map(|one| one["Name"].as_str().unwrap().to_owned()),
        );
        match page["NextToken"].as_str() {
            Some(next) => asked["NextToken"] = next.into(),
            None => break,
        }
    }
    let wanted: Vec<String> = (0..25)
        .map(|number| format!("/team/a/{number:02}"))
        .collect();
    assert_eq!((names, pages), (wanted, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn they_outlive_the_machine_in_a_file_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let again = async |from_start: &str| {
        let mut settings = settings(ground(), &standing_clock());
        settings.data = Some(folder.path().to_owned());
        settings.secrets = BTreeMap::from([("/team/own".to_owned(), from_start.to_owned())]);
        Host::start(settings).await.unwrap()
    };
    let host = again("made at the first start").await;
    put(&host, "/team/told", "by somebody").await;
    host.shutdown().await;

    let file = folder.path().join("secrets.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let host = again("made at the second").await;
    assert_eq!(
        value(&host, "/team/own", true).await,
        "made at the first start"
    );
    assert_eq!(value(&host, "/team/told", true).await, "by somebody");
    host.shutdown().await;

    std::fs::write(&file, "{\"/team/own\": \"hidden-example\"}").unwrap();
    let mut settings = settings(ground(), &standing_clock());
    settings.data = Some(folder.path().to_owned());
    let Err(refused) = Host::start(settings).await else {
        panic!("a file of another shape is not overwritten")
    };
    let told = refused.to_string();
    assert!(told.contains("secrets.json"), "{told}");
    assert!(!told.contains("hidden-example"), "{told}");
}
