//! Every sentence the bot says, as its readers meet it (STYLE, rule 7).
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test that panics has failed, which is what it is for"
)]

mod cards;
mod digests;
mod forms;
mod homes;
mod limits;
mod notices;
mod render;
mod replies;
mod story;
