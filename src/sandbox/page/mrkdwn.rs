//! Slack's mrkdwn as HTML. Everything that is not markup is escaped.
//!
//! <https://docs.slack.dev/messaging/formatting-message-text/>

use super::super::workspace::text::Reader;
use maud::{Escaper, Markup, PreEscaped, html};
use std::fmt::Write;

/// Emphasis inside emphasis is rendered so deep and no deeper: what is typed must not cost a stack.
const DEEPEST: usize = 4;

const EMPHASIS: [(char, &str); 3] = [('*', "strong"), ('_', "em"), ('~', "s")];
const ENTITIES: [(&str, char); 3] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];

/// A character that may be markup, or a piece that is done.
enum Piece {
    Char(char),
    Done(Markup),
}

/// A text with its code blocks, quotations, mentions, links, dates and emphasis.
pub(super) fn mrkdwn(text: &str, reader: &Reader) -> Markup {
    let parts: Vec<&str> = text.split("```").collect();
    // An opening fence without its end is text.
    let fenced = parts.len() % 2 == 1;
    html! {
        @if fenced {
            @for (index, part) in parts.iter().enumerate() {
                @if index % 2 == 1 { pre { (literal(part.trim_matches('\n'))) } }
                @else { (paragraphs(part, reader)) }
            }
        } @else { (paragraphs(text, reader)) }
    }
}

/// Lines, those that begin with `>` as quotations.
fn paragraphs(text: &str, reader: &Reader) -> Markup {
    let quoted = |line: &&str| line.starts_with("&gt;") || line.starts_with('>');
    let lines: Vec<&str> = text.lines().collect();
    html! {
        @for run in lines.chunk_by(|a, b| quoted(a) == quoted(b)) {
            @if run.first().is_some_and(quoted) {
                blockquote {
                    @let bare: Vec<&str> = run.iter().map(|line| unquoted(line)).collect();
                    (inline(&pieces(&bare.join("\n"), reader), 0))
                }
            } @else { (inline(&pieces(&run.join("\n"), reader), 0)) }
        }
    }
}

fn unquoted(line: &str) -> &str {
    let rest = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
    rest.unwrap_or(line).trim_start()
}

/// Resolves tokens, entities and code; what is left may be emphasis.
fn pieces(text: &str, reader: &Reader) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = |close: char| {
            rest[1..]
                .find(close)
                .filter(|end| *end > 0 && !rest[1..=*end].contains('\n'))
        };
        if first == '<'
            && let Some(end) = inside('>')
        {
            pieces.push(Piece::Done(token(&rest[1..=end], reader)));
            rest = &rest[end + 2..];
        } else if first == '`'
            && let Some(end) = inside('`')
        {
            pieces.push(Piece::Done(html! { code { (literal(&rest[1..=end])) } }));
            rest = &rest[end + 2..];
        } else if let Some((entity, shown)) = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)) {
            pieces.push(Piece::Done(html! { (shown) }));
            rest = &rest[entity.len()..];
        } else {
            pieces.push(Piece::Char(first));
            rest = &rest[first.len_utf8()..];
        }
    }
    pieces
}

/// Renders pairs of `*`, `_`, `~` around words on one line as emphasis.
fn inline(pieces: &[Piece], depth: usize) -> Markup {
    let mut out = String::new();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        match piece {
            Piece::Done(markup) => out.push_str(&markup.0),
            Piece::Char(c) => {
                let pair = (depth < DEEPEST).then(|| pair(pieces, at, *c)).flatten();
                if let Some((close, tag)) = pair {
                    let inner = inline(&pieces[at + 1..close], depth + 1);
                    let _ = write!(out, "<{tag}>{}</{tag}>", inner.0);
                    at = close;
                } else {
                    // A String takes everything.
                    let _ = Escaper::new(&mut out).write_char(*c);
                }
            }
        }
        at += 1;
    }
    PreEscaped(out)
}

/// Where the emphasis that begins at `at` ends, and its tag.
fn pair(pieces: &[Piece], at: usize, mark: char) -> Option<(usize, &'static str)> {
    let (_, tag) = EMPHASIS.iter().find(|(sign, _)| *sign == mark)?;
    let is =
        |at: usize, test: &dyn Fn(char) -> bool| matches!(pieces.get(at), Some(Piece::Char(c)) if test(*c));
    let opens = (at == 0 || !is(at - 1, &char::is_alphanumeric))
        && pieces.get(at + 1).is_some()
        && !is(at + 1, &|c| c.is_whitespace() || c == mark);
    if !opens {
        return None;
    }
    let on_this_line = (at + 2..pieces.len()).take_while(|&i| !is(i - 1, &|c| c == '\n'));
    let closes = |i: &usize| {
        is(*i, &|c| c == mark) && !is(i - 1, &char::is_whitespace) && !is(i + 1, &char::is_alphanumeric)
    };
    let mut ends = on_this_line;
    ends.find(closes).map(|close| (close, *tag))
}

/// The inside of `<…>`: a mention, a date, a link.
fn token(token: &str, reader: &Reader) -> Markup {
    let (head, label) = match token.split_once('|') {
        Some((head, label)) => (head, Some(label)),
        None => (token, None),
    };
    let mention = |sign: char, id: &str| {
        let name = reader.names.get(id).map(String::as_str).or(label).unwrap_or(id);
        html! { span.mention { (sign) (name.trim_start_matches(sign)) } }
    };
    if let Some(id) = head.strip_prefix('@') {
        return mention('@', id);
    }
    if let Some(id) = head.strip_prefix('#') {
        return mention('#', id);
    }
    if let Some(special) = head.strip_prefix('!') {
        if let Some(date) = special.strip_prefix("date^") {
            let fallback = label.unwrap_or_default();
            return match reader.date(date) {
                Some(shown) => html! { time title=(decoded(fallback)) { (shown) } },
                None => literal(fallback),
            };
        }
        return mention('@', special.strip_prefix("subteam^").unwrap_or(special));
    }
    let url = decoded(head);
    let text = literal(label.unwrap_or(head));
    if ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return html! { a href=(url) target="_blank" rel="noopener noreferrer" { (text) } };
    }
    text
}

/// Text without markup, its entities decoded once and escaped again.
fn literal(text: &str) -> Markup {
    html! { (decoded(text)) }
}

fn decoded(text: &str) -> String {
    // `&amp;` last, or `&amp;lt;` would be decoded twice.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn shown(text: &str) -> String {
        let reader = Reader {
            names: BTreeMap::from([("U0PM".to_owned(), "Priya <b>".to_owned())]),
            tz_offset: -8 * 3600,
            ..Reader::default()
        };
        mrkdwn(text, &reader).into_string()
    }

    #[test]
    fn markup_becomes_elements() {
        assert_eq!(
            shown("*a _b_* ~c~ 2 * 3 * 4 snake_case_x"),
            "<strong>a <em>b</em></strong> <s>c</s> 2 * 3 * 4 snake_case_x"
        );
        assert_eq!(shown("a `*b*` c"), "a <code>*b*</code> c");
        assert_eq!(
            shown("a\n&gt; b\n&gt; *c*\nd"),
            "a<blockquote>b\n<strong>c</strong></blockquote>d"
        );
        assert_eq!(shown("```\n<@U0PM> *x*\n```"), "<pre>&lt;@U0PM&gt; *x*</pre>");
        assert_eq!(
            shown("<https://x.test/a?b=1&amp;c=2|see *it*>"),
            "<a href=\"https://x.test/a?b=1&amp;c=2\" target=\"_blank\" rel=\"noopener noreferrer\">see *it*</a>"
        );
        assert_eq!(
            shown("<!date^1796716800^{date_short} {time}|soon>"),
            "<time title=\"soon\">Dec 8, 2026 12:00 AM</time>"
        );
        assert_eq!(
            shown("<!here> <#C1|general>"),
            "<span class=\"mention\">@here</span> <span class=\"mention\">#general</span>"
        );
    }

    #[test]
    fn what_people_typed_stays_text() {
        assert_eq!(
            shown("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "&lt;script&gt;alert(1)&lt;/script&gt;"
        );
        assert_eq!(shown("&lt;!channel&gt;"), "&lt;!channel&gt;");
        assert_eq!(
            shown("<@U0PM>"),
            "<span class=\"mention\">@Priya &lt;b&gt;</span>"
        );
        assert_eq!(shown("<javascript:alert(1)|go>"), "go");
        assert_eq!(
            shown("<img src=x onerror=alert(1)>"),
            "img src=x onerror=alert(1)"
        );
        assert_eq!(
            shown("<https://x.test/\"onclick=\"y>").matches("&quot;").count(),
            4
        );
        let deep = "*_~".repeat(4_000) + "x" + &"~_*".repeat(4_000);
        assert!(shown(&deep).contains('x'));
    }
}
