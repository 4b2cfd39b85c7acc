//! A headless Chromium in front of a running `signoff sandbox`.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, WindowHandle};

/// How long anything may take to show; the bot answers within 3 s, the rest is a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);
const OFTEN: Duration = Duration::from_millis(50);

/// What keeps Chromium to itself: no first run, no updates, nothing over the network but the page.
const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
];

/// The texts that stand out less than WCAG 2.1 AA asks for: 4.5 to 1, or 3 to 1 where they are large. What is
/// disabled is exempt.
pub(crate) const CONTRAST: &str = r#"
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const over = ([r, g, b, a = 1], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
    const behind = (element) => {
        if (!element) return channels(getComputedStyle(document.documentElement).backgroundColor);
        const own = channels(getComputedStyle(element).backgroundColor);
        return own[3] === undefined ? own : over(own, behind(element.parentElement));
    };
    const light = (color) => color.map((c) => c / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const scope = document.querySelector("dialog") ?? document.body;
    return [...scope.querySelectorAll("*")].filter((element) => {
        const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const hidden = !element.checkVisibility() || element.closest(":disabled, .hidden, .skip, .nojs, option");
        if (!words || hidden) return false;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const below = behind(element);
        const [one, other] = [light(over(channels(color), below)), light(below)].sort((a, b) => b - a);
        const large = parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
        return (one + 0.05) / (other + 0.05) < (large ? 3 : 4.5);
    }).map((element) => element.outerHTML.slice(0, 120));
"#;

/// A process that ends with the test, and whatever it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The whole group: the driver of a test that failed would leave its browser behind.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

/// A browser on the page of a fresh sandbox.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    pub(crate) address: String,
    _sandbox: Running,
    _chromedriver: Running,
    _profile: tempfile::TempDir,
}

/// A process, and what it printed between `before` and `after`.
fn started(mut command: Command, before: &str, after: &[char]) -> std::io::Result<(Running, String)> {
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    let running = Running(child);
    for line in out.lines() {
        let line = line?;
        if let Some((_, rest)) = line.split_once(before) {
            let end = rest.find(after).unwrap_or(rest.len());
            return Ok((running, rest[..end].to_owned()));
        }
    }
    Err(std::io::Error::other(format!(
        "{command:?} ended without saying {before:?}"
    )))
}

/// Skips the test, loudly, unless a browser is required.
fn without(error: &dyn std::error::Error) -> Option<Browser> {
    let required = std::env::var("TEST_BROWSER").is_ok_and(|value| value == "required");
    assert!(!required, "TEST_BROWSER=required, but no browser starts: {error}");
    eprintln!("SKIPPED, NOT TESTED: no browser ({error}). On Debian: apt-get install chromium-driver");
    None
}

impl Browser {
    /// Opens the page. `None`, loudly, where there is no browser; a failure if `TEST_BROWSER=required`.
    pub(crate) async fn open() -> Option<Browser> {
        let mut chromedriver = Command::new("chromedriver");
        chromedriver.arg("--port=0");
        let (chromedriver, port) = match started(chromedriver, "successfully on port ", &['.']) {
            Ok(found) => found,
            Err(error) => return without(&error),
        };
        let mut sandbox = Command::new(env!("CARGO_BIN_EXE_signoff"));
        sandbox.args(["sandbox", "--port", "0"]);
        let (sandbox, address) = started(sandbox, "Open ", &[' ']).expect("the sandbox starts");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut chrome = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            chrome.add_arg(argument).expect("an argument");
        }
        let folder = format!("--user-data-dir={}", profile.path().display());
        chrome.add_arg(&folder).expect("an argument");
        // The client of the driver speaks plain HTTP, but reqwest wants a provider all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let driver = match WebDriver::new(format!("http://127.0.0.1:{port}"), chrome).await {
            Ok(driver) => driver,
            Err(error) => return without(&error),
        };
        let browser = Browser {
            driver,
            address,
            _sandbox: sandbox,
            _chromedriver: chromedriver,
            _profile: profile,
        };
        browser.size(1280, 800, false).await;
        browser.go("/").await;
        Some(browser)
    }

    /// Closes the browser; without it the driver would outlive the test.
    pub(crate) async fn close(self) {
        self.driver.clone().quit().await.expect("Chromium ends");
    }

    /// Makes the window so large, and light or dark.
    pub(crate) async fn size(&self, width: u32, height: u32, dark: bool) {
        let cdp = self.driver.cdp();
        let metrics =
            serde_json::json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .expect("a size");
        let scheme = if dark { "dark" } else { "light" };
        let features = serde_json::json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        cdp.send_raw("Emulation.setEmulatedMedia", features)
            .await
            .expect("a scheme");
    }

    pub(crate) async fn go(&self, path: &str) {
        self.driver
            .goto(format!("{}{path}", self.address))
            .await
            .expect("the page");
    }

    /// Waits for an element that shows.
    pub(crate) async fn see(&self, css: &str) -> WebElement {
        let query = self
            .driver
            .query(By::Css(css))
            .wait(PATIENCE, OFTEN)
            .and_displayed();
        query
            .first()
            .await
            .unwrap_or_else(|_| panic!("{css} does not show"))
    }

    /// Waits for an element that shows this text.
    pub(crate) async fn read(&self, css: &str, text: &str) -> WebElement {
        let wanted = text.to_owned();
        let says = move |element: WebElement| {
            let wanted = wanted.clone();
            async move { Ok(element.text().await.is_ok_and(|text| text.contains(&wanted))) }
        };
        let found = self
            .driver
            .query(By::Css(css))
            .with_filter(says)
            .wait(PATIENCE, OFTEN)
            .first()
            .await;
        match found {
            Ok(element) => element,
            Err(_) => panic!("{css} does not say {text:?} but:\n{}", self.text("main").await),
        }
    }

    /// Waits until nothing matches any more.
    pub(crate) async fn gone(&self, css: &str) {
        let query = self.driver.query(By::Css(css)).wait(PATIENCE, OFTEN);
        assert!(
            query.not_exists().await.expect("the page"),
            "{css} is still there"
        );
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        self.see(css).await.text().await.expect("a text")
    }

    pub(crate) async fn click(&self, css: &str) {
        self.see(css)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("cannot click {css}: {error}"));
    }

    /// Replaces what an input holds.
    pub(crate) async fn write(&self, css: &str, text: &str) {
        let input = self.see(css).await;
        input.clear().await.expect("an input");
        input.send_keys(text).await.expect("an input");
    }

    /// What a script returns.
    pub(crate) async fn eval(&self, script: &str) -> serde_json::Value {
        self.driver
            .execute(script, Vec::new())
            .await
            .expect("a script")
            .json()
            .clone()
    }

    /// Waits until a script returns true.
    pub(crate) async fn holds(&self, script: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.eval(script).await != true {
            assert!(tokio::time::Instant::now() < deadline, "never true: {script}");
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// Opens a second tab on a path, and comes back.
    pub(crate) async fn tab(&self, path: &str) -> (WindowHandle, WindowHandle) {
        let first = self.driver.window().await.expect("a window");
        let second = self.driver.new_tab().await.expect("a tab");
        self.driver.switch_to_window(second.clone()).await.expect("a tab");
        self.go(path).await;
        self.driver.switch_to_window(first.clone()).await.expect("a tab");
        (first, second)
    }
}
