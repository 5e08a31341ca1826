//! The yardstick: the smallest Lambda function of this runtime, an echo in the workspace's own profile.
//! It must name nothing of Baton; what a function weighs more than this is ours to answer for.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(event.payload)
    }))
    .await
}
