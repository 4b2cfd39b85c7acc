//! One request's life after another: what people do in Slack, and what they then see. Every story names
//! its rule of DESIGN.md and is played over HTTP and over Socket Mode.

mod authority;
mod away;
mod bad_input;
mod cards;
mod clock;
mod days;
mod decisions;
mod digests;
mod doubt;
mod durability;
mod edits;
mod endings;
mod faults;
mod four_eyes;
mod gone;
mod hand_over;
mod homes;
mod lanes;
mod late;
mod more_time;
mod nudge;
mod release;
mod reminders;
mod replicas;
mod slow;
mod text;
mod wide;
mod worst;
