//! Secrets: from the environment, or from a file that `NAME_FILE` names (a mounted secret). They have no
//! `Debug` that shows them.

use super::{ConfigError, Env};
use std::fmt;
use url::Url;

/// A token or signing secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The secret itself: for headers and signatures, never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What Slack gave us.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// `xoxb-…`, for the Web API.
    pub bot_token: Secret,
    /// Verifies what Slack posts; more than one during rotation (`new,old`). Empty in Socket Mode.
    pub signing: Vec<Secret>,
    /// `xapp-…`, for Socket Mode.
    pub app_token: Option<Secret>,
}

impl Secrets {
    /// Reads the secrets that `mode` needs.
    pub fn load(mode: super::Mode, env: Env<'_>) -> Result<Secrets, ConfigError> {
        let signing = read("SLACK_SIGNING_SECRET", env)?;
        let app_token = read("SLACK_APP_TOKEN", env)?;
        match mode {
            super::Mode::Http if signing.is_none() => {
                return Err(missing("SLACK_SIGNING_SECRET", "HTTP mode"));
            }
            super::Mode::Socket if app_token.is_none() => {
                return Err(missing("SLACK_APP_TOKEN", "Socket Mode"));
            }
            _ => {}
        }
        let several = signing
            .iter()
            .flat_map(|secret| secret.expose().split(','))
            .map(str::trim);
        Ok(Secrets {
            bot_token: read("SLACK_BOT_TOKEN", env)?
                .ok_or_else(|| missing("SLACK_BOT_TOKEN", "the Web API"))?,
            signing: several
                .filter(|secret| !secret.is_empty())
                .map(Secret::new)
                .collect(),
            app_token,
        })
    }
}

/// An address as it may be shown: a database's holds a password before the host or in the query.
pub(super) fn without_password(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return "…".to_owned();
    };
    url.set_query(None);
    match url.password().is_none() || url.set_password(Some("…")).is_ok() {
        true => url.into(),
        false => "…".to_owned(),
    }
}

/// Is this secret given at all?
pub(super) fn present(name: &str, env: Env<'_>) -> bool {
    [name.to_owned(), format!("{name}_FILE")]
        .iter()
        .any(|name| env(name).is_some_and(|value| !value.trim().is_empty()))
}

/// The variable, or what the file holds that `NAME_FILE` names; neither when both are missing or empty.
pub(super) fn read(name: &str, env: Env<'_>) -> Result<Option<Secret>, ConfigError> {
    if let Some(value) = env(name).filter(|value| !value.trim().is_empty()) {
        return Ok(Some(Secret::new(value.trim())));
    }
    let Some(path) = env(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        ConfigError::Secret(format!("cannot read {path}, which {name}_FILE names: {error}"))
    })?;
    Ok(Some(Secret::new(text.trim())).filter(|secret| !secret.expose().is_empty()))
}

fn missing(name: &str, what: &str) -> ConfigError {
    ConfigError::Secret(format!(
        "{name} is not set. {what} needs it: set it, or {name}_FILE to a file that holds it"
    ))
}
