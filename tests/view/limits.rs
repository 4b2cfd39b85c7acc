//! The worst that people can type and companies can configure still fits into Slack, and injects nothing.

use crate::render::{check_blocks, check_view, message, mrkdwn_of};
use crate::story::{REQUESTER, Story, asked, at, date, details, digest, entry, rules, user};
use proptest::prelude::*;
use signoff::domain::event::Event;
use signoff::domain::filing::Draft;
use signoff::domain::home::Home;
use signoff::domain::ids::{LaneKey, UserId};
use signoff::domain::page::Page;
use signoff::domain::policy::{Area, LaneRule, Ping, Pool, Rules};
use signoff::domain::request::{Asked, Details, HandedBy, Request, Role, Standing};
use signoff::domain::text::Link;
use signoff::view::modal::{
    ReasonFor, change_form, edit_form, filed_confirmation, hand_over_form, reason_form, request_form,
};
use signoff::view::target::Target;
use signoff::view::text::{cut, escape, width};
use signoff::view::{self, Message, card, digest as digests, notice, reminder, reply};
use slack_morphism::blocks::SlackView;

const LANES: [&str; 7] = [
    "director",
    "marketing",
    "legal",
    "security",
    "finance",
    "brand",
    "support",
];

/// Long names, 7 lanes, 120 areas, 40 reviewers a lane.
fn worst_rules() -> Rules {
    let mut rules = rules();
    let long = |text: &str| format!("{text} {}", "<&>".repeat(60));
    rules.lanes = LANES
        .iter()
        .map(|key| LaneRule {
            escalation: Vec::new(),
            key: (*key).into(),
            name: long(key),
            pool: Pool::Members(reviewers()),
            ping: Ping::All,
            fallback: vec![],
            calendar: None,
        })
        .collect();
    for category in &mut rules.categories {
        category.lanes = LANES.map(LaneKey::from).to_vec();
        category.name = long("category");
        category.hint = Some(long("hint").repeat(20));
        category.wide_impact = Some(long("wide").repeat(20));
    }
    let area = |n: usize| Area {
        calendar: None,
        key: format!("area-{n}").as_str().into(),
        name: long("area"),
        director: user(REQUESTER),
        deputy: None,
    };
    rules.areas = (0..120).map(area).collect();
    rules.admins = reviewers();
    rules
}

fn reviewers() -> Vec<UserId> {
    (0..40).map(|n| user(&format!("U0123456789{n:02}"))).collect()
}

fn worst_details(title: &str, prose: &str) -> Details {
    Details {
        title: title.into(),
        link: Link::parse(&format!("https://example.com/?{}", "&".repeat(970))).unwrap(),
        area: Some("area-119".into()),
        notes: Some(prose.into()),
        ..details()
    }
}

/// The same request in every state that has its own words.
fn worst_requests(rules: &Rules, title: &str, prose: &str) -> Vec<Story> {
    let asked_all = |story: Story| {
        LANES.iter().fold(story, |story, lane| {
            let people: Vec<_> = reviewers()
                .iter()
                .map(|user| asked(user.as_str(), Role::Member))
                .collect();
            let event = Event::ReviewersAsked {
                lane: (*lane).into(),
                round: story.round(lane),
                asked: people,
            };
            story
                .then("11-25 15:00", None, event)
                .told(lane, "U012345678900", "11-25 15:00")
        })
    };
    let filed = |wide| {
        asked_all(Story::filed_as(
            rules.clone(),
            9_000_000_000,
            worst_details(title, prose),
            wide,
        ))
    };
    let each = |story: Story, event: &dyn Fn(LaneKey) -> Event| {
        LANES.iter().fold(story, |story, lane| {
            story.then("11-27 10:00", Some("U012345678900"), event((*lane).into()))
        })
    };
    let approve = |lane| Event::Approved {
        lane,
        note: Some(prose.into()),
    };
    let object = |lane| Event::ChangesRequested {
        lane,
        reason: prose.into(),
    };
    let lapse = |lane| Event::Lapsed { lane };
    let withdrawn = Event::Withdrawn {
        reason: Some(prose.into()),
    };
    let long_link = Link::parse(&format!(
        "https://{}.example.com/?{}",
        "a".repeat(200),
        "&".repeat(700)
    ))
    .unwrap();
    let published = Event::Published {
        link: Some(long_link),
        while_blocked: true,
    };
    let asks = |lane| Event::MoreTimeAsked { lane, round: 1 };
    let handed = |lane: LaneKey| Event::HandedOver {
        lane,
        round: 1,
        from: reviewers()[1..].to_vec(),
        to: Box::new(Asked {
            handed_by: Some(HandedBy {
                user: user("U012345678900"),
                reason: Some(prose.into()),
            }),
            ..asked(reviewers()[0].as_str(), Role::Fallback)
        }),
        reason: Some(prose.into()),
        as_admin: true,
    };
    let changed = Event::Resubmitted {
        what_changed: prose.into(),
        reopened: LANES.map(LaneKey::from).to_vec(),
    };
    vec![
        Story::filed_as(rules.clone(), 9_000_000_000, worst_details(title, prose), false),
        filed(false),
        filed(true),
        each(filed(false), &approve),
        each(filed(false), &object),
        each(filed(false), &lapse),
        each(each(filed(false), &lapse), &object),
        each(each(filed(false), &lapse), &approve),
        asked_all(each(filed(false), &object).then("11-28 10:00", Some(REQUESTER), changed)),
        filed(false).then("11-28 10:00", Some(REQUESTER), withdrawn),
        filed(false).then("11-28 10:00", Some(REQUESTER), published),
        each(filed(false), &handed),
        each(filed(false), &asks),
        asked_all((0..6).fold(filed(false), |story, n| {
            let edited = Event::Edited {
                details: worst_details(&format!("{n}{title}"), prose),
                lanes: LANES.map(LaneKey::from).to_vec(),
                gated: true,
                new_round: true,
            };
            story.then("11-28 10:00", Some(REQUESTER), edited)
        })),
    ]
}

/// Everything that can be said about one request.
fn all_messages(story: &Story) -> Vec<Message> {
    let (rules, request, now) = (&story.rules, &story.request, at("11-30 10:00"));
    let mut all = vec![
        card::requester_card(rules, request, now),
        card::channel_card(rules, request),
        reply::filed(rules, request, now),
        reply::show(rules, request, now),
        reply::why(rules, request, now),
    ];
    let prose = request.details.notes.clone().unwrap();
    for key in LANES {
        let lane = LaneKey::from(key);
        let at_lane = story.lane(key);
        all.push(card::reviewer_card(
            rules,
            request,
            &at_lane,
            &reviewers()[0],
            now,
        ));
        all.push(card::reviewer_card(
            rules,
            request,
            &at_lane,
            &reviewers()[1],
            now,
        ));
        let events = [
            Event::Approved {
                lane: lane.clone(),
                note: Some(prose.clone()),
            },
            Event::ChangesRequested {
                lane: lane.clone(),
                reason: prose.clone(),
            },
            Event::Lapsed { lane: lane.clone() },
            Event::MoreTimeAsked {
                lane: lane.clone(),
                round: 1,
            },
            Event::HandedOver {
                lane: lane.clone(),
                round: 1,
                from: reviewers(),
                to: Box::new(asked(reviewers()[0].as_str(), Role::Member)),
                reason: Some(prose.clone()),
                as_admin: true,
            },
            Event::LaneUnfillable { lane, round: 1 },
            Event::WideImpactRaised,
            Event::WideImpactLowered {
                reason: prose.clone(),
            },
            Event::Resubmitted {
                what_changed: prose.clone(),
                reopened: LANES.map(LaneKey::from).to_vec(),
            },
        ];
        for event in events {
            all.push(reply::done(rules, request, &event, now));
            let about = entry("11-30 10:00", Some("U012345678900"), event);
            all.push(notice::notice(rules, request, &request.requester, &about, now));
            all.push(notice::notice(rules, request, &reviewers()[0], &about, now));
            all.push(notice::channel_notice(rules, request, &about, now));
        }
    }
    all
}

fn all_views(story: &Story) -> Vec<SlackView> {
    let (rules, request) = (&story.rules, &story.request);
    let target = Target {
        request_id: request.request_id,
        lane: Some(story.lane("director")),
    };
    let draft = Draft {
        category: "press".into(),
        title: request.details.title.repeat(30),
        link: request.details.link.as_str().repeat(5),
        area: Some("area-119".into()),
        wide_impact: true,
        publish_on: Some("2026-12-02".into()),
        notes: request.details.notes.as_ref().map(|notes| notes.repeat(5)),
    };
    let mut all = vec![
        request_form(rules, &user(REQUESTER), &draft, Some(&"&lt;".repeat(2000)), "x"),
        edit_form(rules, request),
        change_form(rules, request, &target),
        filed_confirmation(rules, request, at("11-30 10:00")),
        hand_over_form(rules, request, &target, &reviewers()),
    ];
    all.extend(ReasonFor::ALL.map(|reason_for| reason_form(rules, request, &target, reason_for)));
    all
}

/// 200 requests at once, in every state.
fn all_lists(stories: &[Story]) -> Vec<Message> {
    let rules = &stories[0].rules;
    let many: Vec<Request> = (0..200)
        .map(|n| stories[n % stories.len()].request.clone())
        .enumerate()
        .map(|(n, mut request)| {
            request.request_id.0 += n as i64;
            request
        })
        .collect();
    let waiting: Vec<(Request, LaneKey)> = many
        .iter()
        .map(|request| (request.clone(), LaneKey::from("marketing")))
        .collect();
    let now = at("11-30 10:00");
    let each_state = stories.iter().map(|story| {
        let same: Vec<Request> = (0..200).map(|_| story.request.clone()).collect();
        digests::digest_message(
            rules,
            &digest(rules, same, at("11-20 09:00"), date("2026-11-30"), now),
            now,
        )
    });
    let mut all: Vec<Message> = each_state.collect();
    all.push(reminder::reminder(rules, &waiting, now));
    all.push(reminder::reminder_over(&waiting));
    all.push(reminder::snoozed(Some(at("12-30 10:00")), &waiting));
    all.push(reply::waiting(rules, &reviewers()[0], &waiting, 1000, now));
    all.push(reply::mine(rules, &many, 1000, now));
    all.push(digests::digest_message(
        rules,
        &digest(rules, many, at("11-20 09:00"), date("2026-11-30"), now),
        now,
    ));
    all
}

/// The longest lists on one App Home, at their beginning and in their middle.
fn all_homes(stories: &[Story]) -> Vec<SlackView> {
    let rules = &stories[0].rules;
    let one = |story: &Story, before: usize| {
        let many = |most: usize| {
            let numbered = (0..most).map(|n| {
                let mut request = story.request.clone();
                request.request_id.0 += n as i64;
                request
            });
            numbered.collect::<Vec<Request>>()
        };
        let waits = |request| (request, LaneKey::from("marketing"));
        let waiting = many(8).into_iter().map(waits).collect();
        Home {
            waiting: Page::at(before, 8, waiting, 10_000),
            mine: Page::at(before, 8, many(8), 10_000),
            open: Page::at(before, 15, many(15), 10_000),
            outcomes: many(8),
        }
    };
    let now = at("11-30 10:00");
    let homes = stories.iter().flat_map(|story| [one(story, 0), one(story, 960)]);
    homes
        .map(|home| SlackView::Home(view::home(rules, &home, now)))
        .collect()
}

/// As the channel reads it: by names of which nobody chose the length.
fn by_name(message: Message) -> Message {
    let names = message
        .mentioned()
        .into_iter()
        .map(|user| (user, "N&<>".repeat(20)));
    let names = names.collect();
    message.with_names(&names)
}

#[test]
fn the_worst_case_fits() {
    let rules = worst_rules();
    for (title, prose) in [("&", "<"), ("😀", "😀"), ("a", "a"), ("`", "*")] {
        let stories = worst_requests(&rules, &title.repeat(130), &prose.repeat(1000));
        for story in &stories {
            all_messages(story).iter().for_each(check);
            all_views(story)
                .iter()
                .for_each(|view| check_view(&serde_json::to_value(view).unwrap()));
            for message in all_messages(story) {
                check_view(&serde_json::to_value(view::answer(&message)).unwrap());
                check(&by_name(message));
            }
        }
        for message in all_lists(&stories) {
            check(&message);
            check(&by_name(message));
        }
        all_homes(&stories)
            .iter()
            .for_each(|home| check_view(&serde_json::to_value(home).unwrap()));
    }
}

fn check(message: &Message) {
    assert!(width(&message.text) <= 4000);
    check_blocks(&serde_json::to_value(&message.blocks).unwrap(), 50);
}

#[test]
fn nothing_typed_becomes_markup() {
    let rules = worst_rules();
    let evil = "<!channel> &lt; <@U1> *b* <https://evil.example|bank> ```";
    let stories = worst_requests(&rules, evil, evil);
    let mut texts = Vec::new();
    for message in stories.iter().flat_map(all_messages).chain(all_lists(&stories)) {
        texts.push(message.text.clone());
        mrkdwn_of(&serde_json::to_value(&message.blocks).unwrap(), &mut texts);
    }
    stories
        .iter()
        .flat_map(all_views)
        .chain(all_homes(&stories))
        .for_each(|view| mrkdwn_of(&serde_json::to_value(&view).unwrap(), &mut texts));
    assert!(
        texts
            .iter()
            .any(|text| text.contains("&lt;!channel&gt; &amp;lt; &lt;@U1&gt; *b*"))
    );
    for text in texts {
        for forbidden in ["<!channel", "<!here", "<@U1>", "<https://evil", "```"] {
            assert!(!text.contains(forbidden), "{forbidden} in {text}");
        }
        assert!(!text.contains("&amp;amp;"), "escaped twice: {text}");
    }
}

/// DESIGN §1: these words are never said.
#[test]
fn only_the_words_of_the_contract() {
    let stories = worst_requests(&worst_rules(), "t", "n");
    let mut texts = Vec::new();
    for message in stories.iter().flat_map(all_messages).chain(all_lists(&stories)) {
        texts.push(serde_json::to_value(&message.blocks).unwrap().to_string());
        texts.push(message.text);
    }
    let views = stories.iter().flat_map(all_views).chain(all_homes(&stories));
    texts.extend(views.map(|view| serde_json::to_value(&view).unwrap().to_string()));
    for text in texts {
        let text = text.to_lowercase();
        for word in [
            "reject",
            "expire",
            "timed out",
            "time out",
            "ticket",
            "notification",
            "auto-approve",
            "status",
        ] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert!(
            !text.contains("! ") && !text.contains("!\""),
            "an exclamation mark in {text}"
        );
    }
}

/// Silence is never shown as an approval, whatever the message.
#[test]
fn a_lapse_is_never_an_approval() {
    let stories = worst_requests(&worst_rules(), "t", "n");
    let lapsed = &stories[5];
    let (rules, request, now) = (&lapsed.rules, &lapsed.request, at("11-30 10:00"));
    assert!(
        request
            .lanes
            .iter()
            .all(|lane| matches!(lane.standing, Standing::Lapsed { .. }))
    );
    let one = digest(
        rules,
        vec![request.clone()],
        at("11-20 09:00"),
        date("2026-11-30"),
        now,
    );
    let mut all = vec![
        card::requester_card(rules, request, now),
        card::channel_card(rules, request),
        card::reviewer_card(rules, request, &lapsed.lane("legal"), &reviewers()[0], now),
        reply::show(rules, request, now),
        reply::why(rules, request, now),
        reply::mine(rules, std::slice::from_ref(request), 0, now),
        digests::digest_message(rules, &one, now),
    ];
    let about = entry("11-27 10:00", None, Event::Lapsed { lane: "legal".into() });
    all.push(notice::notice(rules, request, &request.requester, &about, now));
    for message in all {
        let said = format!(
            "{}{}",
            message.text,
            serde_json::to_value(&message.blocks).unwrap()
        );
        assert!(!said.contains("approved") && !said.contains('✓'), "{said}");
        assert!(
            said.contains("lapsed") || said.contains("Nobody answered"),
            "{said}"
        );
    }
}

#[test]
fn a_long_link_is_whole_somewhere() {
    let rules = worst_rules();
    let story = &worst_requests(&rules, "t", "n")[1];
    let card = card::reviewer_card(
        &rules,
        &story.request,
        &story.lane("director"),
        &reviewers()[0],
        at("11-26 10:00"),
    );
    let json = serde_json::to_value(&card.blocks).unwrap().to_string();
    assert!(json.contains(story.request.details.link.as_str()));
}

#[test]
fn what_is_cut_points_to_the_rest() {
    let rules = worst_rules();
    let stories = worst_requests(&rules, "t", "n");
    let waiting: Vec<_> = (0..51)
        .map(|n| {
            let mut request = stories[1].request.clone();
            request.request_id.0 = n + 1;
            (request, LaneKey::from("marketing"))
        })
        .collect();
    let said = message(&reminder::reminder(&rules, &waiting, at("11-30 09:30")));
    assert!(said.contains("and 31 more: `/review-request waiting`"), "{said}");
}

proptest! {
    #[test]
    fn cutting_never_leaves_half_a_token(typed in "[a-z<>&;😀 ]{0,60}", max in 1usize..80) {
        let mrkdwn = format!("{0} <@U1> <https://e.com|e> {0}", escape(&typed));
        let short = cut(&mrkdwn, max);
        prop_assert!(width(&short) <= max);
        let kept = short.strip_suffix('…').unwrap_or(&short);
        prop_assert!(mrkdwn.starts_with(kept));
        prop_assert_eq!(short.matches('<').count(), short.matches('>').count());
        for entity in kept.split('&').skip(1) {
            prop_assert!(["amp;", "lt;", "gt;"].iter().any(|whole| entity.starts_with(whole)));
        }
    }
}
