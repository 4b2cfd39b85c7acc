//! Everything that is tested from outside the modules, in one binary. One file a story.

mod calendar;
mod config;
mod core;
mod lists;
mod manifest;
#[path = "../postgres/mod.rs"]
mod postgres;
mod readme;
mod simulation;
mod store;
mod stories;
mod support;
mod tidy;
mod validate;
mod workspace;
