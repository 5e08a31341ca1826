//! Builds the SDK clients over one HTTP client with ring TLS: no second TLS stack, no config files, no metadata server.
//! Decides time-outs and repeats; must not know what is asked of the services.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::mailer::Mailer;
use crate::outside::Outside;
use crate::secrets::{Parameters, Secrets};
use crate::table::Table;

/// All services share these two, so that they share one pool and read the root certificates once.
const CONNECT: Duration = Duration::from_secs(2);
const READ: Duration = Duration::from_secs(20);
/// A reading that takes longer is asked again on another connection.
const TABLE_ATTEMPT: Duration = Duration::from_secs(4);
const TABLE_OPERATION: Duration = Duration::from_secs(15);
const BUS_ATTEMPT: Duration = Duration::from_secs(5);
const BUS_OPERATION: Duration = Duration::from_secs(15);
const SECRET_ATTEMPT: Duration = Duration::from_secs(3);
const SECRET_OPERATION: Duration = Duration::from_secs(8);
/// Ten megabytes may be on their way.
const MAIL_OPERATION: Duration = Duration::from_secs(20);
const ATTEMPTS: u32 = 4;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A connection that rested longer is not used again: the other side may have closed it while the sandbox was frozen,
/// and a mail that fails on it cannot be told from a mail that was sent.
const IDLE: Duration = Duration::from_secs(20);

/// Where the certificates of every AWS endpoint end, by AWS's own statement; see `certificates/README.md`.
const AMAZON_ROOTS: [&str; 5] = [
    include_str!("../certificates/amazon-root-ca-1.pem"),
    include_str!("../certificates/amazon-root-ca-2.pem"),
    include_str!("../certificates/amazon-root-ca-3.pem"),
    include_str!("../certificates/amazon-root-ca-4.pem"),
    include_str!("../certificates/starfield-services-root-ca-g2.pem"),
];

/// What lies below the SDK. The real one, or a simulation's: answers, sleep and time from one place.
#[derive(Debug, Clone)]
pub struct Wire {
    pub http: SharedHttpClient,
    pub sleep: SharedAsyncSleep,
    pub time: SharedTimeSource,
    /// The budget for the SDK's own repeats. `None` is the process-wide one; histories that must not see each other
    /// bring their own.
    pub retry_budget: Option<RetryPartition>,
}

impl Wire {
    /// TLS by rustls with ring, and plain HTTP where an endpoint says so. Trusts Amazon's own roots: reading those of
    /// a whole system is two thirds of what a function does before its first answer.
    pub fn to_amazon() -> Self {
        let roots = AMAZON_ROOTS
            .iter()
            .fold(TrustStore::empty(), |roots, root| {
                roots.with_pem_certificate(root.as_bytes())
            });
        Self::trusting(roots)
    }

    /// The same, trusting whom this machine trusts: in an office, TLS may end at a proxy with a root of its own.
    pub fn of_this_machine() -> Self {
        Self::trusting(TrustStore::default())
    }

    fn trusting(roots: TrustStore) -> Self {
        let context = TlsContext::builder().with_trust_store(roots).build();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(
                context.expect("a context of nothing but roots has no part that can be wrong"),
            )
            .pool_idle_timeout(IDLE)
            .build_https();
        Self::through(http)
    }

    /// Another HTTP client under the system's time and tokio's sleep.
    pub fn through(http: SharedHttpClient) -> Self {
        Self {
            http,
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            time: SharedTimeSource::default(),
            retry_budget: None,
        }
    }
}

/// Makes the three clients, each at most once per process, from one configuration and one wire.
#[derive(Debug, Clone)]
pub struct Clients {
    config: Config,
    wire: Wire,
}

/// The three SDKs have the same builder by name, not by type.
macro_rules! sdk_client {
    ($sdk:ident, $clients:expr, $endpoint:expr, $retry:expr, $timeouts:expr) => {{
        let (config, wire) = (&$clients.config, &$clients.wire);
        let mut builder = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(config.region().to_owned()))
            .credentials_provider(config.credentials().clone())
            // The credentials are in hand; a cache would only add a lock and a timer.
            .identity_cache(IdentityCache::no_cache())
            // Bodies are small, and the time-out of the attempt covers them.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(wire.http.clone())
            .sleep_impl(wire.sleep.clone())
            .time_source(wire.time.clone())
            .retry_config($retry)
            .timeout_config($timeouts);
        builder.set_endpoint_url($endpoint.clone());
        builder.set_retry_partition(wire.retry_budget.clone());
        $sdk::Client::from_conf(builder.build())
    }};
}

impl Clients {
    /// For a function: to Amazon, or in the clear to this machine.
    pub fn new(config: &Config) -> Self {
        Self::over(config, Wire::to_amazon())
    }

    /// The same clients over another wire.
    pub fn over(config: &Config, wire: Wire) -> Self {
        Self {
            config: config.clone(),
            wire,
        }
    }

    /// The table that `BATON_TABLE` names.
    pub fn table(&self) -> Result<Table, ConfigError> {
        let name = self.config.table()?;
        Ok(Table::new(self.dynamodb(), name, self.wire.sleep.clone()))
    }

    /// The bus that `BATON_BUS` names.
    pub fn bus(&self) -> Result<Bus, ConfigError> {
        let name = self.config.bus()?;
        Ok(Bus::new(self.eventbridge(), name, self.wire.sleep.clone()))
    }

    /// The mailer. It needs no variable of its own; whoever composes a mail asks [`Config::sender`].
    pub fn mailer(&self) -> Mailer {
        Mailer::new(self.ses(), self.wire.sleep.clone())
    }

    /// The secrets in the folder that `BATON_SECRETS` names. How old a remembered one is, `clock` says.
    pub fn secrets(&self, clock: Clock) -> Result<Secrets, ConfigError> {
        let folder = self.config.secrets()?;
        let timeouts = timeouts(SECRET_ATTEMPT, SECRET_OPERATION);
        let parameters = Parameters::new(&self.config, &self.wire, repeats(), timeouts);
        Ok(Secrets::new(parameters, folder, clock))
    }

    /// The way to addresses outside. This very machine may be called only where everything else is on it, too.
    pub fn outside(&self) -> Outside {
        Outside::new(&self.wire, self.config.is_on_this_machine())
    }

    /// How this wire waits: for real, or on the simulation's time.
    pub fn sleep(&self) -> SharedAsyncSleep {
        self.wire.sleep.clone()
    }

    /// For operations on the table itself (create, describe), which are not the store's.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let endpoint = &self.config.endpoints().dynamodb;
        sdk_client!(
            aws_sdk_dynamodb,
            self,
            endpoint,
            repeats(),
            timeouts(TABLE_ATTEMPT, TABLE_OPERATION)
        )
    }

    fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        let endpoint = &self.config.endpoints().eventbridge;
        sdk_client!(
            aws_sdk_eventbridge,
            self,
            endpoint,
            repeats(),
            timeouts(BUS_ATTEMPT, BUS_OPERATION)
        )
    }

    /// SES has no request token, so the SDK may not repeat: after a time-out the mail may be on its way.
    fn ses(&self) -> aws_sdk_ses::Client {
        let endpoint = &self.config.endpoints().ses;
        sdk_client!(
            aws_sdk_ses,
            self,
            endpoint,
            RetryConfig::disabled(),
            timeouts(MAIL_OPERATION, MAIL_OPERATION)
        )
    }
}

fn repeats() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_max_backoff(LONGEST_PAUSE)
}

fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}
