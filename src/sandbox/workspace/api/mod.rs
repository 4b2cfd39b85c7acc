//! The Web API: one entrance for all methods, then one function a method.
//!
//! <https://docs.slack.dev/apis/web-api/>

mod args;
mod auth;
mod chat;
mod conversations;
mod fault;
mod methods;
mod posting;
pub(super) mod respond;
pub(super) mod views;

use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State as Extract};
use axum::http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get, post};
use serde_json::{Value, json};

use super::faults::Fault;
use super::wire::{Direction, WireCall};
use super::{Why, Workspace};
use args::Args;

/// Everything a Slack client may reach.
pub(super) fn router(workspace: Workspace) -> Router {
    Router::new()
        .route("/api/{method}", any(call))
        .route("/respond/{secret}", post(respond::respond))
        .route("/link/", get(super::socket::connect))
        .fallback(stray)
        .layer(DefaultBodyLimit::max(4 * 1024 * 1024))
        .layer(middleware::from_fn_with_state(workspace.clone(), date))
        .with_state(workspace)
}

/// A refusal: `ok: false` with this code.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    /// More fields of the answer.
    pub(crate) extra: Value,
    /// The bot sent something no Slack would show: worth reporting at the end of a test.
    pub(crate) payload: bool,
}

impl From<&str> for Refusal {
    fn from(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            extra: json!({}),
            payload: false,
        }
    }
}

impl Refusal {
    /// The bot's own mistake, with the places at fault.
    pub(crate) fn payload(code: &str, problems: &[String]) -> Self {
        let extra = json!({"response_metadata": {"messages": problems}});
        Self {
            code: code.to_owned(),
            extra,
            payload: true,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut answer = json!({"ok": false, "error": self.code});
        super::view::merge(&mut answer, self.extra.clone());
        answer
    }
}

type Answer = Result<Value, Refusal>;

/// One method call: fault, token, scope, rate, method, log, fault.
async fn call(
    Extract(workspace): Extract<Workspace>,
    Path(method): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let args = Args::parse(&headers, uri.query(), &body);
    let (shown, channel) = match &args {
        Ok(args) => (args.to_json(), args.text("channel")),
        Err(_) => (Value::Null, None),
    };
    let planned = workspace.inner.faults.take(&method, channel.as_deref());
    let (before, after) = fault::split(planned);
    if let Some(fault) = before {
        workspace.record(&method, shown.clone(), &json!({"fault": format!("{fault:?}")}), 0);
        if let Fault::Late(length) = fault {
            let workspace = workspace.clone();
            tokio::spawn(async move {
                tokio::time::sleep(length).await;
                let (status, answer, _) = workspace.answer(&method, args, &headers);
                workspace.record(&method, shown, &answer, status.as_u16());
                workspace.touch();
            });
        }
        return fault::answer(fault).await;
    }
    let (status, answer, retry_after) = workspace.answer(&method, args, &headers);
    workspace.record(&method, shown, &answer, status.as_u16());
    workspace.touch();
    match after {
        Some(fault::After::Delay(length)) => tokio::time::sleep(length).await,
        Some(fault::After::Fail(fault)) => return fault::answer(fault).await,
        None => {}
    }
    let mut response = json_response(status, &answer);
    let scopes = workspace.scopes_header();
    response.headers_mut().insert("x-oauth-scopes", scopes);
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl Workspace {
    fn answer(
        &self,
        method: &str,
        args: Result<Args, Refusal>,
        headers: &HeaderMap,
    ) -> (StatusCode, Value, Option<u64>) {
        let answer = args.and_then(|args| {
            if !auth::known(method) {
                self.leave(Why::UnknownMethod, method, "unknown_method");
                return Err("unknown_method".into());
            }
            auth::check(&self.state(), method, &args, headers)?;
            let channel = args.text("channel");
            let at = Instant::now();
            if let Err(seconds) = self.rates().take(method, channel.as_deref(), at, self.now()) {
                let extra = json!({"retry_after": seconds});
                return Err(Refusal {
                    code: "ratelimited".to_owned(),
                    extra,
                    payload: false,
                });
            }
            methods::run(self, method, &args)
        });
        match answer {
            Ok(mut answer) => {
                answer["ok"] = json!(true);
                (StatusCode::OK, answer, None)
            }
            Err(refusal) => {
                if refusal.payload {
                    self.leave(
                        Why::RefusedPayload,
                        method,
                        format!("{} {}", refusal.code, refusal.extra),
                    );
                }
                let retry_after = refusal.extra["retry_after"].as_u64();
                let status = retry_after.map_or(StatusCode::OK, |_| StatusCode::TOO_MANY_REQUESTS);
                (status, refusal.to_json(), retry_after)
            }
        }
    }

    fn record(&self, method: &str, request: Value, response: &Value, status: u16) {
        self.inner.wire.record(WireCall {
            seq: 0,
            direction: Direction::ToSlack,
            method: method.to_owned(),
            request,
            response: response.clone(),
            status,
            at: self.now(),
        });
    }

    fn scopes_header(&self) -> HeaderValue {
        let scopes: Vec<String> = self.state().app.scopes.iter().cloned().collect();
        HeaderValue::from_str(&scopes.join(",")).unwrap_or(HeaderValue::from_static(""))
    }
}

fn json_response(status: StatusCode, answer: &Value) -> Response {
    let mut response = Response::new(Body::from(answer.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// Slack's clock is the workspace's: the bot compares it with its own (R19).
async fn date(Extract(workspace): Extract<Workspace>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let date = workspace.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

async fn stray(Extract(workspace): Extract<Workspace>, uri: Uri) -> StatusCode {
    workspace.leave(Why::BadCall, uri.path(), "no such path");
    StatusCode::NOT_FOUND
}
