//! Arguments, however they come: a JSON body, a form, a query.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::Refusal;

/// Arguments that are JSON even inside a form.
const STRUCTURED: [&str; 4] = ["blocks", "view", "metadata", "attachments"];

pub(super) struct Args(Map<String, Value>);

impl Args {
    pub(super) fn parse(headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Result<Self, Refusal> {
        let mut args = form(query.unwrap_or_default().as_bytes())?;
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if kind.starts_with("application/json") && !body.is_empty() {
            match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => args.extend(object),
                Ok(_) => return Err("json_not_object".into()),
                Err(_) => return Err("invalid_json".into()),
            }
            args.retain(|_, value| !value.is_null());
            // Slack takes a JSON string where it takes JSON.
            parse_structured(&mut args)?;
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            args.extend(form(body)?);
        } else if !body.is_empty() {
            return Err("invalid_post_type".into());
        }
        Ok(Self(args))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn needed(&self, key: &str) -> Result<String, Refusal> {
        self.text(key).filter(|text| !text.is_empty()).ok_or_else(|| {
            let problem = format!("[ERROR] missing required field: {key}");
            Refusal::payload("invalid_arguments", &[problem])
        })
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.0.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => Some(text == "true" || text == "1"),
            Value::Number(number) => Some(number.as_i64() == Some(1)),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// All arguments but the token.
    pub(super) fn to_json(&self) -> Value {
        let shown = self.0.iter().filter(|(key, _)| *key != "token");
        Value::Object(shown.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// Reads the arguments into a struct.
    pub(super) fn read<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Refusal> {
        serde_json::from_value(Value::Object(self.0.clone()))
            .map_err(|error| Refusal::payload("invalid_arguments", &[format!("[ERROR] {error}")]))
    }
}

fn form(encoded: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let pairs = form_urlencoded::parse(encoded);
    let mut args = pairs
        .map(|(key, value)| (key.into_owned(), Value::from(value.into_owned())))
        .collect();
    parse_structured(&mut args)?;
    Ok(args)
}

fn parse_structured(args: &mut Map<String, Value>) -> Result<(), Refusal> {
    for key in STRUCTURED {
        let Some(Value::String(text)) = args.get(key) else {
            continue;
        };
        let code = if key == "blocks" {
            "invalid_blocks_format"
        } else {
            "invalid_arguments"
        };
        let parsed: Value = serde_json::from_str(text)
            .map_err(|_| Refusal::payload(code, &[format!("[ERROR] {key} is not JSON")]))?;
        args.insert(key.to_owned(), parsed);
    }
    Ok(())
}
