//! Calls out, over https, to addresses of the open internet only: a name is resolved, what it resolves to is checked, and
//! exactly that is connected to. Follows no redirect, waits and reads within bounds; must not know what is said.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use domain::address::{Destination, is_public};

use crate::clients::Wire;

const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);
const BODY: Duration = Duration::from_secs(5);
/// What is read of an answer; more is an error, not cut.
const MOST_ANSWER_BYTES: usize = 256 * 1024;

/// A request to be made.
#[derive(Clone)]
pub struct Call {
    pub to: Destination,
    pub method: &'static str,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What came back.
pub struct CallAnswer {
    pub status: u16,
    /// Seconds, where the answer says when to try again.
    pub retry_after_seconds: Option<u32>,
    body: SdkBody,
}

/// Why nothing came back. Addresses may be secrets, so none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection, or it broke")]
    Broken,
    #[error("its name leads to an address that is not on the open internet")]
    Private,
    #[error("it is this very machine, which only `baton local` may call")]
    Loopback,
    #[error("the request can not be written")]
    Malformed,
    #[error("the answer is longer than 256 KB")]
    TooLong,
}

/// The way out.
#[derive(Clone)]
pub struct Outside {
    http: SharedHttpClient,
    wire: Wire,
    may_call_this_machine: bool,
}

impl Outside {
    pub(crate) fn new(wire: &Wire, may_call_this_machine: bool) -> Self {
        // Other people's certificates end anywhere, not only at Amazon's roots.
        Self::trusting(TrustStore::default(), wire, may_call_this_machine)
    }

    fn trusting(roots: TrustStore, wire: &Wire, may_call_this_machine: bool) -> Self {
        let context = TlsContext::builder().with_trust_store(roots).build();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(
                context.expect("a context of nothing but roots has no part that can be wrong"),
            )
            .build_with_resolver(Checked {
                may_call_this_machine,
            });
        Self {
            http,
            wire: wire.clone(),
            may_call_this_machine,
        }
    }

    /// Makes one request, once.
    ///
    /// # Errors
    /// Nothing came back; after a time-out or a broken connection it may have been carried out.
    pub async fn call(&self, call: Call) -> Result<CallAnswer, CallError> {
        if call.to.is_loopback && !self.may_call_this_machine {
            return Err(CallError::Loopback);
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .read_timeout(ANSWER)
            .operation_timeout(CONNECT + ANSWER)
            .build();
        let operation = Operation::builder()
            .service_name("outside")
            .operation_name("call")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.http.clone())
            .endpoint_url(&call.to.origin)
            .sleep_impl(self.wire.sleep.clone())
            .time_source(self.wire.time.clone())
            .timeout_config(timeouts)
            .no_auth()
            .no_retry()
            .serializer(|call: Asked| request(call.0))
            .deserializer_impl::<Came, Nothing>(Head)
            .build();
        match operation.invoke(Asked(call)).await {
            Ok(came) => Ok(came.0),
            Err(error) => Err(why(&error)),
        }
    }
}

impl CallAnswer {
    /// The body, if it is short and comes soon.
    ///
    /// # Errors
    /// It is not.
    pub async fn read(self) -> Result<Vec<u8>, CallError> {
        let mut stream = ByteStream::new(self.body);
        let read = async {
            let mut bytes = Vec::new();
            while let Some(part) = stream.next().await {
                bytes.extend_from_slice(&part.map_err(|_| CallError::Broken)?);
                if bytes.len() > MOST_ANSWER_BYTES {
                    return Err(CallError::TooLong);
                }
            }
            Ok(bytes)
        };
        let read = tokio::time::timeout(BODY, read).await;
        read.unwrap_or(Err(CallError::TimedOut))
    }
}

fn request(call: Call) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.body));
    request.set_method(call.method)?;
    request.set_uri(call.to.path)?;
    for (name, value) in call.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    Ok(request)
}

fn why(error: &SdkError<Nothing, HttpResponse>) -> CallError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.is::<NotPublic>() {
            return CallError::Private;
        }
        cause = found.source();
    }
    match error {
        SdkError::TimeoutError(_) => CallError::TimedOut,
        SdkError::ConstructionFailure(_) => CallError::Malformed,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => CallError::TimedOut,
        _ => CallError::Broken,
    }
}

/// Resolves a name and gives back only what may be connected to.
#[derive(Debug, Clone)]
struct Checked {
    may_call_this_machine: bool,
}

/// A name that leads somewhere it may not.
#[derive(Debug, thiserror::Error)]
#[error("not an address of the open internet")]
struct NotPublic;

impl ResolveDns for Checked {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await;
            let found: Vec<IpAddr> = found
                .map_err(ResolveDnsError::new)?
                .map(|address| address.ip())
                .collect();
            let is_own = self.may_call_this_machine && name == "localhost";
            // One private address among public ones is an attempt to get in; nothing of it is used.
            let is_fit = |ip: &IpAddr| is_public(*ip) || (is_own && ip.is_loopback());
            match found.iter().all(is_fit) {
                true => Ok(found),
                false => Err(ResolveDnsError::new(NotPublic)),
            }
        })
    }
}

/// A request whose headers may hold a secret.
struct Asked(Call);

impl fmt::Debug for Asked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Asked")
    }
}

struct Came(CallAnswer);

impl fmt::Debug for Came {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Came({})", self.0.status)
    }
}

/// Every status is an answer.
#[derive(Debug, thiserror::Error)]
#[error("nothing")]
struct Nothing;

/// Takes the head of an answer and leaves its body unread.
#[derive(Debug)]
struct Head;

impl DeserializeResponse for Head {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let retry_after = response.headers().get("retry-after");
        let answer = CallAnswer {
            status: response.status().as_u16(),
            retry_after_seconds: retry_after.and_then(|seconds| seconds.trim().parse().ok()),
            body: response.take_body(),
        };
        Some(Ok(Output::erase(Came(answer))))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        _: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        Err(OrchestratorError::other("the head was read already"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::{TlsAcceptor, rustls};

    use super::*;

    /// Somebody who accepts, reads a little, says this and then nothing any more.
    async fn somebody_saying(said: String) -> (String, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let spoken = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        (address, spoken)
    }

    fn to(address: &str) -> Call {
        Call {
            to: Destination::parse(address).unwrap(),
            method: "POST",
            headers: Vec::new(),
            body: b"{}".to_vec(),
        }
    }

    async fn called(address: &str, may_call_this_machine: bool) -> Result<CallAnswer, CallError> {
        let outside = Outside::new(&Wire::of_this_machine(), may_call_this_machine);
        outside.call(to(address)).await
    }

    /// Somebody on this machine who speaks TLS by a certificate for `name`: the address, the root that the certificate
    /// ends at, and the first words that came through.
    async fn by_tls(name: &str) -> (String, String, tokio::task::JoinHandle<Option<String>>) {
        let root_key = KeyPair::generate().unwrap();
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_certificate = root.self_signed(&root_key).unwrap().pem();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()])
            .unwrap()
            .signed_by(&key, &Issuer::new(root, root_key))
            .unwrap();
        let ring = rustls::crypto::ring::default_provider();
        let server = rustls::ServerConfig::builder_with_provider(Arc::new(ring))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = TlsAcceptor::from(Arc::new(server))
                .accept(stream)
                .await
                .ok()?;
            let mut words = [0; 8];
            stream.read_exact(&mut words).await.ok()?;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.ok()?;
            String::from_utf8(words.to_vec()).ok()
        });
        (
            format!("https://localhost:{port}/in"),
            root_certificate,
            heard,
        )
    }

    #[tokio::test]
    async fn nothing_is_said_by_tls_but_to_whom_it_trusts_under_the_name_that_was_called() {
        for (name, is_trusted, said) in [
            ("localhost", true, Some("POST /in")),
            ("localhost", false, None),
            ("tool.example", true, None),
        ] {
            let (address, root, heard) = by_tls(name).await;
            let roots = match is_trusted {
                true => TrustStore::empty().with_pem_certificate(root),
                false => TrustStore::default(),
            };
            let outside = Outside::trusting(roots, &Wire::of_this_machine(), true);
            let answer = outside.call(to(&address)).await;
            match said {
                Some(_) => assert_eq!(answer.unwrap().status, 200),
                None => assert_eq!(answer.err(), Some(CallError::Broken), "{name}"),
            }
            assert_eq!(
                heard.await.unwrap().as_deref(),
                said,
                "{name}, {is_trusted}"
            );
        }
    }

    #[tokio::test]
    async fn this_machine_is_not_called_where_not_everything_is_on_it() {
        let (address, spoken) = somebody_saying("HTTP/1.1 200 OK\r\n\r\n".to_owned()).await;
        let localhost = address.replace("127.0.0.1", "localhost");
        for address in [&address, &localhost] {
            let refused = called(address, false).await.err();
            assert_eq!(refused, Some(CallError::Loopback), "{address}");
        }
        assert!(!spoken.is_finished(), "nobody came");
        assert_eq!(called(&localhost, true).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn a_redirect_comes_back_as_it_is() {
        let moved =
            "HTTP/1.1 307 Moved\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
        let (address, _) = somebody_saying(moved.to_owned()).await;
        assert_eq!(called(&address, true).await.unwrap().status, 307);
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_bound() {
        for (bytes, is_read) in [(MOST_ANSWER_BYTES, true), (MOST_ANSWER_BYTES + 1, false)] {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n");
            let (address, _) = somebody_saying(head + &"x".repeat(bytes)).await;
            let read = called(&address, true).await.unwrap().read().await;
            match is_read {
                true => assert_eq!(read.unwrap().len(), bytes),
                false => assert_eq!(read, Err(CallError::TooLong)),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_some_seconds() {
        let (address, _) = somebody_saying(String::new()).await;
        let answer = called(&address, true).await;
        assert_eq!(answer.err(), Some(CallError::TimedOut));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_unless_everything_is_here() {
        for (may_call_this_machine, name, leads_on) in [
            (false, "localhost", false),
            (true, "localhost", true),
            (true, "127.0.0.1", false),
        ] {
            let resolver = Checked {
                may_call_this_machine,
            };
            let found = resolver.resolve_dns(name).await;
            assert_eq!(found.is_ok(), leads_on, "{name}");
        }
    }
}
