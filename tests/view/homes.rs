use crate::render;
use crate::story::{ALICE, BOB, DIRECTOR, Story, at, details, rules};
use signoff::domain::home::{Home, Turned};
use signoff::domain::ids::LaneKey;
use signoff::domain::page::Page;
use signoff::domain::request::{Details, Request};
use signoff::view;
use slack_morphism::blocks::SlackView;

fn story(number: i64, category: &str, title: &str, wide: bool) -> Story {
    let details = Details {
        category: category.into(),
        title: title.into(),
        ..details()
    };
    Story::filed_as(rules(), number, details, wide).asked_all("11-25 15:00")
}

fn rendered(home: &Home) -> String {
    render::home(&SlackView::Home(view::home(&rules(), home, at("11-30 10:00"))))
}

#[test]
fn a_full_one() {
    let interview = story(42, "press", "Interview", false).request;
    let tier = story(45, "pricing", "New tier", true).request;
    let held = story(40, "blog", "Held", false)
        .objected("director", DIRECTOR, "11-25 16:00")
        .request;
    let voluntary = story(44, "other", "A talk", false).request;
    let lapsed = story(39, "blog", "Half and half", false)
        .approved("marketing", ALICE, "11-26 10:00")
        .lapsed("director")
        .request;
    let published = story(36, "press", "Podcast", false)
        .published("11-27 12:00")
        .request;
    let out = story(35, "blog", "Went out", false)
        .approved("marketing", BOB, "11-26 10:00")
        .approved("director", DIRECTOR, "11-26 11:00")
        .published("11-26 12:00")
        .request;
    let withdrawn = story(34, "blog", "Off", false).withdrawn("11-26 09:00").request;
    let marketing = |request: &Request| (request.clone(), LaneKey::from("marketing"));
    let home = Home {
        waiting: Page::first(
            vec![marketing(&interview), marketing(&tier), marketing(&voluntary)],
            3,
        ),
        mine: Page::first(vec![held.clone(), lapsed.clone(), voluntary.clone()], 3),
        open: Page::first(vec![tier, voluntary, interview, held, lapsed.clone()], 40),
        outcomes: vec![lapsed, published, out, withdrawn],
    };
    insta::assert_snapshot!("home", rendered(&home));
}

#[test]
fn an_empty_one() {
    let home = Home {
        waiting: Page::default(),
        mine: Page::default(),
        open: Page::default(),
        outcomes: Vec::new(),
    };
    insta::assert_snapshot!("home_empty", rendered(&home));
}

#[test]
fn who_may_not_review() {
    insta::assert_snapshot!("home_guest", render::home(&SlackView::Home(view::no_home())));
}

#[test]
fn pages_are_kept_as_a_word() {
    let turned = Turned {
        waiting: 8,
        mine: 0,
        open: 15,
    };
    assert_eq!(turned.to_string().parse(), Ok(turned));
    assert_eq!("".parse(), Ok(Turned::default()));
    for nobodys in ["x", "-1.0.0", "9999999999999.0.0"] {
        assert!(nobodys.parse::<Turned>().is_err(), "{nobodys}");
    }
}
