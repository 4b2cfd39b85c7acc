//! What the admins hear of: what only they can put right.

use super::Message;
use super::text::{escape, mention};
use super::words::subject;
use crate::domain::effect::OtherClock;
use crate::domain::policy::Rules;
use crate::domain::request::Request;

/// R19, for operators: the machine's clock cannot be believed.
pub fn clocks_apart(seconds: i64, whose: OtherClock) -> Message {
    let (minutes, direction) = (
        seconds.abs() / 60,
        if seconds > 0 { "ahead of" } else { "behind" },
    );
    let whose = match whose {
        OtherClock::Slack => "Slack's",
        OtherClock::Database => "the database server's",
    };
    Message::sentence(&format!(
        "*Nothing lapses at the moment.* The clock of the machine that runs Signoff is {minutes} minutes {direction} \
         {whose}. Set the wrong one right; lanes whose time has come then lapse by themselves."
    ))
}

/// For admins: cards and digests have no place to go.
pub fn channel_gone(channel: &str, why: &str) -> Message {
    let channel = format!("<#{}>", escape(channel));
    let (is, then) = match why {
        "is_archived" | "channel_is_archived" => ("it is archived", "Unarchive it"),
        "not_in_channel" => ("Signoff is no longer in it", "Invite Signoff to it"),
        "channel_not_found" => ("Signoff cannot see it", "Invite Signoff to it"),
        _ => ("Slack does not allow it", "Look at who may post there"),
    };
    Message::sentence(&format!(
        "*Signoff cannot post in {channel}:* {is}. Reviews go on in direct messages; cards and digests are not \
         posted. {then}, or let `slack.marketing_channel` name another one."
    ))
}

/// For admins: nobody is left who speaks for a request.
pub fn requester_gone(rules: &Rules, request: &Request) -> Message {
    let id = request.request_id;
    Message::sentence(&format!(
        "*{} can no longer be reached, and filed {id}* ({}). Its review goes on. If it is off, \
         `/review-request withdraw {id} &lt;why&gt;`; if it went out, `/review-request published {id}`.",
        mention(&request.requester),
        subject(rules, request)
    ))
}
