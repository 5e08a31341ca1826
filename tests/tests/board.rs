//! The board as a browser shows it, on a phone and on a desk: what stands there, and that nothing runs out of the page.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::machine::Machine;
use tests::world::demo_events;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const INSTALL: &str =
    "the board is looked at in Chromium: apt-get install chromium, or CHROMIUM=<its program>";
/// Taps on anything smaller miss (WCAG 2.2, target size).
const SMALLEST_TARGET_PX: u32 = 24;

/// Measures the page from inside and writes the figures onto its root element, where `--dump-dom` shows them.
const MEASURE: &str = r#"<script>
addEventListener("load", () => {
  const page = document.documentElement;
  const shown = [...document.querySelectorAll("body *")].filter(e => e.getClientRects().length);
  const wide = shown.filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scrolls"));
  const links = [...document.querySelectorAll("a, button, select, summary")].filter(e => e.getClientRects().length);
  const small = links.filter(e => e.getBoundingClientRect().height < TARGET);
  const sizes = shown.filter(e => e.textContent.trim() && !e.children.length).map(e => parseFloat(getComputedStyle(e).fontSize));
  page.dataset.overflow = page.scrollWidth - page.clientWidth;
  page.dataset.wide = wide.length;
  page.dataset.small = small.map(e => e.textContent.trim()).join("|");
  page.dataset.smallestText = Math.min(...sizes);
});
</script>"#;

fn chromium() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let found = named
        .into_iter()
        .chain(usual.map(PathBuf::from))
        .find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{INSTALL}"))
}

/// Shows a file in a window of this size: its elements once it has settled, and a picture for whoever looks.
fn shown(file: &Path, name: &str, size: &str) -> String {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    let profile = tempfile::tempdir().expect("a folder can be made");
    let output = Command::new(chromium())
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--hide-scrollbars",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("--window-size={size}"))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("Chromium starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn measured(dom: &str, name: &str) -> String {
    let (_, after) = dom
        .split_once(&format!("data-{name}=\""))
        .unwrap_or_else(|| panic!("the page was not measured: {}", &dom[..dom.len().min(600)]));
    after.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn p50_the_board_is_read_on_a_phone_and_on_a_desk() {
    let machine = Machine::at(MONDAY).await;
    for event in demo_events() {
        machine.send(&[event]).await;
    }
    // Something that needs somebody, too.
    let mut refused = demo_events().swap_remove(0);
    refused["detail"]["client_id"] = "nobody".into();
    refused["detail"]["contract_id"] = "C-2026-099".into();
    refused["detail"]["envelope_id"] = "env-nobody".into();
    machine.send(&[refused]).await;

    let case = machine.case_of("ready_for_qa").await;
    for (page, path, words) in [
        (
            "board",
            "",
            &[
                "Needs somebody now",
                "Luis",
                "Harbour Clinic",
                "Bring the final version",
                "SST-2026-0001",
            ][..],
        ),
        (
            "case",
            &format!("case/{}", case.id),
            &["WEB-101", "quinn", "mira", "rejected"],
        ),
    ] {
        assert_fits(page, &machine.board(path).await, words);
    }
}

/// Nothing runs out of the page, nothing is too small to tap or to read, and these words stand there.
fn assert_fits(page: &str, html: &str, words: &[&str]) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{page}.html"));
    let measure = MEASURE.replace("TARGET", &SMALLEST_TARGET_PX.to_string());
    std::fs::write(&file, html.replace("</body>", &format!("{measure}</body>"))).expect("writable");
    for (device, size) in [("phone", "390,844"), ("desk", "1280,900")] {
        let dom = shown(&file, &format!("{page}-{device}"), size);
        assert_eq!(measured(&dom, "overflow"), "0", "{page} on a {device}");
        assert_eq!(measured(&dom, "wide"), "0", "{page} on a {device}");
        assert_eq!(
            measured(&dom, "small"),
            "",
            "{page} on a {device}: too small to tap"
        );
        let smallest: f64 = measured(&dom, "smallest-text").parse().expect("a number");
        assert!(
            smallest >= 12.0,
            "{page} on a {device}: text of {smallest} px"
        );
        for word in words {
            assert!(dom.contains(word), "{page} does not show {word}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_what_a_mails_link_opens_is_read_and_pressed_on_a_phone() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_events().swap_remove(0)]).await;
    let link = machine.link("luis", "Plan the work");
    let shown = machine.open(&link).await;
    assert_fits(
        "link",
        &shown.html(),
        &["Plan the work", "I have it", "Hand it over"],
    );
    let nowhere = machine.open(&format!("{link}A")).await;
    assert_fits("nowhere", &nowhere.html(), &["newest mail"]);
}
