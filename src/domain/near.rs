//! "Did you mean": names close to what a person typed.

/// Longer input is no typo; comparing it would only cost time.
const LONGEST_NAME: usize = 64;
/// Below this share of equal letters a suggestion confuses more than it helps.
const ALIKE: f64 = 0.6;

/// Up to three of the `known` names that resemble `typed`, closest first.
///
/// The last part of a path counts as a name of its own: `Berlin` finds `Europe/Berlin`.
pub(super) fn nearest(typed: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    if typed.len() > LONGEST_NAME {
        return Vec::new();
    }
    let typed = typed.to_lowercase();
    let alike = |name: &str| {
        let name = name.to_lowercase();
        let last_part = name.rsplit('/').next().unwrap_or(&name);
        strsim::normalized_levenshtein(&typed, &name).max(strsim::normalized_levenshtein(&typed, last_part))
    };
    let mut close: Vec<(f64, String)> = known
        .into_iter()
        .map(|name| (alike(name.as_ref()), name.as_ref().to_owned()))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    close.sort_by(|(a, a_name), (b, b_name)| b.total_cmp(a).then_with(|| a_name.cmp(b_name)));
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

/// What was typed, quoted and short enough for a message.
pub(super) fn quoted(typed: &str) -> String {
    if typed.chars().count() <= LONGEST_NAME {
        return format!("{typed:?}");
    }
    let start: String = typed.chars().take(LONGEST_NAME).collect();
    format!("{:?}", start + "…")
}

/// The end of an error about an unknown name: what to write instead.
pub(super) fn hint(near: &[String], otherwise: &str) -> String {
    if near.is_empty() {
        otherwise.to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    }
}
