use crate::render;
use crate::story::{ALICE, DIRECTOR, REQUESTER, Story, at, date, details, digest, rules, user};
use signoff::domain::digest::{Digest, Stuck};
use signoff::domain::event::Event;
use signoff::domain::figures::Counter;
use signoff::domain::request::{Details, Request};
use signoff::view::digest::digest_message;

fn story(number: i64, category: &str, title: &str, wide: bool) -> Story {
    let details = Details {
        category: category.into(),
        title: title.into(),
        ..details()
    };
    Story::filed_as(rules(), number, details, wide)
}

fn monday(requests: Vec<Request>) -> Digest {
    digest(
        &rules(),
        requests,
        at("11-27 09:00"),
        date("2026-11-30"),
        at("11-30 09:00"),
    )
}

fn ids(requests: &[Request]) -> Vec<i64> {
    requests.iter().map(|request| request.request_id.0).collect()
}

fn everything() -> Vec<Request> {
    let all = "11-25 15:00";
    vec![
        story(36, "press", "Podcast", false)
            .asked_all(all)
            .published("11-27 12:00")
            .request,
        story(37, "press", "Old and clear", false)
            .asked_all(all)
            .approved("marketing", ALICE, "11-26 10:00")
            .approved("director", DIRECTOR, "11-26 10:00")
            .request,
        story(38, "blog", "Both approved", false)
            .asked_all(all)
            .approved("marketing", ALICE, "11-26 10:00")
            .approved("director", DIRECTOR, "11-27 10:00")
            .request,
        story(39, "blog", "One lapsed", false)
            .asked_all(all)
            .approved("director", DIRECTOR, "11-26 10:00")
            .then(
                "11-28 00:00",
                None,
                Event::Lapsed {
                    lane: "marketing".into(),
                },
            )
            .request,
        story(40, "blog", "Objected", false)
            .asked_all("11-27 15:00")
            .objected("director", DIRECTOR, "11-27 16:00")
            .request,
        story(41, "blog", "Objected after its lapse", false)
            .asked_all(all)
            .approved("director", DIRECTOR, "11-26 10:00")
            .lapsed("marketing")
            .objected("marketing", ALICE, "11-30 08:00")
            .request,
        story(42, "press", "Interview", false)
            .asked_all(all)
            .approved("marketing", ALICE, "11-26 10:00")
            .request,
        story(43, "blog", "Waiting", false)
            .asked_all("11-27 15:00")
            .handed("director", "UADMIN", DIRECTOR, "UHEAD", "11-27 16:00")
            .request,
        story(44, "other", "Voluntary", false).asked_all(all).request,
        story(45, "pricing", "New tier", true).asked_all(all).request,
        story(46, "blog", "Nobody", false)
            .then(
                all,
                None,
                Event::LaneUnfillable {
                    lane: "director".into(),
                    round: 1,
                },
            )
            .request,
        story(47, "blog", "Off", false)
            .asked_all(all)
            .withdrawn("11-27 12:00")
            .request,
        story(48, "blog", "Off long ago", false)
            .asked_all(all)
            .withdrawn("11-26 12:00")
            .request,
        story(49, "blog", "Went out after a lapse", false)
            .asked_all(all)
            .lapsed("director")
            .approved("marketing", ALICE, "11-27 10:00")
            .published("11-27 12:00")
            .request,
    ]
}

#[test]
fn every_request_is_in_one_section_at_most() {
    let digest = monday(everything());
    assert_eq!(ids(&digest.wide.items), [45]);
    assert_eq!(ids(&digest.lapsing.items), [42]);
    assert_eq!(ids(&digest.waiting.items), [43, 44, 46]);
    assert_eq!(ids(&digest.objected.items), [40, 41]);
    assert_eq!(ids(&digest.cleared.items), [38, 39]);
    assert_eq!(ids(&digest.published.items), [36, 49]);
    assert_eq!(ids(&digest.withdrawn.items), [47]);
    assert_eq!(digest.open, 10);
}

#[test]
fn what_the_channel_reads() {
    let digest = monday(everything());
    insta::assert_snapshot!(
        "digest",
        render::message(&digest_message(&rules(), &digest, at("11-30 09:00")))
    );
}

#[test]
fn nothing_to_say() {
    let old = everything()
        .into_iter()
        .filter(|request| [37, 48].contains(&request.request_id.0))
        .collect();
    let quiet = monday(old);
    assert!(quiet.is_empty());
    insta::assert_snapshot!(
        "digest_quiet",
        render::message(&digest_message(&rules(), &quiet, at("11-30 09:00")))
    );
    assert!(!monday(everything()).is_empty());
    assert_ne!(REQUESTER, DIRECTOR);
}

/// The channel is told on whom it waits without pinging anybody.
#[test]
fn people_are_named_and_not_pinged() {
    let message = digest_message(&rules(), &monday(everything()), at("11-30 09:00"));
    let people = message.mentioned();
    assert!(
        people.contains(&user(DIRECTOR)) && people.contains(&user(ALICE)),
        "{people:?}"
    );
    let names = people.into_iter().map(|user| {
        let name = format!("{} <@U1> & *co*", user.as_str());
        (user, name)
    });
    let named = message.clone().with_names(&names.collect());
    assert!(named.mentioned().is_empty());
    let said = render::message(&named);
    assert!(said.contains("UDIRECTOR &lt;@U1&gt; &amp; *co*"), "{said}");
    let unknown = message.with_names(&std::collections::BTreeMap::new());
    assert!(
        unknown.mentioned().contains(&user(DIRECTOR)),
        "on whom matters more than quiet"
    );
}

/// On Monday the week before, in figures; for operators what is stuck.
#[test]
fn mondays_figures_and_what_is_stuck() {
    let mut counter = Counter::new(at("11-23 00:00"), at("11-30 00:00"));
    let stories = [
        story(40, "blog", "Held", false)
            .asked_all("11-25 15:00")
            .objected("director", DIRECTOR, "11-25 16:00"),
        story(39, "press", "Lapsed", false)
            .asked_all("11-25 15:00")
            .approved("marketing", ALICE, "11-26 17:00")
            .lapsed("director")
            .published("11-29 10:00"),
        story(38, "press", "Podcast", false)
            .asked_all("11-25 15:00")
            .published("11-27 12:00"),
    ];
    for story in &stories {
        for entry in &story.entries {
            counter.take(story.request.request_id, entry);
        }
    }
    let digest = Digest {
        last_week: Some(counter.figures()),
        lapsed: 1,
        stuck: Stuck { in_doubt: 2, dead: 1 },
        ..monday(stories.map(|story| story.request).to_vec())
    };
    insta::assert_snapshot!(
        "digest_monday",
        render::message(&digest_message(&rules(), &digest, at("11-30 09:00")))
    );
}
