"""The page in Chromium, as a visitor walks through it, with the model that ships. Screenshots in ravs-page/."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from ravs.app.demo_settings import DemoSettings
from ravs.app.example_clips import example_clip
from ravs.inference.outputs.source_part import SourcePart
from ravs.media import PRORES_4444, shown_frames, write_planes
from support.free_port import free_port

pytestmark = pytest.mark.page

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SHOTS = Path("ravs-page")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAIT_MS = 90_000


@pytest.fixture(scope="module")
def address():
    from ravs.app.server import served
    from ravs.inference.segmenter import load

    with served(load(), DemoSettings(port=free_port())) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not Path(CHROMIUM).is_file():
        pytest.skip(f"no Chromium at {CHROMIUM}: set CHROMIUM")
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    flags += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(browser, address, request):
    """The page, opened; it fails for an error in its script, or a request to another host."""
    page = browser.new_page(viewport=request.param, accept_downloads=True)
    page.set_default_timeout(WAIT_MS)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda asked: None if is_here(asked.url, address) else problems.append(asked.url))
    page.goto(address)
    page.wait_for_selector("#input input[type=file]", state="attached")
    yield page
    page.close()
    assert problems == []


def is_here(url, address):
    return url.startswith((address, "data:", "blob:"))


def shot(page, name):
    """A screenshot of all of the page, to be looked at."""
    SHOTS.mkdir(exist_ok=True)
    width = "phone" if page.viewport_size == PHONE else "desktop"
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)


def load_video(page, title="Horses, then a voice"):
    page.locator("#input input[type=file]").first.set_input_files(example_clip(title))
    wait_for_video(page)


def wait_for_video(page):
    page.wait_for_selector("#player .summary:not(:empty)")
    page.wait_for_function("document.querySelector('#player video').readyState >= 2")
    page.wait_for_function("document.querySelector('#player .own .marks').width > 300")


def time_of(page):
    return page.evaluate("document.querySelector('#player video').currentTime")


def marked(page, view="own"):
    """The share of a view's pixels that are drawn over."""
    return page.evaluate(
        """(view) => {
            const canvas = document.querySelector(`#player .${view} .marks`);
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let count = 0;
            for (let index = 3; index < data.length; index += 4) count += data[index] > 0;
            return count / (canvas.width * canvas.height);
        }""",
        view,
    )


def wait_until(true, wait_s=30):
    deadline = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < deadline, f"not so after {wait_s} s"
        time.sleep(0.1)


def set_slider(page, selector, value):
    page.locator(f"#player {selector}").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        str(value),
    )


def test_a_video_is_loaded_played_and_marked(page):
    shot(page, "empty")
    load_video(page)
    assert "horse" in page.locator("#player .summary").inner_text()
    wait_until(lambda: 0.1 < marked(page) < 0.6)
    shot(page, "loaded")
    page.locator("#player .play").click()
    page.wait_for_function("document.querySelector('#player video').currentTime > 0.5")
    page.locator("#player .play").click()
    cursor = page.locator("#player .cursor").evaluate("(cursor) => parseFloat(cursor.style.left)")
    end_s = float(page.locator("#player .seek").get_attribute("max"))
    assert cursor == pytest.approx(100 * time_of(page) / end_s, abs=1.5)
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]  # nothing to scroll to the side


def test_a_click_on_a_bar_goes_there_and_the_marks_follow(page):
    load_video(page)
    bar = page.locator("#player .bar[aria-label^=person]").first
    start_s = float(bar.get_attribute("aria-label").split("from ")[1].split(" ")[0])
    bar.click()
    page.wait_for_function(f"Math.abs(document.querySelector('#player video').currentTime - {start_s}) < 0.1")
    set_slider(page, ".seek", start_s + 1)
    page.wait_for_function("document.querySelector('#player .own .now').textContent === 'person'")


def test_sliders_and_effects_act_at_once(page):
    load_video(page)
    before = marked(page)
    set_slider(page, ".threshold", 0.95)
    wait_until(lambda: 0 < marked(page) < 0.98 * before)
    assert page.locator("#player label:has(.threshold) output").inner_text() == "0.95"
    set_slider(page, ".threshold", 0.5)
    wait_until(lambda: abs(marked(page) - before) < 1e-6)
    set_slider(page, ".tint", 0)
    wait_until(lambda: 0 < marked(page) < before / 3)  # outlines alone
    for effect, share in [("spotlight", 1 - before), ("silhouettes", 1 - before), ("uncertainty", 1)]:
        page.locator(f"#player input[value={effect}]").check()
        wait_until(lambda share=share: abs(marked(page) - share) < 0.03)
        shot(page, effect)


def test_the_listening_test_shows_both_sides(page):
    load_video(page)
    page.locator("#listen-mute").click()
    page.wait_for_selector("#player .changed .title:text('Mute')")
    page.wait_for_function("document.querySelector('#player .changed .now').textContent !== ''")
    assert page.locator("#player .changed .now").inner_text() == "nothing sounds"
    assert marked(page, "changed") == 0 and marked(page) > 0.1
    assert page.locator("#player .changed .text").inner_text().startswith("marked 0%")
    shot(page, "muted")
    page.locator("#player .hear").select_option("changed")
    page.locator("#player .play").click()
    page.wait_for_function("document.querySelector('#player video').currentTime > 0.3")
    assert page.evaluate("document.querySelector('#player video').muted")
    page.locator("#listen-late").click()
    page.wait_for_selector("#player .changed .title:text('One second late')")
    assert page.locator("#player .bar.changed-bar").count() > 0
    page.locator("#listen-swap").click()  # its sound is the same in both ears
    page.wait_for_selector("text=there is nothing to swap")
    with page.expect_file_chooser() as chooser:
        page.locator("#other-file").click()
    chooser.value.set_files(example_clip("An airplane"))
    page.wait_for_selector('#player .changed .title:text("Another clip\'s sound")')


def test_every_download_is_offered_and_one_is_taken(page, tmp_path):
    load_video(page)
    page.locator("#player .downloads summary").click()
    assert page.locator("#player .download").count() == 16
    shot(page, "downloads")
    for name, suffix in [("timeline", ".zip"), ("json", ".json"), ("overlay", ".mp4")]:
        with page.expect_download() as taken:
            page.locator(f"#player .download[data-format={name}]").click()
        assert taken.value.suggested_filename.startswith("horses-and-riders")
        taken.value.save_as(tmp_path / f"{name}{suffix}")
        assert (tmp_path / f"{name}{suffix}").stat().st_size > 500


def test_an_example_is_one_click_away(page):
    page.get_by_role("button", name="An airplane").click()
    wait_for_video(page)
    assert "airplane" in page.locator("#player .summary").inner_text()


def test_the_webcam_records_with_its_sound(page):
    page.get_by_role("button", name="Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.locator("#input button").filter(has_text="Record").click()
    time.sleep(2.5)
    page.locator("#input button").filter(has_text="Stop").click()
    wait_for_video(page)
    assert page.locator("#player .timeline path").get_attribute("d")
    shot(page, "webcam")


def test_a_video_that_no_browser_plays_is_converted(page, tmp_path):
    page.locator("#input input[type=file]").first.set_input_files(write_prores(tmp_path / "clip.mov"))
    wait_for_video(page)
    assert page.evaluate("document.querySelector('#player video').src").endswith("/copy")
    assert page.evaluate("document.querySelector('#player video').videoWidth") == 512


def write_prores(path):
    """An example as editors have it, which no browser plays."""
    part = SourcePart.of(example_clip("An airplane"))
    frames = shown_frames(part.path, part.audio)
    planes = ((frame.planes(), frame.time_s, frame.end_s) for frame in frames)
    opaque = ((shown._replace(alpha=np.full_like(shown.y, 255)), start_s, end_s) for shown, start_s, end_s in planes)
    write_planes(path, opaque, time_base=part.info.time_base, target=PRORES_4444, sound=part.audio)
    return path


def test_all_can_be_done_with_the_keyboard_and_has_a_name(page):
    load_video(page)
    unnamed = page.locator("#player").evaluate(
        """(player) => [...player.querySelectorAll('button, input, select, a')]
            .filter((one) => !(one.ariaLabel || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    page.locator("#player .play").focus()
    page.keyboard.press("Space")
    page.wait_for_function("!document.querySelector('#player video').paused")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('#player video').paused")
    page.locator("#player .bar").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#player video').currentTime < 0.2")
    page.locator("#player .seek").focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('#player video').currentTime > 4")


def test_what_is_no_video_is_said_on_the_page(page, tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    page.locator("#input input[type=file]").first.set_input_files(tmp_path / "text.mp4")
    page.wait_for_selector("text=text.mp4: cannot be decoded")
    shot(page, "problem")


def test_what_a_visitor_left_is_deleted_when_the_page_is_closed(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("#input input[type=file]", state="attached")
    load_video(page)
    root = Path(os.environ["GRADIO_TEMP_DIR"]).parent
    token = page.evaluate("document.querySelector('#player video').src").split("/")[-2]
    assert (root / token).is_dir()
    page.close()
    wait_until(lambda: not (root / token).exists())
