//! Who may ask: this machine's own pages, and nobody who was lured elsewhere.
//!
//! Loopback alone does not keep other websites out: a browser sends their forms here, and a name that an
//! attacker points at 127.0.0.1 makes them the same origin. So the `Host` must be a name of this machine
//! (against DNS rebinding), and whatever changes something must come from the page itself (against
//! cross-site requests).

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing but the page's own files; images may come from where a message says, without saying from where
/// they are asked for.
const CONTENT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                       img-src https: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Refuses what does not come from this machine's own page on `port`, and sets the headers of the rest.
pub(super) async fn check(port: u16, request: Request, next: Next) -> Response {
    let mut response = match refusal(port, request.method(), request.headers()) {
        None => next.run(request).await,
        Some(sentence) => (StatusCode::FORBIDDEN, format!("{sentence}\n")).into_response(),
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why this request is not obeyed.
fn refusal(port: u16, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let value = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let host = value(header::HOST).unwrap_or_default();
    let names = ["localhost", "127.0.0.1", "[::1]"];
    if !names.iter().any(|name| host == format!("{name}:{port}")) {
        return Some("Open this page by the address that the sandbox printed.");
    }
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    // A program that is no browser sends neither header; every current browser sends both.
    let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    let own = format!("http://{host}");
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign = origin.is_some_and(|origin| origin != own.as_bytes())
        || site.is_some_and(|site| site != b"same-origin" && site != b"none");
    foreign.then_some("Another website cannot act here.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
            .collect();
        refusal(4390, &method, &headers).is_some()
    }

    #[test]
    fn only_the_page_itself_may_act() {
        let host = ("host", "localhost:4390");
        assert!(!refused(Method::GET, &[("host", "127.0.0.1:4390")]));
        assert!(!refused(Method::GET, &[("host", "[::1]:4390")]));
        for foreign in [
            "signoff.example:4390",
            "localhost",
            "localhost:80",
            "127.0.0.1.example:4390",
        ] {
            assert!(refused(Method::GET, &[("host", foreign)]), "{foreign}");
        }
        assert!(refused(Method::GET, &[]));
        assert!(!refused(Method::POST, &[host]));
        assert!(!refused(
            Method::POST,
            &[host, ("origin", "http://localhost:4390")]
        ));
        for origin in [
            "null",
            "http://localhost:4391",
            "https://localhost:4390",
            "http://127.0.0.1:4390",
        ] {
            assert!(refused(Method::POST, &[host, ("origin", origin)]), "{origin}");
        }
        assert!(!refused(Method::POST, &[host, ("sec-fetch-site", "same-origin")]));
        for site in ["cross-site", "same-site"] {
            assert!(refused(Method::POST, &[host, ("sec-fetch-site", site)]), "{site}");
        }
    }
}
