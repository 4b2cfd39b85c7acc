//! The way out: one method a call, the crate's requests, our own reading of the answers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use slack_morphism::prelude::*;
use std::{
    fmt,
    time::{Duration, Instant},
};
use url::Url;

use crate::app::delivery::Probed;

use super::{
    answer::{DeliveryError, from_status},
    connector::ReqwestConnector,
};

/// The longest a call of [`Gateway::quick`] may take: what a person's 3 s leave for one lookup.
pub const QUICK_TIMEOUT: Duration = Duration::from_millis(1500);

/// Where a message landed. For a DM posted to a user id, `channel` is the `D…` id to update it by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Posted {
    /// The conversation's id, as Slack answered it.
    pub channel: String,
    /// The message's `ts`, its identity within the conversation and the proof of delivery (R17).
    pub ts: String,
}

/// What `auth.test` says about our bot token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthInfo {
    /// The workspace the token belongs to.
    pub team_id: String,
    /// The bot's user.
    pub user_id: String,
    /// The bot itself; messages in a history carry it.
    pub bot_id: Option<String>,
    /// The token's scopes, from the answer's `x-oauth-scopes` header; empty when it had none.
    pub scopes: Vec<String>,
}

/// A view that Slack has taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OpenedView {
    /// What [`Gateway::update_view`] wants.
    #[serde(rename = "id")]
    pub view_id: String,
    /// Guards an update against a newer one.
    #[serde(default, deserialize_with = "super::loose::field")]
    pub hash: Option<String>,
}

/// Slack's Web API for one bot token. Cheap to clone.
///
/// Every method answers [`DeliveryError`] on failure. A method whose call may be repeated when in doubt
/// says "idempotent"; for the others see [`DeliveryError::InDoubt`].
#[derive(Clone)]
pub struct Gateway {
    client: SlackClient<ReqwestConnector>,
    token: SlackApiToken,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("base", &self.connector().base().as_str())
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway over `connector`, speaking with `bot_token` (`xoxb-…`).
    pub fn new(connector: ReqwestConnector, bot_token: SlackApiTokenValue) -> Self {
        Self {
            client: SlackClient::new(connector),
            token: SlackApiToken::new(bot_token),
        }
    }

    /// The same gateway with 1.5 s for a whole call, for lookups and modals on the way to an ack.
    pub fn quick(&self) -> Self {
        let connector = self.connector().with_timeout(QUICK_TIMEOUT);
        Self {
            client: SlackClient::new(connector),
            token: self.token.clone(),
        }
    }

    /// The `Date` header of Slack's latest answer and when we read it, for R19. `None` before the first.
    pub fn last_server_date(&self) -> Option<(DateTime<Utc>, Instant)> {
        self.connector().last_server_date()
    }

    /// `chat.postMessage`. **Not** idempotent: Slack documents no key that makes it so.
    ///
    /// `client_msg_id` is the delivery's id, one of the three places to find the message again by.
    /// Unfurling is switched off, `parse` is `none`, `link_names` and `as_user` are unset, whatever the
    /// request says (R30).
    ///
    /// # Errors
    /// [`DeliveryError`]; a success without `channel` or `ts` is in doubt.
    pub async fn post_message(
        &self,
        request: &SlackApiChatPostMessageRequest,
        client_msg_id: Option<&str>,
    ) -> Result<Posted, DeliveryError> {
        let mut inner = request.clone();
        (inner.unfurl_links, inner.unfurl_media) = (None, None);
        (inner.link_names, inner.parse, inner.as_user) = (None, None, None);
        self.post(
            "chat.postMessage",
            &Plain {
                client_msg_id,
                ..Plain::new(inner)
            },
        )
        .await
    }

    /// `chat.update`, the whole message anew. Idempotent: the same text twice is the same message.
    /// The text may have 4,000 characters at most, or Slack refuses.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when somebody deleted the message.
    pub async fn update_message(&self, request: &SlackApiChatUpdateRequest) -> Result<(), DeliveryError> {
        let mut inner = request.clone();
        (inner.link_names, inner.parse, inner.as_user) = (None, None, None);
        self.post::<_, Value>("chat.update", &Plain::new(inner))
            .await
            .map(drop)
    }

    /// `chat.delete`: one of our own messages. Idempotent.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when it is not there any more.
    pub async fn delete_message(&self, channel: &str, ts: &str) -> Result<(), DeliveryError> {
        let request = SlackApiChatDeleteRequest::new(channel.into(), ts.into());
        self.post::<_, Value>("chat.delete", &request).await.map(drop)
    }

    /// `chat.postEphemeral`: best effort by nature, so no `ts` comes back and a doubt may be dropped.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when the person is not in the channel.
    pub async fn post_ephemeral(
        &self,
        request: &SlackApiChatPostEphemeralRequest,
    ) -> Result<(), DeliveryError> {
        let mut inner = request.clone();
        (inner.link_names, inner.parse, inner.as_user) = (None, None, None);
        self.post::<_, Value>("chat.postEphemeral", &Plain::new(inner))
            .await
            .map(drop)
    }

    /// `views.open`. The trigger is good for one use within 3 s, so there is nothing to repeat.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when the trigger is used up or too old.
    pub async fn open_view(&self, trigger_id: &str, view: SlackView) -> Result<(), DeliveryError> {
        let request = SlackApiViewsOpenRequest::new(trigger_id.into(), view);
        self.post::<_, Value>("views.open", &request).await.map(drop)
    }

    /// `views.update`; with `hash`, only if nobody was faster. Idempotent without one.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when the view was closed, or replaced (`hash_conflict`).
    pub async fn update_view(
        &self,
        view_id: &str,
        hash: Option<&str>,
        view: SlackView,
    ) -> Result<OpenedView, DeliveryError> {
        let request = SlackApiViewsUpdateRequest::new(view)
            .with_view_id(view_id.into())
            .opt_hash(hash.map(str::to_owned));
        self.post::<_, Viewed>("views.update", &request)
            .await
            .map(|v| v.view)
    }

    /// `views.publish`: the person's App Home. Idempotent.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn publish_view(&self, user_id: &str, home: SlackHomeView) -> Result<(), DeliveryError> {
        let request = SlackApiViewsPublishRequest::new(user_id.into(), SlackView::Home(home));
        self.post::<_, Value>("views.publish", &request).await.map(drop)
    }

    /// `auth.test`. Idempotent.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Credentials` when the token is no good.
    pub async fn auth_test(&self) -> Result<AuthInfo, DeliveryError> {
        // A memory of its own: other calls under way must not lend this one their scopes.
        let connector = self.connector().with_fresh_memory();
        let alone = Self {
            client: SlackClient::new(connector),
            token: self.token.clone(),
        };
        let who: Identity = alone.post("auth.test", &json!({})).await?;
        let scopes = alone.connector().last_scopes();
        Ok(AuthInfo {
            team_id: who.team_id,
            user_id: who.user_id,
            bot_id: who.bot_id,
            scopes,
        })
    }

    /// `auth.test`, for what any answer tells: whether the token is taken, and Slack's time by its `Date`
    /// (R19), be the answer a refusal.
    pub async fn probe(&self) -> Probed {
        let client = SlackClient::new(self.connector().with_fresh_memory());
        let alone = Self {
            client,
            token: self.token.clone(),
        };
        let answer = alone.post::<_, Value>("auth.test", &json!({})).await;
        let date = alone.last_server_date().map(|(date, _)| date);
        let silent = matches!(
            answer,
            Err(DeliveryError::Retry { .. } | DeliveryError::InDoubt { .. })
        );
        Probed {
            token_taken: answer.is_ok(),
            token_refused: matches!(answer, Err(DeliveryError::Credentials { .. })),
            answered: !silent || date.is_some(),
            date,
        }
    }

    /// `apps.connections.open`: where to connect for Socket Mode. Idempotent; the address holds a ticket
    /// for one connection and is a secret.
    ///
    /// # Errors
    /// [`DeliveryError`]. An address that is not `wss:` (nor `ws:`, when the API itself is plain `http:`)
    /// is refused as `Ours`.
    pub async fn open_socket(&self, app_token: &SlackApiTokenValue) -> Result<Url, DeliveryError> {
        let app = Self {
            client: self.client.clone(),
            token: SlackApiToken::new(app_token.clone()),
        };
        let opened: Opened = app.post("apps.connections.open", &json!({})).await?;
        let plain = self.connector().base().scheme() == "http";
        match opened.url.scheme() {
            "wss" => Ok(opened.url),
            "ws" if plain => Ok(opened.url),
            _ => Err(DeliveryError::ours("insecure_socket_url")),
        }
    }

    /// Answers on a `response_url` (30 minutes, 5 uses), without our token.
    ///
    /// Only for Slack's own hosts or the configured API host (R30). Repeating it in doubt shows an
    /// ephemeral sentence twice, at worst.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Ours` with `foreign_response_url` when the address is not Slack's, `Gone` when
    /// it is used up.
    pub async fn respond(&self, response_url: &str, json: &Value) -> Result<(), DeliveryError> {
        let started = Instant::now();
        let result = self.respond_to(response_url, json).await;
        report("response_url", started, result.as_ref().err());
        result
    }

    async fn respond_to(&self, response_url: &str, json: &Value) -> Result<(), DeliveryError> {
        let url = Url::parse(response_url).map_err(|_| DeliveryError::ours("bad_response_url"))?;
        if !may_answer(&url, self.connector().base()) {
            return Err(DeliveryError::ours("foreign_response_url"));
        }
        let body = serde_json::to_vec(json).map_err(|_| DeliveryError::ours("bad_request"))?;
        let answer = self.connector().post_without_token(url, body).await;
        let answer =
            answer.map_err(|e| DeliveryError::from(slack_morphism::errors::SlackClientError::from(e)))?;
        match answer.status.as_u16() {
            429 => Err(answer.rate_limited().into()),
            // Slack answers "ok" in plain text, or JSON that may say otherwise under any status.
            200..=499 if let Some(refusal) = answer.refusal() => Err(refusal.into()),
            200..=299 => Ok(()),
            status @ (404 | 410) => Err(DeliveryError::Gone {
                code: format!("http_{status}"),
            }),
            status => Err(from_status(status)),
        }
    }

    pub(super) fn connector(&self) -> &ReqwestConnector {
        &self.client.http_api.connector
    }

    /// One `POST`, reported by method, class and code.
    pub(super) async fn post<RQ, RS>(&self, method: &'static str, request: &RQ) -> Result<RS, DeliveryError>
    where
        RQ: Serialize + Send + Sync,
        RS: DeserializeOwned + Send,
    {
        let (started, session) = (Instant::now(), self.client.open_session(&self.token));
        let answer = session.http_session_api.http_post(method, request, None).await;
        let result = answer.map_err(DeliveryError::from);
        report(method, started, result.as_ref().err());
        result
    }

    /// One `GET`, for the methods that do not read JSON bodies.
    pub(super) async fn get<RS>(
        &self,
        method: &'static str,
        params: &[(&'static str, Option<String>)],
    ) -> Result<RS, DeliveryError>
    where
        RS: DeserializeOwned + Send,
    {
        let (started, session) = (Instant::now(), self.client.open_session(&self.token));
        let answer = session
            .http_session_api
            .http_get(method, &params.to_vec(), None)
            .await;
        let result = answer.map_err(DeliveryError::from);
        report(method, started, result.as_ref().err());
        result
    }
}

fn report(method: &'static str, started: Instant, error: Option<&DeliveryError>) {
    let (elapsed, outcome) = (started.elapsed(), error.map_or("ok", DeliveryError::class));
    metrics::counter!("signoff_slack_calls_total", "method" => method, "outcome" => outcome).increment(1);
    metrics::histogram!("signoff_slack_call_seconds", "method" => method).record(elapsed.as_secs_f64());
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(
        method,
        outcome,
        code = error.map(DeliveryError::code),
        ms,
        "slack call"
    );
}

/// Whether a `response_url` may be used (R30): Slack's hosts over `https` on the usual port, or exactly
/// the scheme, host and port of the configured API (a local workspace).
fn may_answer(url: &Url, base: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let Some(host) = url.host_str() else { return false };
    let slack = ["slack.com", "slack-gov.com"]
        .iter()
        .any(|own| host == *own || host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')));
    let official = slack && url.scheme() == "https" && url.port().is_none();
    let configured = url.scheme() == base.scheme()
        && base.host_str() == Some(host)
        && url.port_or_known_default() == base.port_or_known_default();
    official || configured
}

/// A message request with what every message of ours has in common (`notes/slack.md`, "Text safety").
#[derive(Serialize)]
struct Plain<'a, T> {
    #[serde(flatten)]
    inner: T,
    parse: &'static str,
    unfurl_links: bool,
    unfurl_media: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_msg_id: Option<&'a str>,
}

impl<T> Plain<'_, T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            parse: "none",
            unfurl_links: false,
            unfurl_media: false,
            client_msg_id: None,
        }
    }
}

#[derive(Deserialize)]
struct Viewed {
    view: OpenedView,
}

#[derive(Deserialize)]
struct Identity {
    team_id: String,
    #[serde(default, deserialize_with = "super::loose::field")]
    user_id: String,
    #[serde(default, deserialize_with = "super::loose::field")]
    bot_id: Option<String>,
}

#[derive(Deserialize)]
struct Opened {
    url: Url,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_urls_only_for_slack_and_the_configured_host() {
        let base: Url = "http://127.0.0.1:4390/api/".parse().expect("an address");
        let may = |url: &str| may_answer(&url.parse().expect("an address"), &base);
        for good in [
            "https://hooks.slack.com/commands/T1/2/x",
            "https://slack.com/x",
            "https://hooks.slack-gov.com/actions/1",
            "http://127.0.0.1:4390/response/1",
        ] {
            assert!(may(good), "{good}");
        }
        for bad in [
            "http://hooks.slack.com/commands/1",
            "https://hooks.slack.com:8443/1",
            "https://hooks.slack.com.evil.example/1",
            "https://evilslack.com/1",
            "https://hooks.slack.com@evil.example/1",
            "https://user@hooks.slack.com/1",
            "http://127.0.0.1:4391/response/1",
            "https://127.0.0.1:4390/response/1",
            "http://localhost:4390/response/1",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
        ] {
            assert!(!may(bad), "{bad}");
        }
    }
}
