use crate::render;
use crate::story::{ALICE, DIRECTOR, REQUESTER, Story, at, date, details, rules};
use signoff::domain::digest::{Digest, digest};
use signoff::domain::event::Event;
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
    assert_eq!(ids(&digest.wide), [45]);
    assert_eq!(ids(&digest.lapsing), [42]);
    assert_eq!(ids(&digest.waiting), [43, 44, 46]);
    assert_eq!(ids(&digest.objected), [40, 41]);
    assert_eq!(ids(&digest.cleared), [38, 39]);
    assert_eq!(ids(&digest.published), [36, 49]);
    assert_eq!(ids(&digest.withdrawn), [47]);
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
