//! Hands each accepted mail on to another endpoint that speaks SES.
//! It must not decide whether a mail is kept.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

#[derive(Clone)]
pub(super) struct Endpoint {
    uri: Uri,
    host: String,
    port: u16,
}

impl Endpoint {
    /// # Errors
    /// What is wrong with the address.
    pub(super) fn new(address: &str) -> Result<Self, String> {
        Self::parse(address).ok_or_else(|| {
            format!(
                "mails cannot be handed on to {address}: give an address that begins with http://"
            )
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        if uri.scheme_str() != Some("http") {
            return None;
        }
        Some(Self {
            host: uri.host()?.to_owned(),
            port: uri.port_u16().unwrap_or(80),
            uri,
        })
    }

    /// Sends the call as it came, with the signature it came with; nobody waits for the answer.
    pub(super) fn hand_on(&self, headers: &HeaderMap, body: Bytes) {
        let this = self.clone();
        let headers = headers.clone();
        tokio::spawn(async move {
            if let Err(error) = this.send(&headers, body).await {
                tracing::warn!(%error, address = %this.uri, "a mail was kept here but could not be handed on");
            }
        });
    }

    async fn send(
        &self,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request =
            Request::post(self.uri.path()).header("host", format!("{}:{}", self.host, self.port));
        for name in [
            "content-type",
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
        ] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let answer = sender.send_request(request.body(Full::new(body))?).await?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("answered {}", answer.status()).into())
        }
    }
}
