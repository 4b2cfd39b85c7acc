//! Plays a planned fault.

use std::future;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use serde_json::json;

use super::json_response;
use crate::sandbox::workspace::faults::{Commit, Fault};

/// What happens once the call has been carried out.
pub(super) enum After {
    Delay(Duration),
    Fail(Fault),
}

/// Splits a fault into what precedes the work and what follows it.
pub(super) fn split(fault: Option<Fault>) -> (Option<Fault>, Option<After>) {
    match fault {
        None => (None, None),
        Some(Fault::Delay(length)) => (None, Some(After::Delay(length))),
        Some(
            fault @ (Fault::Status(_, Commit::After)
            | Fault::Hang(Commit::After)
            | Fault::Reset(Commit::After)
            | Fault::NotJson),
        ) => (None, Some(After::Fail(fault))),
        Some(fault) => (Some(fault), None),
    }
}

pub(super) async fn answer(fault: Fault) -> Response {
    match fault {
        Fault::RateLimited { retry_after } => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = json_response(status, &json!({"ok": false, "error": "ratelimited"}));
            set(&mut response, RETRY_AFTER, retry_after.as_deref());
            response
        }
        Fault::Status(status, _) => {
            let mut response = Response::new(Body::from("upstream connect error"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            response
        }
        // hyper drops this future when the client hangs up.
        Fault::Hang(_) => future::pending().await,
        Fault::Reset(_) | Fault::Late(_) => {
            // A body that fails at once makes hyper drop the connection before it writes the head.
            let broken = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset));
            Response::new(Body::from_stream(stream::once(future::ready(broken))))
        }
        Fault::Error(code) => json_response(StatusCode::OK, &json!({"ok": false, "error": code})),
        Fault::Html => {
            let mut response = Response::new(Body::from(
                "<html><body>We are down for maintenance</body></html>",
            ));
            set(&mut response, CONTENT_TYPE, Some("text/html"));
            response
        }
        Fault::NotJson => {
            let mut response = Response::new(Body::from("{\"ok\":true,\"ts\":"));
            set(&mut response, CONTENT_TYPE, Some("application/json"));
            response
        }
        Fault::BigBody => {
            let padding = "x".repeat(16 * 1024 * 1024);
            json_response(StatusCode::OK, &json!({"ok": true, "padding": padding}))
        }
        Fault::Redirect(to) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::FOUND;
            set(&mut response, LOCATION, Some(&to));
            response
        }
        Fault::Delay(length) => {
            tokio::time::sleep(length).await;
            Response::new(Body::empty())
        }
    }
}

fn set(response: &mut Response, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers_mut().insert(name, value);
    }
}
