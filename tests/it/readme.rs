//! README and CONTRIBUTING are true: what they quote is printed, what they name is there.

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// The fenced block that quotes the story.
fn excerpt() -> impl Iterator<Item = (usize, &'static str)> {
    README
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .skip_while(|(_, line)| !line.starts_with("U0PM types"))
        .take_while(|(_, line)| !line.starts_with("```"))
}

#[test]
fn it_quotes_what_the_story_prints() {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .args(["sandbox", "--story"])
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
    let story = String::from_utf8(output.stdout).expect("text");
    let mut printed = story.lines();
    assert!(excerpt().count() > 20, "the excerpt was not found");
    for (number, line) in excerpt().filter(|(_, line)| !line.is_empty() && *line != "…") {
        assert!(
            printed.any(|printed| printed == line),
            "README.md:{number}: the story does not print this (any more), or not in this order:\n{line}\n\
             Copy what `cargo run -- sandbox --story` prints."
        );
    }
}

#[test]
fn what_is_linked_or_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for text in [README, include_str!("../../CONTRIBUTING.md")] {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let pictures = text
            .split("src=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        for link in links.chain(pictures) {
            assert!(
                link.starts_with("https://") || root.join(link).exists(),
                "the link {link} leads nowhere"
            );
        }
        for span in text.split('`').skip(1).step_by(2) {
            let names_a_file = ["src/", "tests/", "config/"]
                .iter()
                .any(|folder| span.starts_with(folder));
            assert!(
                !names_a_file || span.contains('*') || root.join(span).exists(),
                "{span} is named and not there"
            );
        }
    }
}
