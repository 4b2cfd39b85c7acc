//! A conversation as one person sees it: messages, what only they see, threads, App Home, the composer.

use super::Page;
use super::blocks::{Canvas, blocks};
use super::mrkdwn::mrkdwn;
use super::place::{Place, Spot, channels};
use crate::sandbox::Sandbox;
use crate::sandbox::workspace::{FieldErrors, Message, Workspace, fill};
use chrono::{DateTime, FixedOffset, Utc};
use maud::{Markup, html};
use serde_json::Value;
use std::cell::RefCell;

/// The middle of the page: what the place's conversation says, and the line to type into.
pub(super) fn conversation(page: &Page, sandbox: &Sandbox, place: &Place) -> Markup {
    let workspace = &sandbox.workspace;
    let channel = place.channel(workspace);
    let all = everything(workspace, place, &channel);
    if let Some(newest) = all.last().filter(|_| place.spot != Spot::Home) {
        let seen = (place.who.clone(), channel.clone());
        page.notes().seen.insert(seen, newest.ts.clone());
    }
    let outside: Vec<&Message> = all.iter().filter(|message| root(message).is_none()).collect();
    let day = |message: &Message| {
        local(message.posted_at, message)
            .format("%A, %-d %B %Y")
            .to_string()
    };
    let replies = |ts: &str| all.iter().filter(|message| root(message) == Some(ts)).count();
    html! {
        div.log tabindex="0" role="log" aria-label=(title(workspace, place)) {
            @if all.is_empty() { (silence(place)) }
            @for today in outside.chunk_by(|a, b| day(a) == day(b)) {
                @if let Some(first) = today.first() { h3.day { span { (day(first)) } } }
                @for message in today { (one(workspace, place, message, Some(replies(&message.ts)))) }
            }
        }
        (composer(page, place, None))
    }
}

/// The thread beside the conversation, if one is open.
pub(super) fn thread(page: &Page, sandbox: &Sandbox, place: &Place) -> Markup {
    let Some(ts) = place.thread.as_deref() else {
        return html! {};
    };
    let workspace = &sandbox.workspace;
    let all = everything(workspace, place, &place.channel(workspace));
    let inside = all
        .iter()
        .filter(|message| message.ts == ts || root(message) == Some(ts));
    html! {
        aside.thread aria-label="Thread" {
            header {
                h2 { "Thread" }
                a.close href=(place.in_thread(None).url()) aria-label="Close the thread" { "×" }
            }
            div.log { @for message in inside { (one(workspace, place, message, None)) } }
            (composer(page, place, Some(ts)))
        }
    }
}

/// App Home as the bot published it to this person.
pub(super) fn home(sandbox: &Sandbox, place: &Place) -> Markup {
    let view = sandbox.workspace.user(&place.who).home();
    html! {
        div.log.home {
            @if let Some(view) = view {
                form method="post" action="/do/home" {
                    input type="hidden" name="place" value=(place.query());
                    @let shown = |block_id: &str, element: &Value| fill::shown(&view.state_of(block_id, element));
                    (blocks(&Canvas {
                        reader: &view.reader,
                        workspace: &sandbox.workspace,
                        shown: &shown,
                        errors: &view.errors,
                        pressed: RefCell::default(),
                        scope: &view.id,
                    }, view.blocks()))
                }
            } @else {
                form.empty method="post" action="/do/home" {
                    input type="hidden" name="place" value=(place.query());
                    p { "Signoff has not published App Home to this person." }
                    button.button name="open" value="1" { "Open App Home" }
                }
            }
        }
    }
}

/// How many messages of a conversation this person has not seen.
pub(super) fn unseen(page: &Page, workspace: &Workspace, who: &str, channel: &str) -> usize {
    let seen = page
        .notes()
        .seen
        .get(&(who.to_owned(), channel.to_owned()))
        .cloned();
    let messages = workspace.user(who).messages(channel);
    let new = |message: &&Message| message.user != who && seen.as_ref().is_none_or(|seen| message.ts > *seen);
    messages.iter().filter(new).count()
}

/// What a conversation is called.
pub(super) fn title(workspace: &Workspace, place: &Place) -> String {
    match &place.spot {
        Spot::Direct | Spot::Home => "Signoff".to_owned(),
        Spot::Channel(id) => {
            let channels = channels(workspace, &place.who);
            let name = channels.iter().find(|(channel, _)| channel == id);
            format!("#{}", name.map_or(id, |(_, name)| name))
        }
    }
}

/// What everybody sees and what only this person does, oldest first.
fn everything(workspace: &Workspace, place: &Place, channel: &str) -> Vec<Message> {
    let actor = workspace.user(&place.who);
    let mut all = actor.messages(channel);
    let whispered = actor.ephemerals().into_iter();
    all.extend(whispered.filter(|message| message.channel == channel));
    all.sort_by(|a, b| a.ts.cmp(&b.ts));
    all
}

/// The message whose thread this one is a reply in.
fn root(message: &Message) -> Option<&str> {
    message
        .thread_ts
        .as_deref()
        .filter(|thread| *thread != message.ts)
}

fn silence(place: &Place) -> Markup {
    html! {
        p.empty {
            @match place.spot {
                Spot::Direct => { "No message from Signoff yet." }
                _ => { "Nothing has been said here yet." }
            }
        }
    }
}

/// One message. `replies` is how many its thread has, `None` inside the thread.
fn one(workspace: &Workspace, place: &Place, message: &Message, replies: Option<usize>) -> Markup {
    let name = message.reader.names.get(&message.user).unwrap_or(&message.user);
    let at = local(message.posted_at, message);
    let whispered = message.ephemeral_to.is_some();
    let scope = format!("m{}", message.ts.replace('.', "-"));
    let part = if replies.is_some() { "" } else { "t-" };
    html! {
        article.message.whispered[whispered] id=(format!("{part}{scope}")) {
            span.avatar.bot[message.by_bot] data-hue=(hue(&message.user)) aria-hidden="true" { (initial(name)) }
            div.said {
                p.by {
                    strong { (name) }
                    @if message.by_bot { span.app { "APP" } }
                    time datetime=(message.posted_at.to_rfc3339()) { (at.format("%-I:%M %p")) }
                    @if message.edited_at.is_some() { span.faint { "(edited)" } }
                    @if whispered { span.faint { "Only visible to you" } }
                }
                form method="post" action="/do/message" {
                    input type="hidden" name="place" value=(place.query());
                    input type="hidden" name="ts" value=(message.ts);
                    (content(workspace, message, &scope))
                }
                @if let Some(count) = replies.filter(|count| *count > 0) {
                    a.replies href=(place.in_thread(Some(&message.ts)).url()) {
                        (count) @if count == 1 { " reply" } @else { " replies" }
                    }
                }
            }
            @if !whispered && replies.is_some() { (menu(place, message)) }
        }
    }
}

fn content(workspace: &Workspace, message: &Message, scope: &str) -> Markup {
    if message.blocks.is_empty() {
        return html! { div.text dir="auto" { (mrkdwn(&message.text, &message.reader)) } };
    }
    let canvas = Canvas {
        reader: &message.reader,
        workspace,
        shown: &|_, element| fill::shown(&fill::initial(element)),
        errors: &FieldErrors::new(),
        pressed: RefCell::default(),
        scope,
    };
    blocks(&canvas, &message.blocks)
}

/// What can be done with any message.
fn menu(place: &Place, message: &Message) -> Markup {
    html! {
        details.overflow.more {
            summary aria-label="Message actions" { "⋯" }
            form.menu method="post" action="/do/shortcut" {
                input type="hidden" name="place" value=(place.query());
                input type="hidden" name="ts" value=(message.ts);
                a href=(place.in_thread(Some(&message.ts)).url()) { "Reply in thread" }
                button name="callback" value="request_review" { "Request review" }
            }
        }
    }
}

fn composer(page: &Page, place: &Place, thread: Option<&str>) -> Markup {
    // Where a thread is open, that is where people look.
    let slip = page.notes().slips.get(&place.who).cloned();
    let slip = slip.filter(|_| place.thread.is_some() == thread.is_some());
    let id = if thread.is_some() { "reply" } else { "say" };
    html! {
        div.composer {
            // Always there, so that a screen reader hears it change.
            p.slip role="alert" { @if let Some(slip) = slip { (slip) } }
            div.line {
                form method="post" action="/do/shortcut" {
                    input type="hidden" name="place" value=(place.query());
                    button.button.plus name="callback" value="new_request" aria-label="Shortcut: new request"
                        title="Shortcut: new request" { "+" }
                }
                form.say method="post" action="/do/say" data-clear {
                    input type="hidden" name="place" value=(place.query());
                    @if let Some(thread) = thread { input type="hidden" name="thread" value=(thread); }
                    label.hidden for=(id) { "Message or command" }
                    input type="text" id=(id) name="text" dir="auto" autocomplete="off" enterkeyhint="send"
                        placeholder=(if thread.is_some() { "Reply…" } else { "Message, or /review-request" });
                    button.button.primary { "Send" }
                }
            }
        }
    }
}

/// The time on the reader's wall.
fn local(at: DateTime<Utc>, message: &Message) -> DateTime<FixedOffset> {
    super::chrome::local(at, message.reader.tz_offset)
}

/// The first letter of a name.
pub(super) fn initial(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

/// One of eight colours, the same for the same person.
pub(super) fn hue(id: &str) -> u32 {
    id.bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
        % 8
}
