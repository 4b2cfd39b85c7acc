//! The App Home (R26): what waits on its reader, what they asked for, all that is open, how it works. Paged
//! so that it never has more than the 100 blocks that Slack takes.

use super::list::{self, decide_buttons, item_text};
use super::target::Target;
use super::text::{capitalised, count, instant, list as names, mention};
use super::words::{self, Reader, lane_name, subject};
use super::{action, digest, kit, reminder};
use crate::domain::home::{Home, Turned};
use crate::domain::ids::LaneKey;
use crate::domain::page::Page;
use crate::domain::policy::Rules;
use crate::domain::request::{Gate, Lane, Request};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::{SlackBlock, SlackBlockButtonElement, SlackHomeView};

/// Of the lanes that may gate something, so many are named.
const LANES_SHOWN: usize = 5;

/// Somebody's App Home.
pub fn home(rules: &Rules, home: &Home, now: DateTime<Utc>) -> SlackHomeView {
    let turned = Turned {
        waiting: home.waiting.before,
        mine: home.mine.before,
        open: home.open.before,
    };
    let new = kit::primary(kit::plain_button(action::NEW_REQUEST, "New request", "new"));
    let mut blocks = vec![kit::actions("home.do", vec![new])];
    blocks.extend(waiting(rules, &home.waiting, turned, now));
    blocks.extend(mine(rules, &home.mine, turned));
    blocks.extend(open(rules, &home.open, turned));
    blocks.extend(outcomes(rules, &home.outcomes));
    blocks.push(kit::header("home.policy.head", "How it works"));
    blocks.push(kit::section("home.policy", &policy(rules)));
    SlackHomeView::new(blocks)
}

/// What somebody sees who may not review here: a guest, or somebody of another workspace.
pub fn no_home() -> SlackHomeView {
    let says = "Signoff's lists are for full members of this workspace, and you are not one: nothing waits on \
                you here. If somebody filed a request for you, ask them how it stands.";
    SlackHomeView::new(vec![kit::section("home.guest", says)])
}

fn waiting(
    rules: &Rules,
    page: &Page<(Request, LaneKey)>,
    turned: Turned,
    now: DateTime<Utc>,
) -> Vec<SlackBlock> {
    let mut blocks = vec![kit::header("home.waiting.head", "Waiting on you")];
    let headline = match page.before {
        0 => reminder::headline(&page.items, page.more, now),
        _ => format!(
            "*{} for you.*",
            count(page.total(), "review waits", "reviews wait")
        ),
    };
    blocks.push(kit::section("home.waiting", &headline));
    for (request, lane) in list::in_order(&page.items) {
        let id = format!("home.r{}.{}.{}", request.request_id.0, lane.key, lane.round);
        let mut buttons = decide_buttons(request, lane);
        buttons.extend(why_button(request));
        blocks.push(kit::section(&id, &item_text(rules, request, lane, now)));
        blocks.push(kit::actions(&format!("{id}.decide"), buttons));
    }
    let turn = |waiting| Turned { waiting, ..turned };
    blocks.extend(turning("waiting", page, ["Previous", "Next"], turn));
    blocks
}

fn mine(rules: &Rules, page: &Page<Request>, turned: Turned) -> Vec<SlackBlock> {
    let mut blocks = vec![kit::header("home.mine.head", "Your requests")];
    if page.total() == 0 {
        blocks.push(kit::section("home.mine", "You have no open requests."));
    }
    for request in &page.items {
        let id = format!("home.r{}.mine", request.request_id.0);
        let text = format!(
            "*{}* {}\n{}",
            request.request_id,
            subject(rules, request),
            words::gate_says(rules, request, Reader::Requester)
        );
        blocks.push(kit::section(&id, &text));
        blocks.push(kit::actions(&format!("{id}.do"), requester_buttons(request)));
    }
    let turn = |mine| Turned { mine, ..turned };
    blocks.extend(turning("mine", page, ["Newer", "Older"], turn));
    blocks
}

/// The next step, where there is one; everything else is on the request's card.
fn requester_buttons(request: &Request) -> Vec<SlackBlockButtonElement> {
    let target = Target::request(request);
    let mut buttons = Vec::new();
    if request.lanes.iter().any(Lane::has_objection) {
        buttons.push(kit::primary(kit::button(action::RESUBMIT, "Ask again", &target)));
    }
    buttons.push(kit::button(action::PUBLISHED, "Mark published", &target));
    buttons.extend(why_button(request));
    buttons
}

fn why_button(request: &Request) -> Option<SlackBlockButtonElement> {
    let target = Target::request(request);
    request.gated.then(|| kit::button(action::WHY, "Why", &target))
}

fn open(rules: &Rules, page: &Page<Request>, turned: Turned) -> Vec<SlackBlock> {
    let mut blocks = vec![kit::header("home.open.head", "All open")];
    if page.total() == 0 {
        blocks.push(kit::section("home.open", "No request is open."));
    }
    let lines: Vec<String> = page
        .items
        .iter()
        .map(|request| open_line(rules, request))
        .collect();
    blocks.extend(list::sections("home.open", &lines));
    let turn = |open| Turned { open, ..turned };
    blocks.extend(turning("open", page, ["Newer", "Older"], turn));
    blocks
}

fn open_line(rules: &Rules, request: &Request) -> String {
    let wide = if request.is_wide() { "wide-impact, " } else { "" };
    let stands = match request.gate() {
        Gate::Blocked => format!(
            "{wide}waits for {}{}",
            words::waits_briefly(rules, request),
            words::until(request)
        ),
        Gate::Clear if !request.gated => format!("voluntary: {}", digest::each_lane(rules, request)),
        Gate::Clear => format!("clear: {}", digest::each_lane(rules, request)),
    };
    format!(
        "• *{}* {} · from {} · {stands}",
        request.request_id,
        subject(rules, request),
        mention(&request.requester)
    )
}

fn outcomes(rules: &Rules, requests: &[Request]) -> Vec<SlackBlock> {
    if requests.is_empty() {
        return Vec::new();
    }
    let line = |request: &Request| {
        let open = if request.is_open() { "clear: " } else { "" };
        format!(
            "• *{}* {} · {open}{} · {}",
            request.request_id,
            subject(rules, request),
            digest::outcome(rules, request),
            instant(request.stage_since())
        )
    };
    let lines: Vec<String> = requests.iter().map(line).collect();
    let mut blocks = vec![kit::header("home.outcomes.head", "Recent outcomes")];
    blocks.extend(list::sections("home.outcomes", &lines));
    blocks
}

/// `9 to 16 of 30`, and the buttons that turn the list; nothing for a list of one page.
fn turning<T>(
    key: &str,
    page: &Page<T>,
    [back, on]: [&str; 2],
    turn: impl Fn(usize) -> Turned,
) -> Vec<SlackBlock> {
    if page.before == 0 && page.more == 0 {
        return Vec::new();
    }
    let (shown, first) = (page.items.len(), page.before + 1);
    let place = format!("{first} to {} of {}", page.before + shown, page.total());
    let button = |action, label, before| kit::plain_button(action, label, &turn(before).to_string());
    let mut buttons = Vec::new();
    if page.before > 0 {
        buttons.push(button(
            action::HOME_BACK,
            back,
            page.before.saturating_sub(page.size),
        ));
    }
    if page.more > 0 {
        buttons.push(button(action::HOME_ON, on, page.before + shown));
    }
    vec![
        kit::context(&format!("home.{key}.place"), &place),
        kit::actions(&format!("home.{key}.turn"), buttons),
    ]
}

/// The policy in force, in three sentences.
fn policy(rules: &Rules) -> String {
    let gating = |lane: &&LaneKey| {
        let mut categories = rules.categories.iter().filter(|category| category.gated);
        categories.any(|category| category.lanes.contains(lane))
    };
    let lanes = rules.lanes.iter().map(|lane| &lane.key).filter(gating);
    let mut lanes: Vec<String> = lanes.map(|lane| lane_name(rules, lane)).collect();
    let hidden = lanes.len().saturating_sub(LANES_SHOWN);
    lanes.truncate(LANES_SHOWN);
    if hidden > 0 {
        lanes.push(count(hidden, "more lane", "more lanes"));
    }
    let days = words::business_days(rules.deadline.business_days.get(), rules.deadline.counting);
    format!(
        "{} must look before something goes public: each approves, or asks for changes. A lane that stays \
         silent for {days} *lapses*: it blocks no longer, and it never counts as an approval. Wide-impact \
         never opens on silence: it waits for every lane, however long that takes.",
        capitalised(&names(&lanes))
    )
}
