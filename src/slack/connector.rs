//! The HTTP side of `slack-morphism`, over `reqwest`: our base address, our time-outs, our limits, and
//! errors that say whether a byte of the request can have reached Slack.

use chrono::{DateTime, Utc};
use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{RequestBuilder, header::HeaderMap};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use slack_morphism::{errors::*, multipart_form::FileMultipartData, prelude::*};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use url::Url;

use super::response::{Response, parse_http_date, parse_retry_after};

/// The default base address of the Web API (`SLACK_API_URL`).
pub const SLACK_API: &str = "https://slack.com/api/";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest a call may take. The wait before looking for a doubtful message is counted from it.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Responses longer than this are not read to the end.
const BODY_LIMIT: usize = 1024 * 1024;
/// Shorter than the keep-alive of the balancers before Slack: a reused connection that was closed
/// under us fails after bytes were written, which puts a post in doubt for nothing.
const POOL_IDLE: Duration = Duration::from_secs(20);
const USER_AGENT: &str = concat!("signoff/", env!("CARGO_PKG_VERSION"));

/// Why there is no connector.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// The base address is not an `http` or `https` address, or has a password in it.
    #[error("the Slack API address must be an http or https URL, such as https://slack.com/api/")]
    Base,
    /// The TLS set-up of the machine cannot be used (no root certificates, most likely).
    #[error("cannot set up the HTTP client: {0}")]
    Client(reqwest::Error),
}

/// A failure below Slack's own protocol, by what can have happened to the request. Travels as the
/// cause of a `SlackClientHttpProtocolError`; its text is one of a fixed list of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No byte of the request was written: name resolution, connection or TLS failed.
    #[error("not sent ({0})")]
    NotSent(&'static str),
    /// The request may have arrived.
    #[error("in doubt ({0})")]
    InDoubt(&'static str),
    /// The request could not even be put together.
    #[error("not built ({0})")]
    NotBuilt(&'static str),
}

impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_builder() {
            Self::NotBuilt("bad_request")
        } else if error.is_connect() && error.is_dns() {
            Self::NotSent("dns_failed")
        } else if error.is_connect() && error.is_timeout() {
            Self::NotSent("connect_timeout")
        } else if error.is_connect() {
            Self::NotSent("connect_failed")
        } else if error.is_timeout() {
            Self::InDoubt("timeout")
        } else {
            Self::InDoubt("broken_connection")
        }
    }
}

impl From<TransportError> for SlackClientError {
    fn from(error: TransportError) -> Self {
        Self::HttpProtocolError(SlackClientHttpProtocolError::new().with_cause(Box::new(error)))
    }
}

/// What the headers of the latest answer said.
#[derive(Debug, Default)]
struct Heard {
    date: Option<(DateTime<Utc>, Instant)>,
    scopes: Vec<String>,
}

/// `SlackClientHttpConnector` over `reqwest`. Cheap to clone; clones share connections.
///
/// Connecting takes at most 3 s, a call at most 10 s (see [`ReqwestConnector::with_timeout`]).
/// Redirects are not followed, answers are read up to 1 MiB, nothing is repeated behind our back.
#[derive(Debug, Clone)]
pub struct ReqwestConnector {
    http: reqwest::Client,
    base: Url,
    timeout: Duration,
    heard: Arc<Mutex<Heard>>,
}

impl ReqwestConnector {
    /// A connector to `base`, with or without its last slash.
    ///
    /// # Errors
    /// [`ConnectorError`] when `base` is not an `http(s)` address or TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, ConnectorError> {
        super::install_tls();
        let mut base: Url = base.trim().parse().map_err(|_| ConnectorError::Base)?;
        let web = matches!(base.scheme(), "http" | "https") && base.host_str().is_some();
        let anonymous = base.username().is_empty() && base.password().is_none();
        if !web || !anonymous {
            return Err(ConnectorError::Base);
        }
        base.set_query(None);
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(USER_AGENT)
            .build()
            .map_err(|e| ConnectorError::Client(e.without_url()))?;
        Ok(Self {
            http,
            base,
            timeout: TOTAL_TIMEOUT,
            heard: Arc::default(),
        })
    }

    /// The same connections with another limit for a whole call.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// The same connections with a memory of their own, so that what was heard is known to come from
    /// the calls made with it.
    pub(super) fn with_fresh_memory(&self) -> Self {
        Self {
            heard: Arc::default(),
            ..self.clone()
        }
    }

    /// The base address, always with a last slash.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The `Date` header of the latest answer and when it was read (R19). `None` before the first.
    pub fn last_server_date(&self) -> Option<(DateTime<Utc>, Instant)> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).date
    }

    pub(super) fn last_scopes(&self) -> Vec<String> {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .scopes
            .clone()
    }

    /// Posts JSON without any token: for a `response_url`, which is its own permission.
    pub(super) async fn post_without_token(
        &self,
        url: Url,
        json: Vec<u8>,
    ) -> Result<Response, TransportError> {
        self.exchange(self.http.post(url).header("content-type", JSON).body(json))
            .await
    }

    /// One request, one answer, read up to the limit and reduced to what is looked at.
    async fn exchange(&self, request: RequestBuilder) -> Result<Response, TransportError> {
        let mut response = request.timeout(self.timeout).send().await?;
        let status = response.status();
        let date = self.listen(response.headers());
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|v| v.to_str().ok());
        let retry_after = retry_after.and_then(|v| parse_retry_after(v, date));
        if status.is_redirection() {
            return Err(TransportError::InDoubt("redirected"));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reading)? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(TransportError::InDoubt("answer_too_long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response {
            status,
            retry_after,
            body,
        })
    }

    fn listen(&self, headers: &HeaderMap) -> Option<DateTime<Utc>> {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let date = text("date").and_then(parse_http_date);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(date) = date {
            heard.date = Some((date, Instant::now()));
        }
        if let Some(scopes) = text("x-oauth-scopes") {
            heard.scopes = scopes
                .split(',')
                .map(|s| s.trim().to_owned())
                .filter(|s| !s.is_empty())
                .collect();
        }
        date
    }

    async fn call<RS: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        token: Option<&SlackApiToken>,
    ) -> ClientResult<RS> {
        let request = match token {
            Some(token) => request.bearer_auth(token.token_value.value()),
            None => request,
        };
        self.exchange(request).await?.parse()
    }
}

const JSON: &str = "application/json; charset=utf-8";

/// Once there is a status the request has arrived, whatever `reqwest` calls the rest.
fn reading(error: reqwest::Error) -> TransportError {
    TransportError::InDoubt(if error.is_timeout() {
        "timeout"
    } else {
        "broken_connection"
    })
}

impl SlackClientHttpConnector for ReqwestConnector {
    fn create_method_uri_path(&self, method_relative_uri: &str) -> ClientResult<Url> {
        Ok(self.base.join(method_relative_uri)?)
    }

    fn http_get_uri<'a, RS>(
        &'a self,
        full_uri: Url,
        context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        self.call(self.http.get(full_uri), context.token).boxed()
    }

    fn http_get_with_client_secret<'a, RS>(
        &'a self,
        full_uri: Url,
        client_id: &'a SlackClientId,
        client_secret: &'a SlackClientSecret,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        let request = self
            .http
            .get(full_uri)
            .basic_auth(client_id.value(), Some(client_secret.value()));
        self.call(request, None).boxed()
    }

    fn http_post_uri<'a, RQ, RS>(
        &'a self,
        full_uri: Url,
        request_body: &'a RQ,
        context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RQ: Serialize + Send + Sync,
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        match serde_json::to_vec(request_body) {
            Ok(json) => {
                let request = self.http.post(full_uri).header("content-type", JSON).body(json);
                self.call(request, context.token).boxed()
            }
            Err(_) => std::future::ready(Err(TransportError::NotBuilt("bad_request").into())).boxed(),
        }
    }

    fn http_post_uri_multipart_form<'a, 'p, RS, PT, TS>(
        &'a self,
        _full_uri: Url,
        _file: Option<FileMultipartData<'p>>,
        _params: &'p PT,
        _context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
        PT: IntoIterator<Item = (&'p str, Option<TS>)> + Clone,
        TS: AsRef<str> + 'p + Send,
    {
        // Only the deprecated `files.upload` needs it, and we upload nothing.
        std::future::ready(Err(TransportError::NotBuilt("unsupported_call").into())).boxed()
    }

    fn http_post_uri_binary<'a, 'p, RS>(
        &'a self,
        full_uri: Url,
        content_type: String,
        data: &'a [u8],
        context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        let request = self
            .http
            .post(full_uri)
            .header("content-type", content_type)
            .body(data.to_vec());
        self.call(request, context.token).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_needs_no_last_slash() {
        for base in [
            "https://slack.com/api",
            "https://slack.com/api/",
            " https://slack.com/api?x#y",
        ] {
            let connector = ReqwestConnector::new(base).expect("an https address");
            let url = connector
                .create_method_uri_path("chat.postMessage")
                .expect("a method name");
            assert_eq!(url.as_str(), "https://slack.com/api/chat.postMessage");
        }
        for base in [
            "",
            "slack.com/api",
            "ftp://slack.com/",
            "mailto:a@b",
            "https://u:p@slack.com/",
        ] {
            assert!(
                matches!(ReqwestConnector::new(base), Err(ConnectorError::Base)),
                "{base:?}"
            );
        }
    }
}
