//! What the requester changed since a lane was last asked (R10, R11).

use super::kit;
use super::text::{self, capitalised, date, mention, quoted, typed};
use super::words::category_name;
use crate::domain::policy::Rules;
use crate::domain::request::{Changed, Details, Lane, Request};
use slack_morphism::blocks::SlackBlock;

/// Changes on one card; of more, the latest.
const CHANGES_MAX: usize = 4;
/// Of a title, so much.
const TITLE_SHOWN: usize = 100;

/// The requester's own words, and old and new of what was edited, latest last.
pub(super) fn changed(
    rules: &Rules,
    request: &Request,
    lane: &Lane,
    id: &impl Fn(&str) -> String,
) -> Vec<SlackBlock> {
    let since: Vec<_> = request
        .changes
        .iter()
        .filter(|change| change.number > lane.seen)
        .collect();
    let mut blocks = Vec::new();
    for (number, change) in since.iter().rev().take(CHANGES_MAX).rev().enumerate() {
        let id = |part: &str| id(&format!("{part}.{number}"));
        match &change.what {
            Changed::Said { text } => blocks.push(kit::plain(&id("what_changed"), text)),
            Changed::Edited { from, to } => {
                blocks.push(kit::section(&id("edited"), &edited(rules, from, to)))
            }
        }
    }
    if !blocks.is_empty() {
        let since = if lane.round > 1 {
            "this lane was last asked"
        } else {
            "it was filed"
        };
        let says = format!("What {} changed since {since}:", mention(&request.requester));
        blocks.insert(0, kit::context(&id("changed"), &says));
    }
    blocks
}

/// `Link: old → new`, a line each.
fn edited(rules: &Rules, from: &Details, to: &Details) -> String {
    let mut lines = Vec::new();
    let mut differs = |what: &str, old: String, new: String| {
        if old != new {
            lines.push(format!("{what}: {old} → *{new}*"));
        }
    };
    let category = |details: &Details| capitalised(&category_name(rules, &details.category));
    let area = |details: &Details| match &details.area {
        Some(key) => typed(rules.area(key).map_or(key.as_str(), |area| &area.name), 60),
        None => "none".to_owned(),
    };
    let planned = |details: &Details| details.publish_on.map_or_else(|| "no day".to_owned(), date);
    differs("Category", category(from), category(to));
    differs("Product area", area(from), area(to));
    differs(
        "Title",
        quoted(&from.title, TITLE_SHOWN),
        quoted(&to.title, TITLE_SHOWN),
    );
    differs("Planned for", planned(from), planned(to));
    if from.link != to.link {
        // Two addresses may differ where their labels do not.
        lines.push(format!(
            "Link: {} → {}",
            text::link(&from.link),
            text::link(&to.link)
        ));
    }
    if from.notes != to.notes {
        lines.push("The notes are new.".to_owned());
    }
    lines.join("\n")
}
