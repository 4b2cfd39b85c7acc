//! The database takes its time: Slack gets its answer within 3 s all the same, and nobody is told that
//! something was saved before it was (R29).

use crate::support::{Database, Test, Transport, run_test};
use signoff::sandbox::CONFIG;
use signoff::store::StoreError;
use std::sync::Arc;
use tokio::sync::Notify;

const PRESS: &str = "press https://example.com/draft An interview";

/// Until it is notified, nothing can be written.
async fn stall(t: &Test) -> Arc<Notify> {
    let store = t.sandbox().app().store.clone();
    let (stalled, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_stalled, goes_on) = (stalled.clone(), go_on.clone());
    tokio::spawn(async move {
        let write = store.write(move |_| {
            Box::pin(async move {
                stalled.notify_one();
                goes_on.notified().await;
                Ok::<(), StoreError>(())
            })
        });
        write.await.expect("nothing was refused");
    });
    is_stalled.notified().await;
    go_on
}

#[tokio::test]
async fn r29_a_slow_database_is_said_and_the_answer_follows() {
    run_test(Transport::Http, Database::Sqlite, CONFIG, slow).await;
}

async fn slow(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MARK", &id);
    t.command("U0MIA", "").await;
    let go_on = stall(t).await;
    let form = [
        ("category", "press"),
        ("title", "From the form"),
        ("link", "https://example.com/form"),
    ];
    let (mark, mia) = (t.user("U0MARK"), t.user("U0MIA"));
    let (command, click, submitted, opened) = tokio::join!(
        t.command("U0PM", "press https://example.com/slow A slow one"),
        mark.click(&card, "approve"),
        mia.submit(&form),
        mark.open_home(),
    );
    let opened = opened.expect("an answer").status;
    assert_eq!(opened, 503, "an event that is not saved is sent again");
    t.ws.forgive();
    let (click, submitted) = (click.expect("an answer"), submitted.expect("an answer"));
    assert_eq!(
        command.text(),
        "This takes longer than usual. The answer comes here in a moment; nothing needs to be typed again."
    );
    assert_eq!(click.failure(), None, "acknowledged in time");
    let heard = t.heard("U0MARK");
    assert!(
        heard.contains("is not saved yet"),
        "and nobody takes it for saved: {heard}"
    );
    let errors = submitted.errors();
    assert!(
        errors.values().all(|said| said.contains("never filed twice")),
        "{errors:?}"
    );
    assert_eq!(errors.len(), 1);
    let shown = t.command("U0PM", &format!("show {id}")).await.text();
    assert!(
        !shown.contains("approved"),
        "nothing is shown as saved that is not: {shown}"
    );

    go_on.notify_one();
    t.settle().await;
    let heard = t.heard("U0PM");
    assert!(heard.contains("R-2") && heard.contains("A slow one"), "{heard}");
    assert_eq!(t.lane(&id, "marketing").await, "approved");
    t.submits("U0MIA", &form).await;
    t.settle().await;
    let mine = t.types("U0MIA", "mine").await;
    assert_eq!(mine.matches("From the form").count(), 1, "{mine}");
}
