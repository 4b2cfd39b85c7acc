//! The command line of `/review-request` (DESIGN §3): what was typed, as a request to the bot. Lenient
//! where people differ (order, case, dashes), exact where a guess could file the wrong thing.

use super::filing::Draft;
use super::ids::{LaneKey, RequestId, UserId};
use super::policy::Rules;
use chrono::NaiveDate;

/// What somebody wants, by words.
#[derive(Debug, Clone, PartialEq)]
pub enum Words {
    /// Nothing typed: the form.
    Form,
    /// File at once.
    File(Box<Draft>),
    /// Their own requests.
    Mine,
    /// What waits on them.
    Waiting,
    /// One request.
    Show(RequestId),
    /// Its deadlines, day by day (R27).
    Why(RequestId),
    /// Ask those who are waited for.
    Nudge(RequestId),
    /// Take it back.
    Withdraw(RequestId, Option<String>),
    /// It went out.
    Published(RequestId, Option<String>),
    /// Ask again after changes.
    Resubmit(RequestId, String),
    /// Somebody else is to look at a lane, says an admin (R8).
    Reassign(RequestId, LaneKey, UserId, String),
    /// Silence shall not count (R16).
    Raise(RequestId),
    /// Let silence count again (R16).
    Lower(RequestId, String),
    /// Away until this day, with somebody who stands in (R6).
    Away(NaiveDate, Option<UserId>),
    /// Back.
    Back,
    /// The forms of the command.
    Help,
}

/// What was wrong with the words, and whatever of a request they held, so that nothing typed is lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// What was wrong.
    pub what: Wrong,
    /// A request to open the form with.
    pub draft: Option<Box<Draft>>,
}

/// What can be wrong with words.
#[derive(Debug, Clone, PartialEq)]
pub enum Wrong {
    /// Neither a category nor a command.
    UnknownWord(String),
    /// An option that does not exist, as it was typed.
    UnknownOption(String),
    /// `--area` or `--publish` with nothing after it, or another option.
    OptionWithoutValue(String),
    /// Two areas, or two dates: which one was meant?
    OptionTwice(String),
    /// A command that needs an id, and what was typed instead of one.
    NotAnId {
        /// `show`, …
        command: String,
        /// May be empty.
        typed: String,
    },
    /// `resubmit` without saying what changed.
    NothingSaid(RequestId),
    /// A command that needs a reason, without one.
    NoReason {
        /// `lower`, `reassign`
        command: String,
        /// About which request.
        request_id: RequestId,
    },
    /// No such lane; the keys there are.
    UnknownLane(String, Vec<LaneKey>),
    /// `away` without a day that exists; what was typed instead of one, which may be nothing.
    NotADay(String),
    /// Not somebody whom Slack's own completion named.
    NotAPerson(String),
}

/// Reads what was typed after `/review-request`.
pub fn parse(rules: &Rules, text: &str) -> Result<Words, Mistake> {
    let text = text.trim();
    let (first, rest) = split(text);
    match first.to_lowercase().as_str() {
        "" => Ok(Words::Form),
        "new" if rest.is_empty() => Ok(Words::Form),
        "new" => file(rules, rest),
        "mine" => Ok(Words::Mine),
        "waiting" => Ok(Words::Waiting),
        "help" | "?" => Ok(Words::Help),
        "show" => id("show", rest).map(|(id, _)| Words::Show(id)),
        "why" => id("why", rest).map(|(id, _)| Words::Why(id)),
        "withdraw" => id("withdraw", rest).map(|(id, reason)| Words::Withdraw(id, some(reason))),
        "published" => id("published", rest).map(|(id, link)| Words::Published(id, some(link))),
        "resubmit" => match id("resubmit", rest)? {
            (id, "") => Err(mistake(Wrong::NothingSaid(id))),
            (id, what) => Ok(Words::Resubmit(id, what.to_owned())),
        },
        "raise" => id("raise", rest).map(|(id, _)| Words::Raise(id)),
        "lower" => match id("lower", rest)? {
            (id, "") => Err(no_reason("lower", id)),
            (id, reason) => Ok(Words::Lower(id, reason.to_owned())),
        },
        "reassign" => reassign(rules, rest),
        "away" => away(rest),
        "back" if rest.is_empty() => Ok(Words::Back),
        "nudge" => id("nudge", rest).map(|(id, _)| Words::Nudge(id)),
        _ => file(rules, text),
    }
}

/// `until 2026-12-02 @deputy`; the first word may be left out.
fn away(text: &str) -> Result<Words, Mistake> {
    let (first, after) = split(text);
    let (day, rest) = match first.to_lowercase().as_str() {
        "until" => split(after),
        _ => (first, after),
    };
    let back_on = day.parse().map_err(|_| mistake(Wrong::NotADay(day.to_owned())))?;
    let delegate = match rest {
        "" => None,
        named => Some(person(named).ok_or_else(|| mistake(Wrong::NotAPerson(named.to_owned())))?),
    };
    Ok(Words::Away(back_on, delegate))
}

/// `R-42 marketing @mia her story anyway`
fn reassign(rules: &Rules, text: &str) -> Result<Words, Mistake> {
    let (id, rest) = id("reassign", text)?;
    let (key, rest) = split(rest);
    let known = rules
        .lanes
        .iter()
        .find(|lane| lane.key.as_str() == key.to_lowercase());
    let lane = known.ok_or_else(|| {
        let keys = rules.lanes.iter().map(|lane| lane.key.clone()).collect();
        mistake(Wrong::UnknownLane(key.to_owned(), keys))
    })?;
    let (named, reason) = split(rest);
    let to = person(named).ok_or_else(|| mistake(Wrong::NotAPerson(named.to_owned())))?;
    match reason {
        "" => Err(no_reason("reassign", id)),
        reason => Ok(Words::Reassign(id, lane.key.clone(), to, reason.to_owned())),
    }
}

fn no_reason(command: &str, request_id: RequestId) -> Mistake {
    mistake(Wrong::NoReason {
        command: command.to_owned(),
        request_id,
    })
}

/// A person as Slack hands one over, `<@U0DEPUTY|deputy>`, or their bare id. A name could be anybody's.
fn person(typed: &str) -> Option<UserId> {
    let inner = typed.strip_prefix("<@").and_then(|rest| rest.strip_suffix('>'));
    let id = match inner {
        Some(inner) => inner.split('|').next().unwrap_or_default(),
        None => typed.strip_prefix('@').unwrap_or(typed),
    };
    let plain = id.len() > 1 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (id.starts_with(['U', 'W']) && plain).then(|| UserId::new(id))
}

fn file(rules: &Rules, text: &str) -> Result<Words, Mistake> {
    let (category, rest) = split(text);
    let key = category.to_lowercase();
    let known = rules.categories.iter().any(|known| known.key.as_str() == key);
    let (mut draft, wrong) = read(if known { rest } else { text });
    if !known {
        // With a link in it, it was meant as a request, else as a command.
        let meant = !draft.link.is_empty();
        return Err(Mistake {
            what: Wrong::UnknownWord(category.to_owned()),
            draft: meant.then(|| Box::new(without(draft, category))),
        });
    }
    draft.category = key;
    match wrong {
        Some(what) => Err(Mistake {
            what,
            draft: Some(Box::new(draft)),
        }),
        None => Ok(Words::File(Box::new(draft))),
    }
}

/// Link, options and title, in any order. Only the first fault is named; what else was not understood
/// stays in the title, so that whoever typed it finds it there.
fn read(text: &str) -> (Draft, Option<Wrong>) {
    let mut draft = Draft::default();
    let (mut title, mut wrong) = (Vec::new(), None);
    let mut words = words(text).peekable();
    while let Some(word) = words.next() {
        let Some((name, value)) = option(word) else {
            match draft.link.is_empty() && is_link(word) {
                true => draft.link = word.to_owned(),
                false => title.push(word),
            }
            continue;
        };
        let name = name.to_lowercase();
        let place = match (name.as_str(), value) {
            ("wide", None) => {
                draft.wide_impact = true;
                continue;
            }
            ("area", _) => &mut draft.area,
            ("publish", _) => &mut draft.publish_on,
            _ => {
                wrong.get_or_insert(Wrong::UnknownOption(word.to_owned()));
                title.push(word);
                continue;
            }
        };
        let apart = match value {
            None => words.next_if(|next| option(next).is_none()),
            Some(_) => None,
        };
        match value.or(apart).filter(|value| !value.is_empty()) {
            Some(value) if place.is_none() => *place = Some(value.to_owned()),
            Some(_) => {
                wrong.get_or_insert(Wrong::OptionTwice(format!("--{name}")));
                title.extend([Some(word), apart].into_iter().flatten());
            }
            None if wrong.is_none() => wrong = Some(Wrong::OptionWithoutValue(format!("--{name}"))),
            None => title.push(word),
        }
    }
    draft.title = title.join(" ");
    (draft, wrong)
}

/// The draft without the word that was meant as its category.
fn without(mut draft: Draft, category: &str) -> Draft {
    if let Some(title) = draft.title.strip_prefix(category) {
        draft.title = title.trim_start().to_owned();
    }
    draft
}

/// `--name` or `--name=value`. Phones and word processors turn two hyphens into a dash.
fn option(word: &str) -> Option<(&str, Option<&str>)> {
    let name = word
        .strip_prefix("--")
        .or_else(|| word.strip_prefix(['—', '–']))?;
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
    named.then(|| {
        name.split_once('=')
            .map_or((name, None), |(name, value)| (name, Some(value)))
    })
}

fn is_link(word: &str) -> bool {
    word.contains("://")
        || word.starts_with('<') && word.ends_with('>') && !word.starts_with("<@") && !word.starts_with("<!")
}

fn id<'t>(command: &str, rest: &'t str) -> Result<(RequestId, &'t str), Mistake> {
    let (typed, rest) = split(rest);
    let wrong = || {
        mistake(Wrong::NotAnId {
            command: command.to_owned(),
            typed: typed.to_owned(),
        })
    };
    typed.parse().map(|id| (id, rest)).map_err(|_| wrong())
}

fn mistake(what: Wrong) -> Mistake {
    Mistake { what, draft: None }
}

/// The words of a line. A link that Slack labelled, `<https://…|two words>`, is one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        let plain = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let first = &rest[..plain];
        let labelled = first.starts_with('<') && first.contains("://") && first.contains('|');
        let closed = if labelled { rest.find('>') } else { None };
        let end = closed.map_or(plain, |at| {
            rest[at..]
                .find(char::is_whitespace)
                .map_or(rest.len(), |more| at + more)
        });
        let (word, after) = rest.split_at(end);
        rest = after.trim_start();
        (!word.is_empty()).then_some(word)
    })
}

fn split(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim()))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
