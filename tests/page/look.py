#!/usr/bin/env python3
"""Opens a report from its file in headless Chromium, as on a desktop, a phone, in the dark and on paper: its scripts run without
errors, it is no wider than the screen, and the slider changes what the images say. Leaves pictures to look at.
usage: look.py REPORT.html FOLDER [CHROMIUM]"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

DEVICES = {
    "desktop": dict(viewport=dict(width=1280, height=900)),
    "phone": dict(viewport=dict(width=390, height=844), device_scale_factor=2, is_mobile=True),
    "dark": dict(viewport=dict(width=1280, height=900), color_scheme="dark"),
}
SAID = "[...document.querySelectorAll('.thresholds .panel p')].map(line => line.textContent)"
MOVE = "slider => { slider.value = 0.95; slider.dispatchEvent(new Event('input')) }"


def look(browser, name, report, folder):
    page = browser.new_context(**DEVICES[name]).new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(report.resolve().as_uri())
    slider = page.query_selector(".thresholds input")
    if slider:
        page.wait_for_function("document.querySelector('.thresholds .panel:last-child p').textContent")
        before = page.evaluate(SAID)
        slider.evaluate(MOVE)
        after = page.evaluate(SAID)
        assert all(before) and before != after, (name, before, after)
    assert not errors, (name, errors)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: wider than the screen"
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    if name == "desktop":
        page.pdf(path=folder / "paper.pdf")


def main():
    report, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = sys.argv[3] if len(sys.argv) > 3 else shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in DEVICES:
            look(browser, name, report, folder)
        browser.close()
    print(f"{report}: as it should be; pictures in {folder}")


main()
