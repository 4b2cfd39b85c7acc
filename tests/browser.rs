//! The sandbox's page in a real browser: what a visitor does in the first five minutes.
//!
//! Without Chromium and its driver the tests are skipped, loudly; with `TEST_BROWSER=required` they fail.
//! They leave pictures in `target/screenshots`.

mod browsing;

use browsing::Browser;
use thirtyfour::prelude::*;

const TITLE: &str = "Interview with a national newspaper";

/// Has Priya type the command and fill the form, all but the link.
async fn fill(browser: &Browser) {
    browser.write("#say", "/review-request").await;
    browser
        .see("#say")
        .await
        .send_keys(Key::Enter + "")
        .await
        .expect("an input");
    browser.see("dialog.modal").await;
    browser.write("[name='b|title']", TITLE).await;
    let category = browser.see("[name='b|category']").await;
    let category = thirtyfour::components::SelectElement::new(&category)
        .await
        .expect("a select");
    category.select_by_value("press").await.expect("an option");
}

/// Files what the form holds.
async fn file(browser: &Browser) {
    browser
        .write("[name='b|link']", "https://example.com/draft")
        .await;
    browser.click("dialog.modal footer [name=submit]").await;
    browser.read("dialog.modal", "R-1").await;
    browser.click("dialog.modal footer [name=close]").await;
    browser.gone("dialog.modal").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_form_to_the_digest() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    // Dana has a tab of her own open all the while. It must never be loaded again.
    let (priya, dana) = browser.tab("/?as=U0DIRECTOR&in=dm").await;
    browser
        .driver
        .switch_to_window(dana.clone())
        .await
        .expect("a tab");
    browser.eval("window.loaded = 'once'").await;
    browser
        .driver
        .switch_to_window(priya.clone())
        .await
        .expect("a tab");

    // The form takes the focus, shows errors beside their field, and keeps what was typed.
    fill(&browser).await;
    browser
        .holds("return document.querySelector('dialog.modal').contains(document.activeElement)")
        .await;
    browser.write("[name='b|link']", "not a link").await;
    browser.click("dialog.modal footer [name=submit]").await;
    let wrong = browser.see(".field.wrong").await;
    assert!(
        wrong.find(By::Css("[name='b|link']")).await.is_ok(),
        "the error stands beside the link"
    );
    assert!(wrong.find(By::Css(".error")).await.is_ok());
    browser.holds("return document.activeElement.name === 'b|link' && document.activeElement.value === 'not a link'").await;
    let title = browser
        .see("[name='b|title']")
        .await
        .prop("value")
        .await
        .expect("an input");
    assert_eq!(title.as_deref(), Some(TITLE));

    // Escape closes it and gives the focus back.
    browser
        .see("[name='b|link']")
        .await
        .send_keys(Key::Escape + "")
        .await
        .expect("an input");
    browser.gone("dialog.modal").await;
    browser.holds("return document.activeElement.id === 'say'").await;
    fill(&browser).await;
    file(&browser).await;

    // Dana's card came by itself. A question before wide-impact can be declined.
    browser.driver.switch_to_window(dana).await.expect("a tab");
    browser.read(".message", TITLE).await;
    browser.click(".message [value='0|raise_wide_impact']").await;
    browser.see("dialog.confirm").await;
    browser.click("dialog.confirm [value='']").await;
    browser.gone("dialog.confirm").await;
    browser.click(".message [value='0|approve']").await;
    browser.gone(".message [value='0|approve']").await;
    browser.read(".message", "approved").await;
    assert_eq!(
        browser.eval("return window.loaded").await,
        "once",
        "nothing was loaded again"
    );

    // Marketing stays silent to the deadline.
    browser.driver.switch_to_window(priya).await.expect("a tab");
    browser.read(".clock time", "Wed 2 Dec").await;
    browser.click(".clock [value=deadline]").await;
    browser.read(".clock time", "Tue 8 Dec 2026, 00:00").await;
    browser.click(".sidebar [href*='in=dm']").await;
    browser.read(".message", "lapsed").await;
    browser.read(".message", "clear").await;
    browser.click(".clock [value=business-day]").await;
    browser.click(".sidebar [href*='in=C0MARKETING']").await;
    browser.read(".message", "Reviews").await;

    // App Home, and the wire under it all.
    browser.click(".sidebar form[action='/do/home'] button").await;
    browser.see(".home").await;
    browser.click(".sidebar [href*='wire=1']").await;
    browser.read(".call", "app_home_opened").await;
    browser.close().await;
}

/// Leaves pictures in `target/screenshots`, to be looked at.
#[tokio::test(flavor = "multi_thread")]
async fn every_state_can_be_read_in_the_light_in_the_dark_and_on_a_phone() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    pictures(&browser, "1-first").await;
    fill(&browser).await;
    browser.write("[name='b|link']", "not a link").await;
    browser.click("dialog.modal footer [name=submit]").await;
    browser.see(".field.wrong").await;
    pictures(&browser, "2-error").await;
    file(&browser).await;
    browser.go("/?as=U0DIRECTOR&in=dm").await;
    browser.read(".message", TITLE).await;
    pictures(&browser, "3-card").await;
    browser.click(".message [value='0|approve']").await;
    browser.read(".message", "approved").await;
    browser.click(".clock [value=deadline]").await;
    browser.read(".clock time", "Tue 8 Dec").await;
    browser.go("/?as=U0PM&in=dm").await;
    browser.read(".message", "lapsed").await;
    pictures(&browser, "4-lapse").await;
    browser.click(".clock [value=business-day]").await;
    browser.read(".clock time", "10:00").await;
    browser.go("/?as=U0PM&in=C0MARKETING").await;
    browser.read(".message", "Reviews").await;
    pictures(&browser, "5-digest").await;
    browser.go("/?as=U0PM&in=C0MARKETING&wire=1").await;
    pictures(&browser, "6-wire").await;
    browser.go("/?as=U0PM&in=dm").await;
    browser.click(".sidebar form[action='/do/home'] button").await;
    browser.see(".home").await;
    pictures(&browser, "7-home").await;
    browser.go("/policy").await;
    pictures(&browser, "8-policy").await;
    browser.close().await;
}

/// The page as it is, light and dark, wide and on a phone.
async fn pictures(browser: &Browser, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (size, width, height) in [("wide", 1120, 700), ("narrow", 390, 844)] {
        for dark in [false, true] {
            browser.size(width, height, dark).await;
            let scheme = if dark { "dark" } else { "light" };
            let unreadable = browser.eval(browsing::CONTRAST).await;
            assert_eq!(unreadable, serde_json::json!([]), "{name} {size} {scheme}");
            browser
                .holds("return document.documentElement.scrollWidth <= innerWidth")
                .await;
            let picture = browser.driver.screenshot_as_png().await.expect("a picture");
            std::fs::write(folder.join(format!("{name}-{size}-{scheme}.png")), picture).expect("a file");
        }
    }
    browser.size(1280, 800, false).await;
}
