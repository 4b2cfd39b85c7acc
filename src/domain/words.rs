//! The command line of `/review-request` (DESIGN §3): what was typed, as a request to the bot. Lenient
//! where people differ (order, case, dashes), exact where a guess could file the wrong thing.

use super::filing::Draft;
use super::ids::RequestId;
use super::policy::Rules;

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
    /// Take it back.
    Withdraw(RequestId, Option<String>),
    /// It went out.
    Published(RequestId, Option<String>),
    /// Ask again after changes.
    Resubmit(RequestId, String),
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
    /// An option that does not exist.
    UnknownOption(String),
    /// `--area` or `--publish` at the end of the line.
    OptionWithoutValue(String),
    /// A command that needs an id, and what was typed instead of one.
    NotAnId {
        /// `show`, …
        command: String,
        /// May be empty.
        typed: String,
    },
    /// `resubmit` without saying what changed.
    NothingSaid(RequestId),
    /// Agreed on, and not built yet.
    NotYet(String),
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
        later @ ("nudge" | "away" | "back") => Err(mistake(Wrong::NotYet(later.to_owned()))),
        _ => file(rules, text),
    }
}

fn file(rules: &Rules, text: &str) -> Result<Words, Mistake> {
    let (category, rest) = split(text);
    let known = rules
        .categories
        .iter()
        .any(|known| known.key.as_str() == category.to_lowercase());
    let mut draft = Draft::default();
    let mut words = if known { rest } else { text }.split_whitespace();
    let (mut title, mut wrong) = (Vec::new(), None);
    if known {
        draft.category = category.to_lowercase();
    }
    while let Some(word) = words.next() {
        match option(word) {
            Some(("wide", _)) => draft.wide_impact = true,
            Some((name @ ("area" | "publish"), value)) => {
                let value = value.or_else(|| words.next());
                let place = if name == "area" {
                    &mut draft.area
                } else {
                    &mut draft.publish_on
                };
                *place = value.map(str::to_owned);
                if place.is_none() {
                    wrong = wrong.or(Some(Wrong::OptionWithoutValue(format!("--{name}"))));
                }
            }
            Some((name, _)) => wrong = wrong.or(Some(Wrong::UnknownOption(format!("--{name}")))),
            None if draft.link.is_empty() && is_link(word) => draft.link = word.to_owned(),
            None => title.push(word),
        }
    }
    draft.title = title.join(" ");
    if !known {
        // With a link in it, it was meant as a request, else as a command.
        let meant = !draft.link.is_empty();
        let word = category.to_owned();
        return Err(Mistake {
            what: Wrong::UnknownWord(word),
            draft: meant.then(|| Box::new(without(draft, category))),
        });
    }
    match wrong {
        Some(what) => Err(Mistake {
            what,
            draft: Some(Box::new(draft)),
        }),
        None => Ok(Words::File(Box::new(draft))),
    }
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

fn split(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim()))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
