//! What people do, and what they then read.

use super::Test;
use serde_json::Value;
use signoff::sandbox::workspace::{Ack, Actor, Message};

impl Test {
    pub(crate) fn user(&self, id: &str) -> Actor {
        self.ws.user(id)
    }

    /// Types a command in #general and lets everything that follows happen. What they read, at once.
    pub(crate) async fn types(&self, who: &str, text: &str) -> String {
        let ack = self.command(who, text).await;
        self.settle().await;
        ack.text()
    }

    /// Types a command; nothing but its answer is waited for.
    pub(crate) async fn command(&self, who: &str, text: &str) -> Ack {
        let typed = self.user(who).command("/review-request", text, "C0GENERAL").await;
        let ack = typed.unwrap_or_else(|error| panic!("{who} types {text:?}: {error}"));
        assert_eq!(ack.failure(), None, "{who} types {text:?}");
        ack
    }

    /// Files a request by words and lets the pings go out. Its id.
    pub(crate) async fn files(&self, who: &str, text: &str) -> String {
        let said = self.types(who, text).await;
        id_in(&said).unwrap_or_else(|| panic!("{text:?} was not filed: {said}"))
    }

    /// The newest card about a request in somebody's messages, as it is now.
    pub(crate) fn card(&self, who: &str, id: &str) -> Message {
        self.cards(who, id)
            .pop()
            .unwrap_or_else(|| panic!("{who} has no card of {id}: {}", self.reads(who)))
    }

    /// All cards about a request in somebody's messages: one a lane and round.
    pub(crate) fn cards(&self, who: &str, id: &str) -> Vec<Message> {
        self.user(who)
            .inbox()
            .into_iter()
            .filter(|message| is_card_of(message, id))
            .collect()
    }

    /// The request's card in #marketing.
    pub(crate) fn channel_card(&self, id: &str) -> Message {
        let found = self.posts().into_iter().find(|message| is_card_of(message, id));
        found.unwrap_or_else(|| panic!("#marketing has no card of {id}"))
    }

    /// The bot's messages in #marketing.
    pub(crate) fn posts(&self) -> Vec<Message> {
        self.ws.channel("C0MARKETING").messages()
    }

    /// The digests in #marketing.
    pub(crate) fn digests(&self) -> Vec<Message> {
        let is_digest = |message: &Message| has_block(message, "digest.head");
        self.posts().into_iter().filter(is_digest).collect()
    }

    /// The reminders somebody got.
    pub(crate) fn reminders(&self, who: &str) -> Vec<Message> {
        let is_reminder = |message: &Message| has_block(message, "reminder.head");
        self.user(who).inbox().into_iter().filter(is_reminder).collect()
    }

    /// Messages to somebody that are neither cards nor reminders: what they were told at once.
    pub(crate) fn notices(&self, who: &str) -> Vec<String> {
        let is_card = |message: &Message| message.blocks.iter().any(|block| block["type"] == "header");
        let inbox = self.user(who).inbox().into_iter();
        inbox
            .filter(|message| !is_card(message) && !has_block(message, "reminder.head"))
            .map(|message| message.text())
            .collect()
    }

    /// The last thing somebody was told at once.
    pub(crate) fn told(&self, who: &str) -> String {
        self.notices(who).pop().unwrap_or_default()
    }

    /// The last thing somebody was told at once has all of these words.
    pub(crate) fn hears(&self, who: &str, words: &[&str]) {
        let told = self.told(who);
        for word in words {
            assert!(told.contains(word), "{who} does not hear {word:?}: {told}");
        }
    }

    /// The last thing only they saw.
    pub(crate) fn heard(&self, who: &str) -> String {
        self.user(who)
            .ephemerals()
            .pop()
            .map(|message| message.text())
            .unwrap_or_default()
    }

    /// Everything in somebody's messages, for a failure's text.
    pub(crate) fn reads(&self, who: &str) -> String {
        self.user(who)
            .inbox()
            .iter()
            .map(Message::render)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Clicks a button of somebody's newest card and lets everything that follows happen.
    pub(crate) async fn clicks(&self, who: &str, id: &str, action: &str) {
        let card = self.card(who, id);
        self.clicks_on(who, &card, action).await;
    }

    pub(crate) async fn clicks_on(&self, who: &str, card: &Message, action: &str) -> Ack {
        let clicked = self.user(who).click(card, action).await;
        let ack = clicked.unwrap_or_else(|error| panic!("{who} clicks {action}: {error}\n{}", card.render()));
        assert_eq!(ack.failure(), None, "{who} clicks {action}");
        self.settle().await;
        ack
    }

    /// Clicks a button that somebody's client still shows, or that was never theirs. What they hear.
    pub(crate) async fn clicks_stale(&self, who: &str, card: &Message, action: &str) -> String {
        let before = self.user(who).ephemerals().len();
        let clicked = self.user(who).click_value(card, action, None).await;
        let ack = clicked.unwrap_or_else(|error| panic!("{who} clicks {action}: {error}"));
        assert_eq!(ack.failure(), None, "{who} clicks {action}");
        self.settle().await;
        let heard = self.user(who).ephemerals();
        assert_eq!(heard.len(), before + 1, "{who} hears exactly one sentence");
        self.heard(who)
    }

    /// Submits the form that is open and lets everything that follows happen.
    pub(crate) async fn submits(&self, who: &str, values: &[(&str, &str)]) -> Ack {
        let submitted = self.user(who).submit(values).await;
        let ack = submitted.unwrap_or_else(|error| panic!("{who} submits {values:?}: {error}"));
        assert_eq!(ack.failure(), None, "{who} submits");
        self.settle().await;
        ack
    }

    /// Objects with a reason, through button and form.
    pub(crate) async fn objects(&self, who: &str, id: &str, reason: &str) {
        self.clicks(who, id, "request_changes").await;
        let ack = self.submits(who, &[("reason", reason)]).await;
        assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    }

    /// Answers through a request's form and button on the requester's card.
    pub(crate) async fn does(&self, who: &str, id: &str, action: &str, values: &[(&str, &str)]) {
        self.clicks(who, id, action).await;
        let ack = self.submits(who, values).await;
        assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    }
}

fn has_block(message: &Message, block_id: &str) -> bool {
    message.blocks.iter().any(|block| block["block_id"] == block_id)
}

fn is_card_of(message: &Message, id: &str) -> bool {
    let says = format!("{id} · ");
    let heads = |block: &Value| {
        block["type"] == "header"
            && block["text"]["text"]
                .as_str()
                .is_some_and(|text| text.starts_with(&says))
    };
    message.blocks.iter().any(heads)
}

/// The first `R-42` in a text.
pub(crate) fn id_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("R-")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("R-{digits}"))
}
