//! The pure core: what Signoff is. No I/O, no async, no clock.
//!
//! [`decide()`] turns a command into events or a refusal, [`evolve()`] folds events into a [`request::Request`],
//! [`react()`] says what must follow. Read them in that order; [`reviewers`] holds who may fill a lane,
//! [`calendar`] when silence ends.

pub mod away;
pub mod batch;
pub mod calendar;
pub mod clocks;
pub mod command;
pub mod decide;
pub mod digest;
pub mod effect;
pub mod event;
pub mod evolve;
pub mod figures;
pub mod filing;
pub mod holidays;
pub mod home;
pub mod ids;
mod near;
pub mod page;
pub mod people;
pub mod policy;
pub mod react;
pub mod request;
pub mod reviewers;
pub mod schedule;
pub mod stage;
pub mod text;
pub mod words;
pub mod zone;

pub use decide::{Context, decide};
pub use evolve::evolve;
pub use react::react;
