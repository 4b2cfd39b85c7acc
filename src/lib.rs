//! Signoff: a Slack bot for review-gated communications. The modules in reading order:
//!
//! - [`domain`] is what Signoff is: rules, calendar, decisions. Pure.
//! - [`store`] keeps it, [`app`] runs one command in one transaction and works off what must follow.
//! - [`view`] is every sentence it says. Pure.
//! - [`slack`] is the edge to Slack, [`ops`] the edge to operators.
//! - [`config`], [`clock`], [`telemetry`], [`service`] put the parts together for [`cli`].
//! - `rehearsal` is where it may be made to fall, in a build that asks for it.
//! - [`sandbox`] is the other side of the wire: a local Slack workspace.
#![forbid(unsafe_code)]

#[macro_use]
mod rehearsal;

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod ops;
pub mod sandbox;
pub mod service;
pub mod slack;
pub mod store;
pub mod telemetry;
pub mod view;
