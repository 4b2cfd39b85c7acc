//! Whose days count (R15), and how they are told (R27, R28).

use crate::support::{Test, at, says, story};

const PRESS: &str = "press https://example.com/draft An interview";

/// The director's area counts the days of Berlin, marketing those of California.
const BERLIN: &str = r#"
[slack]
marketing_channel = "C0MARKETING"
[calendar]
timezone = "America/Los_Angeles"
regions = ["US"]
[lanes.marketing]
user_group = "S0MARKETING"
[areas.search]
name = "Code Search"
director = "U0DIRECTOR"
region = "DE-BE"
timezone = "Europe/Berlin"
[people.U0DIRECTOR]
region = "DE-BE"
"#;

story!(
    r15_a_berlin_director_and_a_californian_team_lapse_on_different_days,
    BERLIN
);
async fn r15_a_berlin_director_and_a_californian_team_lapse_on_different_days(t: &mut Test) {
    // The Thursday before Easter.
    t.advance("2027-03-25T09:00:00-07:00").await;
    let id = t.files("U0PM", PRESS).await;
    // Berlin: Good Friday 26 and Easter Monday 29 March do not count; Tue 30, Wed 31, Thu 1 April do.
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2027-04-02T00:00:00+02:00"))
    );
    // California: Fri 26, Mon 29, Tue 30 March.
    assert_eq!(
        t.deadline(&id, "marketing").await,
        Some(at("2027-03-31T00:00:00-07:00"))
    );
    t.advance("2027-03-31T00:00:00-07:00").await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=lapsed");
    t.advance("2027-04-01T14:59:59-07:00").await;
    assert_eq!(t.lane(&id, "director").await, "pending");
    t.advance("2027-04-01T15:00:00-07:00").await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
}

const PER_REVIEWER: &str = r#"
[slack]
marketing_channel = "C0MARKETING"
[calendar]
timezone = "America/Los_Angeles"
regions = ["US"]
[deadline]
clock = "per-reviewer"
[lanes.marketing]
user_group = "S0MARKETING"
[areas.search]
name = "Code Search"
director = "U0DIRECTOR"
[people.U0MIA]
region = "DE-BE"
"#;

story!(
    r15_per_reviewer_the_latest_end_of_those_who_were_asked_counts,
    PER_REVIEWER
);
async fn r15_per_reviewer_the_latest_end_of_those_who_were_asked_counts(t: &mut Test) {
    t.advance("2027-03-25T09:00:00-07:00").await;
    let id = t.files("U0PM", PRESS).await;
    // Mia has Good Friday and Easter Monday off, Mark has not: the lane waits for Mia's days. Both live in
    // California.
    assert_eq!(
        t.deadline(&id, "marketing").await,
        Some(at("2027-04-02T00:00:00-07:00"))
    );
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2027-03-31T00:00:00-07:00"))
    );
}

story!(r27_why_counts_each_day_from_the_23rd_of_december);
async fn r27_why_counts_each_day_from_the_23rd_of_december(t: &mut Test) {
    t.advance("2026-12-23T10:00:00-08:00").await;
    let id = t.files("U0PM", PRESS).await;
    let why = t.command("U0PM", &format!("why {id}")).await.text();
    says!(why, @r#"
R-1 is blocked. Waiting for @Director (product director) and @Mark or @Mia (marketing), until Dec 30, 2026 12:00 AM at the latest.
Press: An interview
Product director (`director`), asked @Director
Wed 23 Dec: filing day, does not count
Thu 24 Dec: counts 1
Fri 25 Dec: holiday, Christmas Day
Sat 26 Dec: weekend
Sun 27 Dec: weekend
Mon 28 Dec: counts 2
Tue 29 Dec: counts 3
→ lapses Dec 30, 2026 12:00 AM if nobody answers
Marketing (`marketing`), asked @Mark and @Mia
Wed 23 Dec: filing day, does not count
Thu 24 Dec: counts 1
Fri 25 Dec: holiday, Christmas Day
Sat 26 Dec: weekend
Sun 27 Dec: weekend
Mon 28 Dec: counts 2
Tue 29 Dec: counts 3
→ lapses Dec 30, 2026 12:00 AM if nobody answers
"#);
}

story!(r28_filing_names_the_earliest_opening_and_a_publish_date_before_it);
async fn r28_filing_names_the_earliest_opening_and_a_publish_date_before_it(t: &mut Test) {
    let said = t
        .command(
            "U0PM",
            "press https://example.com/draft --publish 2026-12-04 An interview",
        )
        .await
        .text();
    says!(said, @r#"
R-1 is filed. Press: An interview
Asking product director and marketing.
It is blocked until they answer. If nobody does, the gate opens Dec 8, 2026 12:00 AM at the earliest, after 3 full business days.
Planned for Fri 4 Dec 2026, before silence can open the gate: the answers are needed by then.
Your card for R-1 is kept up to date. `/review-request show R-1` says how it stands.
"#);
}
