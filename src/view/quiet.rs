//! People by their names instead of mentions, for a channel in which nobody is to be pinged: everybody who is
//! waited on has a card and a reminder of their own (R21, R22).

use super::text::{cut, typed};
use super::{Message, TEXT_MAX, kit};
use crate::domain::ids::UserId;
use slack_morphism::blocks::{
    SlackBlock, SlackBlockMarkDownText, SlackBlockText, SlackContextBlockElement, SlackSectionBlock,
};
use std::collections::{BTreeMap, BTreeSet};

/// Of a name, so many characters are shown.
const NAME_SHOWN: usize = 40;

impl Message {
    /// Everybody who is mentioned.
    pub fn mentioned(&self) -> BTreeSet<UserId> {
        let mut found = BTreeSet::new();
        let mut message = self.clone();
        message.each_mrkdwn(|text, _| {
            pieces(text, |piece| {
                if let Piece::Mention(user) = piece {
                    found.insert(user);
                }
            });
        });
        found
    }

    /// The same message with names in place of mentions. Whoever has none stays mentioned: on whom it waits
    /// matters more than quiet.
    pub fn with_names(mut self, names: &BTreeMap<UserId, String>) -> Message {
        self.each_mrkdwn(|text, max| {
            let mut named = String::new();
            pieces(text, |piece| match piece {
                Piece::Text(text) => named.push_str(text),
                Piece::Mention(user) => match names.get(&user) {
                    Some(name) => named.push_str(&typed(name, NAME_SHOWN)),
                    None => named.push_str(&super::text::mention(&user)),
                },
            });
            *text = cut(&named, max);
        });
        self
    }

    /// Every text that Slack reads as mrkdwn, with the most it may hold. What people typed is in it only
    /// escaped, so that a `<@` there is always ours.
    fn each_mrkdwn(&mut self, mut visit: impl FnMut(&mut String, usize)) {
        visit(&mut self.text, TEXT_MAX);
        for block in &mut self.blocks {
            match block {
                SlackBlock::Section(SlackSectionBlock {
                    text: Some(SlackBlockText::MarkDown(SlackBlockMarkDownText { text, .. })),
                    ..
                }) => visit(text, kit::SECTION_MAX),
                SlackBlock::Context(context) => {
                    for element in &mut context.elements {
                        if let SlackContextBlockElement::MarkDown(mrkdwn) = element {
                            visit(&mut mrkdwn.text, kit::CONTEXT_MAX);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

enum Piece<'t> {
    Text(&'t str),
    Mention(UserId),
}

fn pieces<'t>(text: &'t str, mut visit: impl FnMut(Piece<'t>)) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<@") {
        let Some((user, after)) = after.split_once('>') else {
            break;
        };
        visit(Piece::Text(before));
        visit(Piece::Mention(UserId::new(user)));
        rest = after;
    }
    visit(Piece::Text(rest));
}
