//! The edge to Slack: everything that speaks to it or is spoken to by it, and nothing that decides.
//!
//! In reading order:
//!
//! - [`inbound`] turns bytes into an [`Inbound`] (pure), by the shapes in `payload`;
//! - [`dispatch`] runs the handler so that neither a panic nor a hang-up can lose an answer;
//! - [`http`] and [`socket`] are the two ways in: `POST /slack/events`, and Socket Mode, each of whose
//!   connections is a `connection`;
//! - [`gateway`] and [`lookup`] are the way out, over [`connector`], which reads a
//!   `response`;
//! - [`bot`] answers people, [`deliver`] does what the outbox holds, through [`outlet`] and [`directory`];
//! - [`answer`] says what an answer of Slack means: sent, not sent, in doubt, gone, ours;
//! - [`pace`] says when a call may go (pure).
//!
//! Nothing here logs a body, a token, a signature, a title or a `response_url` (R32): errors carry a
//! class and a code, log lines a kind and a duration.

pub mod answer;
pub mod bot;
mod connection;
pub mod connector;
pub mod deliver;
pub mod directory;
pub mod dispatch;
pub mod gateway;
pub mod http;
pub mod inbound;
pub mod lookup;
mod loose;
pub mod outlet;
pub mod pace;
mod payload;
mod response;
pub mod socket;

pub use answer::DeliveryError;
pub use connector::ReqwestConnector;
pub use dispatch::{Handler, Reply, Surface, handler};
pub use gateway::{AuthInfo, Gateway, OpenedView, Posted};
pub use http::{HttpState, router};
pub use inbound::{
    BadRequest, BlockAction, Inbound, InputValue, Shortcut, ShortcutMessage, SlackEvent, SlashCommand,
    ViewKind, ViewRef, ViewSubmission,
};
pub use lookup::{ConversationInfo, PastMessage, UserInfo};
pub use pace::Pace;
pub use socket::{SocketError, SocketMode, SocketSettings, SocketStatus};

/// Installs the process's TLS provider (`ring`); does nothing when one is installed already.
///
/// `reqwest` and `tokio-tungstenite` are built without a provider of their own and fail, the former by
/// a panic, when none is installed. `main` calls this first; [`ReqwestConnector::new`] calls it too, so
/// that a test need not remember.
pub fn install_tls() {
    // The error only says that somebody was faster, which is what "installed" means.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
