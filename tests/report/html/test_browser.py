"""The page in a real browser: what people press does what it should, without a network."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from tests.report.conftest import AUDIT, RECORDS, ROOT
from xai_bench.models import load_model
from xai_bench.report.html import Written, write_report
from xai_bench.report.html.methodology import scored_recordings
from xai_bench.results import read_cells
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

pytestmark = pytest.mark.slow

WIDE, PHONE = ViewportSize(width=1400, height=900), ViewportSize(width=400, height=800)
MOST_SECONDS = 10.0
"""To open the page, on a machine that is busy with other tests."""
PATIENCE = 10
"""Seconds for what a press sets going."""

expect.set_options(timeout=1000 * PATIENCE)


def opened(browser: Browser, path: Path, size: ViewportSize, *, scheme: str = "light") -> Page:
    page = browser.new_page(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    page.set_default_timeout(10_000)
    page.goto(path.as_uri())
    _wait_for_all(page)
    return page


def _wait_for_all(page: Page) -> None:
    """The gallery is drawn, and nothing moves any more because what is below is laid out."""
    page.locator("#viewer[data-ready]").wait_for()
    page.wait_for_function("() => !document.querySelector('main > section:not(.laid-out)')")


@pytest.fixture
def page(browser: Browser, written: Written) -> Iterator[Page]:
    """The page on a wide screen; nothing but the file may be asked for, and nothing may fail."""
    tab = browser.new_page(viewport=WIDE)
    tab.set_default_timeout(10_000)
    wrong: list[str] = []

    def refuse(route: Route) -> None:
        url = route.request.url
        if url == written.path.as_uri() or url.startswith("data:"):
            route.continue_()
            return
        wrong.append(url)
        route.abort()

    tab.route("**/*", refuse)
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(written.path.as_uri())
    _wait_for_all(tab)
    yield tab
    tab.close()
    assert wrong == []


@pytest.fixture(scope="module")
def recordings(run_folder: Path, zoo: Zoo) -> Recordings:
    model = load_model("linear", zoo=zoo)
    found = scored_recordings(read_cells(run_folder), model, data="synthetic", least=RECORDS)
    return found[:RECORDS]


def column(page: Page, table: str, place: int) -> list[float]:
    """The numbers of a column, top to bottom, of the rows that are seen; a gap is not a number."""
    cells = page.locator(f"{table} tbody tr:visible td:nth-child({place})")
    orders = [cell.get_attribute("data-order") for cell in cells.all()]
    return [float(order) for order in orders if order]


def test_the_page_opens_soon(browser: Browser, written: Written) -> None:
    started = time.monotonic()
    page = opened(browser, written.path, WIDE)
    assert time.monotonic() - started < MOST_SECONDS
    page.close()


def test_a_press_on_a_heading_sorts_best_first_and_a_second_one_reverses(page: Page) -> None:
    page.get_by_role("radio", name="localisation").check(force=True)
    table = "[data-family=localisation] table"
    before = column(page, table, 3)
    heading = page.locator(f"{table} thead th:nth-child(3)")
    heading.click()
    down = column(page, table, 3)
    assert down == sorted(before, reverse=True) != before
    assert heading.get_attribute("aria-sort") == "descending"
    page.locator(f"{table} thead th:nth-child(3) [role=button]").press("Enter")
    assert column(page, table, 3) == sorted(before)


def test_filters_leave_the_rows_that_were_asked_for(page: Page) -> None:
    rows = page.locator(".family:visible tbody tr:visible")
    assert rows.count() == 11  # native does not explain a black box
    page.locator("[data-filter=model]").select_option("two-linear")
    assert {row.get_attribute("data-group") for row in rows.all()} == {"two-linear"}
    page.locator("[data-filter=controls]").uncheck()
    methods = {row.get_attribute("data-name") for row in rows.all()}
    assert methods == {"native", "saliency", "input-x-gradient"}
    page.locator("[data-filter=method]").fill("GRAD")
    assert [row.get_attribute("data-name") for row in rows.all()] == ["input-x-gradient"]
    expect(page.locator("[data-shown]")).to_have_text("1 row")
    page.locator("[data-filter=metric]").select_option("roc_auc")
    assert page.locator(".family:visible").count() == 1
    headings = page.locator(".family:visible thead th:visible")
    assert [re.sub(r"\W", "", h) for h in headings.all_inner_texts()] == [
        "model", "method", "localisationAUC",
    ]  # fmt: skip
    page.locator("[data-filter=metric]").select_option("")
    assert page.locator("[data-family=complexity] thead th:visible").count() == 6


def test_the_long_table_is_searched_sorted_and_paged(page: Page) -> None:
    page.get_by_text(re.compile(r"^All \d+ rows")).click()
    rows = page.locator(".long-table tbody tr")
    expect(rows).to_have_count(25)
    families = page.get_by_role("group", name="Property")
    families.get_by_role("radio", name="runtime").check(force=True)
    expect(rows).to_have_count(11)
    families.get_by_role("radio", name="all").check(force=True)
    expect(rows).to_have_count(25)
    page.locator("[data-filter=metric]").select_option("relevance_mass")
    expect(rows).to_have_count(11)
    assert {row.locator("td").nth(3).inner_text()[:14] for row in rows.all()} == {"relevance mass"}
    page.locator(".long-table thead th").nth(4).click()
    shown: list[float] = []
    until = time.monotonic() + PATIENCE
    while not shown or (shown != sorted(shown, reverse=True) and time.monotonic() < until):
        shown = [float(row.locator(".value").inner_text().strip("= ")) for row in rows.all()]
    assert shown == sorted(shown, reverse=True)
    assert rows.first.locator(".bar").count() == 1


def pixels(page: Page, selector: str = "[data-paper] canvas") -> str:
    found: str = page.locator(selector).first.evaluate("canvas => canvas.toDataURL()")
    return found


def test_overlays_evidence_and_recordings_change_what_is_drawn(page: Page) -> None:
    page.locator("#gallery").scroll_into_view_if_needed()
    seen = [pixels(page)]

    def changed() -> None:
        until = time.monotonic() + PATIENCE
        while (found := pixels(page)) in seen and time.monotonic() < until:
            page.wait_for_timeout(50)
        assert found not in seen
        seen.append(found)

    overlays = page.get_by_role("group", name="Overlay")
    overlays.get_by_role("radio", name="input-x-gradient").check(force=True)
    changed()
    expect(page.locator("[data-verdict]")).to_contain_text("z times the gradient")
    overlays.get_by_role("radio", name="none").check(force=True)
    changed()
    assert page.locator("[data-colourbar]").is_hidden()
    page.get_by_label("outline the planted evidence").uncheck()
    changed()
    page.get_by_role("group", name="Recording").get_by_role("radio").first.check(force=True)
    changed()
    page.get_by_role("group", name="Model").get_by_role("radio", name="two-linear").check(
        force=True
    )
    expect(page.locator("[data-verdict]")).to_contain_text("two-linear says")


def test_hovering_tells_time_millivolt_and_attribution(page: Page, recordings: Recordings) -> None:
    first = page.get_by_role("group", name="Recording").get_by_role("radio").first
    first.check(force=True)
    top = page.locator("[data-paper] canvas.top-layer")
    top.scroll_into_view_if_needed()
    width = float(top.evaluate("canvas => canvas.getBoundingClientRect().width"))
    scale = width / (18 + 250 + 2)  # millimetres: before the first second, ten seconds, after
    sample = 412
    top.hover(position={"x": (18 + sample / 4) * scale, "y": 5})
    expect(page.locator("[data-paper] .tip")).to_be_visible()
    tip = page.locator("[data-paper] .tip").inner_text()
    lead, when, height, *rest = tip.split(" · ")
    assert (lead, when) == ("I", "4.12 s")
    millivolt = recordings.signal[0, 0, sample]
    assert float(height.removesuffix(" mV").replace("−", "-")) == pytest.approx(millivolt, abs=6e-4)
    assert any(re.fullmatch(r"attribution ([+−][\d.e−]+|0)", word) for word in rest)
    page.mouse.move(5, 5)
    assert page.locator("[data-paper] .tip").is_hidden()


def test_a_click_enlarges_a_lead_and_escape_closes(page: Page) -> None:
    top = page.locator("[data-paper] canvas.top-layer")
    top.scroll_into_view_if_needed()
    top.click(position={"x": 300, "y": 5})
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(page.locator("[data-zoom-title]")).to_contain_text("I · Recording")
    assert len(pixels(page, "[data-zoom-paper] canvas")) > 10_000
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Enlarge lead V2").click()
    expect(page.locator("[data-zoom-title]")).to_contain_text("V2 · Recording")
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_everything_in_the_gallery_is_done_with_the_keyboard(page: Page) -> None:
    page.locator("[data-paper] canvas.top-layer").focus()
    said = page.locator("[data-live]")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    assert said.inner_text().startswith("II · 0.13 s · ")
    page.keyboard.press("End")
    assert said.inner_text().startswith("II · 9.99 s · ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.locator("[data-zoom-read]").inner_text().startswith("II · 9.99 s")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-zoom-title]")).to_contain_text("I · Recording")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_first_tab_skips_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_tables_are_downloaded_from_the_page_itself(page: Page) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download audit.csv").click()
    found = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert found == (AUDIT / "audit.csv").read_text(encoding="utf-8")


def test_print_shows_every_property_and_no_controls(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.locator(".family:visible").count() == 3
    assert page.locator(".filters:visible, .contents:visible, .download:visible").count() == 0


def test_the_answer_is_in_sight_when_the_page_opens(page: Page) -> None:
    assert page.locator("h1").inner_text() == "Can these explanations be trusted?"
    answer = page.locator(".answer")
    assert answer.is_visible()
    assert answer.evaluate("one => one.getBoundingClientRect().bottom < innerHeight")


def test_no_table_runs_off_a_window_of_1300_pixels(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of the committed runs and studies, everything unfolded; on a phone tables scroll in their
    own boxes."""
    out = tmp_path_factory.mktemp("committed") / "report.html"
    docs = ROOT / "docs"
    write_report([ROOT / "runs", docs / "audit", docs / "metric_audit"], out=out, records=0)
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(out.as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate("for (const one of document.querySelectorAll('.family')) one.hidden = false")
    wide = """[...document.querySelectorAll('.scroll')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1)
        .map((box) => box.getAttribute('aria-label'))"""
    assert page.locator(".scroll").count() > 30
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1300
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.close()


def test_without_scripts_every_table_and_sentence_is_there(
    browser: Browser, written: Written
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=WIDE)
    page = context.new_page()
    page.goto(written.path.as_uri())
    assert page.locator(".answer p").first.is_visible()
    assert page.locator(".family:visible").count() == 3
    assert page.locator(".filters:visible, .long:visible").count() == 0
    context.close()


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [
        int(one.evaluate("one => one.tagName[1]")) for one in page.locator("h1,h2,h3,h4").all()
    ]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_only_tables_and_paper_scroll_sideways(
    browser: Browser, written: Written, size: ViewportSize
) -> None:
    page = opened(browser, written.path, size)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    page.close()


def test_in_the_dark_the_paper_stays_light(browser: Browser, written: Written) -> None:
    page = opened(browser, written.path, WIDE, scheme="dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background))) < 60
    corner = "canvas => [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data]"
    assert min(page.locator("[data-paper] canvas").first.evaluate(corner)) > 200
    page.close()


def test_hostile_names_stay_text(
    browser: Browser, hostile_run: Path, zoo: Zoo, tmp_path: Path
) -> None:
    hostile = write_report(hostile_run, out=tmp_path / "page.html", records=1, zoo=zoo)
    page = opened(browser, hostile.path, WIDE)
    page.get_by_text(re.compile(r"^All \d+ rows")).click()
    table = page.locator(".long-table tbody")
    expect(table).to_contain_text("<img src=x")
    assert page.locator('img:not([src^="data:image/png;base64,"])').count() == 0
    assert page.title() == "Can these explanations be trusted? xai-bench"
    page.close()


def test_the_list_of_contents_leads_to_its_headings(page: Page) -> None:
    # Pictures that are loaded on the way must not move what is scrolled to.
    there = """(anchor) => {
        const top = document.querySelector(anchor).getBoundingClientRect().top;
        const left = document.documentElement.scrollHeight - innerHeight - scrollY;
        return (top >= 0 && top <= 40) || left < 2;
    }"""
    for link in page.locator("nav a[href^='#']").all():
        anchor = link.get_attribute("href")
        link.click()
        page.wait_for_function(there, arg=anchor, timeout=1000 * PATIENCE)
        page.wait_for_timeout(300)
        assert page.evaluate(there, anchor), f"{anchor} did not stay at the top"
    pictures = page.locator("figure img")
    assert pictures.count() > 0
    assert page.locator("figure img:not([width][height])").count() == 0
