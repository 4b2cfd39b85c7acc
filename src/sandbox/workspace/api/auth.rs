//! Tokens and scopes.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::json;

use super::Refusal;
use super::args::Args;
use crate::sandbox::workspace::channel::Reach;
use crate::sandbox::workspace::state::State;

/// Methods and the scope each needs, one of the list; from the method pages on docs.slack.dev.
/// `conversations.history` and its like depend on the kind of conversation.
const METHODS: [(&str, &[&str]); 22] = [
    ("auth.test", &[]),
    ("team.info", &["team:read"]),
    ("apps.connections.open", &[]),
    ("chat.postMessage", &["chat:write"]),
    ("chat.update", &["chat:write"]),
    ("chat.postEphemeral", &["chat:write"]),
    ("chat.delete", &["chat:write"]),
    ("chat.getPermalink", &[]),
    ("views.open", &[]),
    ("views.push", &[]),
    ("views.update", &[]),
    ("views.publish", &[]),
    ("users.info", &["users:read"]),
    ("users.list", &["users:read"]),
    ("users.profile.get", &["users.profile:read"]),
    ("usergroups.list", &["usergroups:read"]),
    ("usergroups.users.list", &["usergroups:read"]),
    ("conversations.open", &["im:write"]),
    ("conversations.info", &["im:read", "channels:read", "groups:read"]),
    (
        "conversations.history",
        &["im:history", "channels:history", "groups:history"],
    ),
    (
        "conversations.replies",
        &["im:history", "channels:history", "groups:history"],
    ),
    ("api.test", &[]),
];

/// Is there such a method here?
pub(super) fn known(method: &str) -> bool {
    METHODS.iter().any(|(name, _)| *name == method)
}

/// Checks the token, then the scope.
pub(super) fn check(state: &State, method: &str, args: &Args, headers: &HeaderMap) -> Result<(), Refusal> {
    if method == "api.test" {
        return Ok(());
    }
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let token = bearer.or_else(|| args.text("token")).ok_or("not_authed")?;
    let app = &state.app;
    let wants_app_token = method == "apps.connections.open";
    let expected = if wants_app_token {
        &app.app_token
    } else {
        &app.bot_token
    };
    if token != *expected {
        let other_kind = token == app.bot_token || token == app.app_token;
        return Err(if other_kind {
            "not_allowed_token_type"
        } else {
            "invalid_auth"
        }
        .into());
    }
    if let Some(code) = app.token_error {
        return Err(code.into());
    }
    scope(state, method, args)
}

fn scope(state: &State, method: &str, args: &Args) -> Result<(), Refusal> {
    let listed = METHODS
        .iter()
        .find(|(name, _)| *name == method)
        .map_or(&[][..], |(_, scopes)| scopes);
    let needed = match (listed, reach(state, args)) {
        ([im, public, private], Some(reach)) => match reach {
            Reach::Direct(_) => std::slice::from_ref(im),
            Reach::Public => std::slice::from_ref(public),
            Reach::Private => std::slice::from_ref(private),
        },
        _ => listed,
    };
    let granted = &state.app.scopes;
    if needed.is_empty() || needed.iter().any(|scope| granted.contains(*scope)) {
        return Ok(());
    }
    let provided: Vec<&str> = granted.iter().map(String::as_str).collect();
    Err(Refusal {
        code: "missing_scope".to_owned(),
        extra: json!({"needed": needed.join(","), "provided": provided.join(",")}),
        payload: false,
    })
}

fn reach<'a>(state: &'a State, args: &Args) -> Option<&'a Reach> {
    Some(&state.channels.get(&args.text("channel")?)?.reach)
}
