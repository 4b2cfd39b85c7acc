//! The command line: each form of DESIGN §3, what people type instead, and that nothing typed is lost.

use super::{COMPANY, at, rules, user};
use proptest::prelude::*;
use signoff::domain::filing::Draft;
use signoff::domain::ids::RequestId;
use signoff::domain::policy::Rules;
use signoff::domain::words::{Mistake, Words, Wrong, parse};
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(|| rules(COMPANY));

fn read(text: &str) -> Result<Words, Mistake> {
    parse(&RULES, text)
}

fn filed(text: &str) -> Draft {
    match read(text) {
        Ok(Words::File(draft)) => *draft,
        other => panic!("{text:?} files nothing: {other:?}"),
    }
}

fn wrong(text: &str) -> (Wrong, Option<Draft>) {
    match read(text) {
        Err(mistake) => (mistake.what, mistake.draft.map(|draft| *draft)),
        Ok(words) => panic!("{text:?} is understood: {words:?}"),
    }
}

fn press() -> Draft {
    Draft {
        category: "press".into(),
        link: "https://e.com/a".into(),
        title: "Interview with the Times".into(),
        ..Draft::default()
    }
}

#[test]
fn nothing_typed_opens_the_form() {
    for text in ["", "   ", "new", "NEW"] {
        assert_eq!(read(text), Ok(Words::Form), "{text:?}");
    }
}

#[test]
fn a_category_a_link_and_a_title_file_at_once() {
    assert_eq!(filed("press https://e.com/a Interview with the Times"), press());
    assert_eq!(
        filed("  Press   https://e.com/a \n Interview  with the Times "),
        press()
    );
    assert_eq!(
        filed("new press https://e.com/a Interview with the Times"),
        press()
    );
}

#[test]
fn options_come_in_any_order_and_spelling() {
    let whole = Draft {
        wide_impact: true,
        area: Some("search".into()),
        publish_on: Some("2026-12-02".into()),
        ..press()
    };
    for text in [
        "press https://e.com/a --wide --area search --publish 2026-12-02 Interview with the Times",
        "press --publish 2026-12-02 --area search --wide https://e.com/a Interview with the Times",
        "press Interview with the Times https://e.com/a --publish=2026-12-02 --area=search --wide",
        "press https://e.com/a Interview —wide with —area search the —publish=2026-12-02 Times",
        "press https://e.com/a –wide –area=search –publish 2026-12-02 Interview with the Times",
        "press https://e.com/a --WIDE --Area search --Publish 2026-12-02 Interview with the Times",
        "press https://e.com/a --wide --wide --area search --publish 2026-12-02 Interview with the Times",
    ] {
        assert_eq!(filed(text), whole, "{text}");
    }
}

#[test]
fn dashes_that_are_no_options_are_words() {
    for title in [
        "Search — faster",
        "Search - faster",
        "The -- of it",
        "5 –10 %",
        "A --1 thing",
    ] {
        assert_eq!(filed(&format!("press https://e.com/a {title}")).title, title);
    }
}

#[test]
fn a_link_may_be_wrapped_and_labelled_by_slack() {
    for link in [
        "<https://e.com/a>",
        "<https://e.com/a|e.com/a>",
        "<https://e.com/a|the draft>",
        "<https://e.com/a|the draft>,",
    ] {
        let draft = filed(&format!("press {link} Interview with the Times --area search"));
        assert_eq!(
            (draft.link.as_str(), draft.title.as_str()),
            (link, "Interview with the Times")
        );
        let details = draft
            .parse(&RULES, &user("U0ASKER"), None, at("2026-11-11T14:00:00Z"))
            .expect("complete");
        assert_eq!(details.link.as_str(), "https://e.com/a");
    }
}

#[test]
fn a_second_link_and_a_mention_belong_to_the_title() {
    let draft = filed("press https://e.com/a Talk with <@U1> see https://e.com/b <!here>");
    assert_eq!(draft.link, "https://e.com/a");
    assert_eq!(draft.title, "Talk with <@U1> see https://e.com/b <!here>");
}

/// A title is no less a title for lacking a link: the form will ask for it.
#[test]
fn what_is_missing_is_not_the_parsers_business() {
    assert_eq!(filed("press").category, "press");
    assert_eq!(filed("press Interview").link, "");
}

#[test]
fn an_option_that_does_not_exist_is_named_and_kept() {
    for (typed, option) in [
        ("--wied", "--wied"),
        ("--due=friday", "--due=friday"),
        ("--wide=no", "--wide=no"),
    ] {
        let (what, draft) = wrong(&format!("press https://e.com/a {typed} Interview"));
        assert_eq!(what, Wrong::UnknownOption(option.into()));
        assert_eq!(draft.map(|draft| draft.title), Some(format!("{typed} Interview")));
    }
    let (_, draft) = wrong("press https://e.com/a --wide=no Interview");
    assert_eq!(draft.map(|draft| draft.wide_impact), Some(false), "no is not yes");
}

#[test]
fn an_option_without_its_value_is_named() {
    for (typed, option) in [
        ("--area", "--area"),
        ("--publish", "--publish"),
        ("--publish=", "--publish"),
        ("--area --wide", "--area"),
        ("—area —publish 2026-12-02", "--area"),
    ] {
        let (what, draft) = wrong(&format!("press https://e.com/a Interview {typed}"));
        assert_eq!(what, Wrong::OptionWithoutValue(option.into()), "{typed}");
        assert_eq!(
            draft.map(|draft| draft.title),
            Some("Interview".into()),
            "{typed}"
        );
    }
}

#[test]
fn of_two_areas_or_dates_neither_is_guessed() {
    let (what, draft) =
        wrong("press https://e.com/a --area search --area=batch Interview --publish 2026-12-01");
    assert_eq!(what, Wrong::OptionTwice("--area".into()));
    let draft = draft.expect("a draft");
    assert_eq!(draft.area.as_deref(), Some("search"));
    assert_eq!(draft.title, "--area=batch Interview");
    assert_eq!(draft.publish_on.as_deref(), Some("2026-12-01"));
}

#[test]
fn an_unknown_word_is_named_and_a_request_behind_it_is_kept() {
    assert_eq!(wrong("blgo"), (Wrong::UnknownWord("blgo".into()), None));
    let (what, draft) = wrong("blgo https://e.com/a --wide Interview with the Times");
    assert_eq!(what, Wrong::UnknownWord("blgo".into()));
    let kept = Draft {
        category: String::new(),
        wide_impact: true,
        ..press()
    };
    assert_eq!(draft, Some(kept));
    let (what, draft) = wrong("https://e.com/a Interview");
    assert_eq!(what, Wrong::UnknownWord("https://e.com/a".into()));
    assert_eq!(
        draft.map(|draft| (draft.link, draft.title)),
        Some(("https://e.com/a".into(), "Interview".into()))
    );
}

#[test]
fn the_other_forms() {
    let id = RequestId(42);
    for (text, words) in [
        ("mine", Words::Mine),
        ("Waiting", Words::Waiting),
        ("help", Words::Help),
        ("?", Words::Help),
        ("show R-42", Words::Show(id)),
        ("why R-42", Words::Why(id)),
        ("withdraw R-42", Words::Withdraw(id, None)),
        (
            "withdraw R-42 not  needed any more",
            Words::Withdraw(id, Some("not  needed any more".into())),
        ),
        ("published R-42", Words::Published(id, None)),
        (
            "published R-42 <https://e.com/p|here>",
            Words::Published(id, Some("<https://e.com/p|here>".into())),
        ),
        (
            "resubmit R-42 a new price",
            Words::Resubmit(id, "a new price".into()),
        ),
    ] {
        assert_eq!(read(text), Ok(words), "{text}");
    }
}

#[test]
fn an_id_in_every_spelling() {
    for typed in ["R-42", "r-42", "R42", "r42", "#42", "42", "R-042"] {
        assert_eq!(
            read(&format!("show {typed}")),
            Ok(Words::Show(RequestId(42))),
            "{typed}"
        );
    }
    for typed in [
        "",
        "42x",
        "R-",
        "R-0",
        "-42",
        "R--42",
        "٤٢",
        "99999999999999999999",
        "R-42,",
    ] {
        let (what, _) = wrong(&format!("show {typed}"));
        let mistake = Wrong::NotAnId {
            command: "show".into(),
            typed: typed.into(),
        };
        assert_eq!(what, mistake, "{typed}");
    }
}

#[test]
fn resubmit_without_words_says_what_is_missing() {
    assert_eq!(wrong("resubmit R-42").0, Wrong::NothingSaid(RequestId(42)));
}

#[test]
fn ten_thousand_characters_are_read_whole() {
    let title = "word ".repeat(2000);
    assert_eq!(
        filed(&format!("press https://e.com/a {title}")).title,
        title.trim()
    );
    let one = "w".repeat(10_000);
    assert_eq!(wrong(&one), (Wrong::UnknownWord(one.clone()), None));
    assert!(read(&format!("press {}", "--area ".repeat(1500))).is_err());
    assert!(read(&format!("press {}", "<https://|".repeat(1000))).is_ok());
}

/// Words as people and phones make them, options and links more often than chance would.
fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        5 => "[a-z]{1,8}",
        1 => "\\PC{1,6}",
        3 => proptest::sample::select(&[
            "--wide", "—wide", "--wide=x", "--area", "--area=search", "–area=", "--publish", "--publish=2026-12-02",
            "--publish=", "--nonsense", "—nonsense=x", "--Area", "https://e.com/a", "<https://e.com/b|two",
            "words>", "<https://e.com/c>", "<@U1>", "|", ">", "<", "—", "--", "new", "press", "R-1",
        ][..]).prop_map(str::to_owned),
    ];
    let space = proptest::sample::select(&[" ", "  ", "\n", "\t", "\u{a0}"][..]);
    proptest::collection::vec((word, space), 0..12).prop_map(|words| {
        words
            .into_iter()
            .flat_map(|(word, space)| [word, space.to_owned()])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn it_never_panics(text in any::<String>(), line in line()) {
        for text in [text.clone(), line.clone(), format!("{line}{text}"), format!("press {text}"), format!("show {text}")] {
            drop(parse(&RULES, &text));
        }
    }

    /// Where a request was meant, every word is found again: in a field, or in what the mistake names.
    #[test]
    fn nothing_typed_is_lost(category in proptest::sample::select(&["press", "Blog", "new press"][..]), line in line()) {
        let (draft, named) = match parse(&RULES, &format!("{category} {line}")) {
            Ok(Words::File(draft)) => (*draft, String::new()),
            Err(Mistake { what, draft: Some(draft) }) => (*draft, format!("{what:?}")),
            other => return Err(TestCaseError::fail(format!("no request: {other:?}"))),
        };
        prop_assert!(category.to_lowercase().ends_with(&draft.category), "{:?}", draft.category);
        for word in line.split_whitespace() {
            let value = word.split_once('=').map_or(word, |(_, value)| value);
            let is_option = word.starts_with(['-', '—', '–']);
            let given = [&draft.area, &draft.publish_on];
            let mut fields = [&draft.title, &draft.link].into_iter().chain(given.into_iter().flatten());
            let kept = fields.any(|field| field.split_whitespace().any(|kept| kept == word))
                || is_option && given.into_iter().flatten().any(|kept| kept == value)
                || is_option && is_name(word, "wide") && draft.wide_impact
                || is_option && draft.area.is_some() && is_name(word, "area")
                || is_option && draft.publish_on.is_some() && is_name(word, "publish")
                || named.contains(&format!("{word:?}"))
                || is_option
                    && ["area", "publish"]
                        .iter()
                        .any(|name| is_name(word, name) && named.contains(name));
            prop_assert!(kept, "{:?} is lost: {:?} {}", word, draft, named);
        }
    }
}

/// Is this word the bare option of that name?
fn is_name(word: &str, name: &str) -> bool {
    let bare = word.trim_start_matches(['-', '—', '–']).trim_end_matches('=');
    bare.eq_ignore_ascii_case(name)
}
