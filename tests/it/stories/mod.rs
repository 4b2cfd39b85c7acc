//! One request's life after another: what people do in Slack, and what they then see. Every story names
//! its rule of DESIGN.md and is played over HTTP and over Socket Mode.

mod decisions;
mod lanes;
mod release;
