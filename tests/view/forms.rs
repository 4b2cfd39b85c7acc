use crate::render;
use crate::story::{ALICE, DIRECTOR, REQUESTER, Story, at, rules, user};
use signoff::domain::filing::Draft;
use signoff::view::modal::{
    ReasonFor, change_form, edit_form, filed_confirmation, hand_over_form, reason_form, request_form,
};
use signoff::view::target::Target;
use std::fmt::Write;

#[test]
fn the_request_form() {
    let mut rules = rules();
    insta::assert_snapshot!(
        "form_empty",
        render::view(&request_form(
            &rules,
            &user(REQUESTER),
            &Draft::default(),
            None,
            ""
        ))
    );
    let draft = Draft {
        category: "press".into(),
        title: "t".repeat(140),
        link: "not a link".into(),
        area: None,
        wide_impact: true,
        publish_on: Some("2026-12-02".into()),
        notes: Some("n".into()),
    };
    let person = signoff::domain::policy::PersonRule {
        zone: None,
        area: Some("billing".into()),
        calendar: None,
    };
    rules.people.insert(user(REQUESTER), person);
    let form = request_form(
        &rules,
        &user(REQUESTER),
        &draft,
        Some("This is not a link."),
        "opaque",
    );
    insta::assert_snapshot!("form_prefilled", render::view(&form));
    let draft = Draft {
        publish_on: Some("tomorrow".into()),
        area: Some("search".into()),
        ..Draft::default()
    };
    let form = render::view(&request_form(&rules, &user(REQUESTER), &draft, None, ""));
    assert!(
        form.contains(r#"["search", "billing"] = "search""#) && form.contains("<datepicker> [] = \"\""),
        "{form}"
    );
}

#[test]
fn the_edit_form_says_what_voids_answers() {
    let story = Story::asked();
    insta::assert_snapshot!(
        "form_edit",
        render::view(&edit_form(&story.rules, &story.request))
    );
}

#[test]
fn the_small_forms() {
    let mut said = String::new();
    for (name, story) in [
        ("pending", Story::asked()),
        ("wide", Story::wide()),
        ("lapsed", Story::asked().lapsed("director").lapsed("marketing")),
    ] {
        let target = Target {
            request_id: story.request.request_id,
            lane: Some(story.lane("director")),
        };
        for reason_for in ReasonFor::ALL {
            assert_eq!(ReasonFor::from_action(reason_for.action()), Some(reason_for));
            let form = render::view(&reason_form(&story.rules, &story.request, &target, reason_for));
            writeln!(said, "--- {name}\n{form}\n").unwrap();
        }
    }
    assert_eq!(ReasonFor::from_action("approve"), None);
    insta::assert_snapshot!(said);
}

#[test]
fn a_decision_can_be_changed() {
    let story = Story::asked()
        .approved("marketing", ALICE, "11-26 10:12")
        .objected("director", DIRECTOR, "11-26 10:12");
    let form = |lane: &str| {
        let target = Target {
            request_id: story.request.request_id,
            lane: Some(story.lane(lane)),
        };
        render::view(&change_form(&story.rules, &story.request, &target))
    };
    insta::assert_snapshot!(
        "form_change",
        format!("{}\n\n{}", form("marketing"), form("director"))
    );
}

#[test]
fn a_review_is_handed_over() {
    let story = Story::asked();
    let form = |lane: &str, named: &[&str]| {
        let target = Target {
            request_id: story.request.request_id,
            lane: Some(story.lane(lane)),
        };
        let named: Vec<_> = named.iter().map(|id| user(id)).collect();
        render::view(&hand_over_form(&story.rules, &story.request, &target, &named))
    };
    let forms = [
        form("director", &["UDEPUTY", "UHEAD"]),
        form("director", &[]),
        form("marketing", &["UHEAD"]),
    ];
    insta::assert_snapshot!("form_hand_over", forms.join("\n\n"));
}

#[test]
fn filed() {
    let story = Story::asked();
    insta::assert_snapshot!(
        "form_filed",
        render::view(&filed_confirmation(
            &story.rules,
            &story.request,
            at("11-25 15:00")
        ))
    );
}

#[test]
fn a_target_is_read_as_it_is_written() {
    for text in ["42", "42/director/1", "1/legal-eu/12"] {
        assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "x",
        "42/director",
        "42//1",
        "42/director/x",
        "42/director/1/1",
        "42/director/-1",
    ] {
        assert!(text.parse::<Target>().is_err(), "{text}");
    }
}
