//! The frame of the page: who one is, what time it is, where one can go, and what to try first.

use super::place::{Place, Spot, channels, people};
use super::{Page, conversation, modal, wire};
use crate::sandbox::Sandbox;
use crate::sandbox::moves::Moves;
use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use conversation::{hue, initial, unseen};
use maud::{DOCTYPE, Markup, html};

/// Everything that the address names.
pub(super) fn page(page: &Page, sandbox: &Sandbox, place: &Place, moves: &Moves) -> Markup {
    let title = conversation::title(&sandbox.workspace, place);
    document(
        &format!("{title} · Signoff sandbox"),
        &html! {
            (top(page, sandbox, place, moves))
            div.shell.has-thread[place.thread.is_some()] {
                (sidebar(page, sandbox, place))
                main id="main" {
                    header.title {
                        h1 { (title) }
                        @if place.spot != Spot::Home && place.spot != Spot::Direct { (members(sandbox, place)) }
                        @else { (tabs(place)) }
                    }
                    (guide(sandbox, place, moves))
                    @if place.spot == Spot::Home { (conversation::home(sandbox, place)) }
                    @else { (conversation::conversation(page, sandbox, place)) }
                }
                (conversation::thread(page, sandbox, place))
                @if place.wire { (wire::drawer(&sandbox.workspace, place)) }
            }
            (modal::modal(page, sandbox, place))
        },
    )
}

/// A whole document with its style and script.
pub(super) fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/page.css";
                script src="/page.js" defer {}
            }
            body { (body) }
        }
    }
}

fn top(page: &Page, sandbox: &Sandbox, place: &Place, moves: &Moves) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the conversation" }
        header.top {
            nav.people aria-label="Who you are" {
                @for (person, role) in people(&sandbox.workspace) {
                    @let there = place.seen_by(&person.id);
                    @let dm = sandbox.workspace.user(&person.id).dm();
                    @let new = unseen(page, &sandbox.workspace, &person.id, &dm);
                    @let own = person.id == place.who;
                    (go(&there, html! {
                        span.avatar data-hue=(hue(&person.id)) aria-hidden="true" { (initial(&person.real_name)) }
                        span.name { (person.real_name) small { (role) } }
                        @if new > 0 && !own { (badge(new)) }
                    }, own))
                }
            }
            (clock(sandbox, place, moves))
        }
    }
}

/// A way to a place: a link, or for App Home a button, since opening it tells the bot.
fn go(to: &Place, inside: Markup, current: bool) -> Markup {
    let current = current.then_some("true");
    html! {
        @if to.spot == Spot::Home {
            form method="post" action="/do/home" {
                input type="hidden" name="place" value=(to.query());
                button.go name="open" value="1" aria-current=[current] { (inside) }
            }
        } @else { a.go href=(to.url()) aria-current=[current] { (inside) } }
    }
}

fn badge(new: usize) -> Markup {
    html! { span.badge { (new) span.hidden { " new" } } }
}

fn clock(sandbox: &Sandbox, place: &Place, moves: &Moves) -> Markup {
    let viewer = sandbox.workspace.person(&place.who);
    let (zone, offset) = viewer.map_or_else(Default::default, |person| (person.tz, person.tz_offset));
    let now = sandbox.clock.now();
    let said = |at: DateTime<Utc>| local(at, offset).format("%a %-d %b, %H:%M").to_string();
    let ways = [
        ("reminder", "Next reminder", moves.reminder),
        ("business-day", "Next business day", moves.business_day),
        ("deadline", "Next deadline", moves.deadline),
        ("hour", "+1 hour", Some(moves.hour)),
    ];
    html! {
        section.clock aria-label="Clock" {
            p {
                time datetime=(now.to_rfc3339()) { (local(now, offset).format("%a %-d %b %Y, %H:%M")) }
                small { (zone.replace('_', " ")) }
            }
            form method="post" action="/do/clock" {
                input type="hidden" name="place" value=(place.query());
                @for (to, label, at) in ways {
                    button.button name="to" value=(to) disabled[at.is_none()] title=[at.map(said)] { (label) }
                }
            }
        }
    }
}

fn sidebar(page: &Page, sandbox: &Sandbox, place: &Place) -> Markup {
    let workspace = &sandbox.workspace;
    let dm = workspace.user(&place.who).dm();
    let link = |spot: Spot, sign: &str, name: &str, new: usize| {
        let current = place.spot == spot;
        go(
            &place.at(spot),
            html! {
                span.sign aria-hidden="true" { (sign) } (name)
                @if new > 0 && !current { (badge(new)) }
            },
            current,
        )
    };
    html! {
        nav.sidebar aria-label="Conversations" {
            h2 { "Channels" }
            @for (id, name) in channels(workspace, &place.who) {
                @let new = unseen(page, workspace, &place.who, &id);
                (link(Spot::Channel(id), "#", &name, new))
            }
            h2 { "Direct messages" }
            (link(Spot::Direct, "●", "Signoff", unseen(page, workspace, &place.who, &dm)))
            h2 { "App" }
            (link(Spot::Home, "⌂", "Home", 0))
            div.foot {
                a.go href=(format!("/policy?{}", place.query())) { "The policy in force" }
                a.go href=(place.with_wire(!place.wire).url()) aria-current=[place.wire.then_some("true")] { "The wire" }
                form method="post" action="/do/reset" {
                    input type="hidden" name="place" value=(place.query());
                    button.go data-confirm="Start over?" data-text="All messages and requests are thrown away, \
                        and the clock goes back to where it started." data-yes="Start over" data-no="Cancel"
                        { "Reset the workspace" }
                }
            }
        }
    }
}

/// An app’s two tabs.
fn tabs(place: &Place) -> Markup {
    html! {
        nav.tabs aria-label="Signoff" {
            (go(&place.at(Spot::Home), html! { "Home" }, place.spot == Spot::Home))
            (go(&place.at(Spot::Direct), html! { "Messages" }, place.spot == Spot::Direct))
        }
    }
}

fn members(sandbox: &Sandbox, place: &Place) -> Markup {
    let channel = place.channel(&sandbox.workspace);
    let channels = sandbox.workspace.channels();
    let count = channels
        .iter()
        .find(|found| found.id == channel)
        .map_or(0, |found| found.members.len());
    html! { span.faint { (count) " members" } }
}

/// Three things to try, ticked off as they are done.
fn guide(sandbox: &Sandbox, place: &Place, moves: &Moves) -> Markup {
    let director = sandbox.workspace.user("U0DIRECTOR");
    let filed = !director.inbox().is_empty();
    let answered = director.inbox().iter().any(|message| message.edited_at.is_some());
    let moved = sandbox.clock.now() > sandbox.started_at;
    if filed && answered && moved {
        return html! {};
    }
    let hidden = |place: &Place| html! { input type="hidden" name="place" value=(place.query()); };
    let pm = place.seen_by("U0PM");
    html! {
        details.guide open {
            summary { "Three things to try" }
            ol {
                li.done[filed] {
                    form method="post" action="/do/say" {
                        (hidden(&if place.spot == Spot::Home { pm.at(Spot::Direct) } else { pm }))
                        "As Priya, type " code { "/review-request" } " or "
                        button.link name="text" value="/review-request" { "open the form" }
                        ", and file what is about to go public."
                    }
                }
                li.done[answered] {
                    a href=(place.seen_by("U0DIRECTOR").at(Spot::Direct).url()) { "Be Dana" }
                    ", the director, and press " em { "Approve" } " on her card. Marketing stays silent."
                }
                li.done[moved] {
                    form method="post" action="/do/clock" {
                        (hidden(place))
                        button.link name="to" value="deadline" disabled[moves.deadline.is_none()] { "Move to the deadline" }
                        ": marketing lapses, and the gate opens. The morning after, " em { "#marketing" } " has the digest."
                    }
                }
            }
        }
    }
}

/// A time on a wall, so many seconds east of UTC.
pub(super) fn local(at: DateTime<Utc>, tz_offset: i32) -> DateTime<FixedOffset> {
    let utc = FixedOffset::east_opt(0).expect("zero is an offset");
    FixedOffset::east_opt(tz_offset)
        .unwrap_or(utc)
        .from_utc_datetime(&at.naive_utc())
}
