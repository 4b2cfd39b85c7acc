//! The identifiers people and Slack use, each a type of its own so that one cannot pass for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The number of a request, spoken and written as `R-42`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub i64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R-{}", self.0)
    }
}

/// What was typed is not the id of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a request id")]
pub struct NotAnId;

impl FromStr for RequestId {
    type Err = NotAnId;

    /// Reads `R-42`, and what people type instead of it on a phone: `r42`, `#42`, `42`.
    fn from_str(typed: &str) -> Result<Self, NotAnId> {
        let typed = typed.trim();
        let digits = match typed.strip_prefix(['R', 'r', '#']) {
            Some(rest) => rest.strip_prefix('-').unwrap_or(rest),
            None => typed,
        };
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(number) if plain && number > 0 => Ok(RequestId(number)),
            _ => Err(NotAnId),
        }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text_id! {
    /// A Slack user id (`U…` or `W…`). It means nothing beyond being the same or another one.
    UserId
}
text_id! {
    /// A Slack user group id (`S…`).
    GroupId
}
text_id! {
    /// The key of a lane in the configuration: `director`, `marketing`, or one of the company's own.
    LaneKey
}
text_id! {
    /// The key of a category in the configuration (R1): `blog`, `press`, …
    CategoryKey
}
text_id! {
    /// The key of a product area in the configuration (R2).
    AreaKey
}

/// The lane that the director of the request's product area fills (R2). Every other lane is filled
/// by a user group or a list.
pub const DIRECTOR: &str = "director";

impl LaneKey {
    /// Is this the lane of R2?
    pub fn is_director(&self) -> bool {
        self.0 == DIRECTOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_people_type_and_nothing_else() {
        for typed in ["R-42", "r-42", "r42", "42", "#42", " R-42 "] {
            assert_eq!(typed.parse(), Ok(RequestId(42)), "{typed}");
        }
        for typed in [
            "",
            "R-",
            "R-0",
            "-3",
            "R-4x",
            "42 1",
            "R-99999999999999999999",
            "+7",
        ] {
            assert_eq!(typed.parse::<RequestId>(), Err(NotAnId), "{typed}");
        }
    }
}
