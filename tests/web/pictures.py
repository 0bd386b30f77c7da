"""Pictures of every page in both themes and three widths: ``python tests/web/pictures.py FOLDER``. To be looked at by people."""
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE)]     # the conftest of all tests comes before ours

from playwright.sync_api import sync_playwright     # noqa: E402

import tour                                         # noqa: E402
from conftest import Server                         # noqa: E402

SIZES = {"phone": (360, 740), "tablet": (820, 1100), "desk": (1440, 900)}


def main(folder, sizes=SIZES, themes=("light", "dark")):
    """Make them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as started:
        server = Server(place).start()
        try:
            people = tour.furnish(server)
            browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for size in sizes:
                for theme in themes:
                    width, height = SIZES[size]
                    page = browser.new_context(base_url=server.url, locale="en-GB", color_scheme=theme, viewport={"width": width, "height": height}).new_page()
                    tour.enter(page, people["ann"])
                    for name in tour.stops(page, people):
                        page.wait_for_timeout(150)      # colours fade
                        page.screenshot(path=folder / f"{name}-{size}-{theme}.png")
                    page.context.close()
                    begin(browser, folder, size, theme)
            browser.close()
        finally:
            server.stop()


def begin(browser, folder, size, theme):
    """The first start, at a server that nobody knows yet."""
    with tempfile.TemporaryDirectory() as place:
        server, (width, height) = Server(place).start(), SIZES[size]
        try:
            page = browser.new_context(base_url=server.url, locale="en-GB", color_scheme=theme, viewport={"width": width, "height": height}).new_page()
            for name in tour.start(page, server.process.stdout.readline()):
                page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=True)
            page.context.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"), sys.argv[2:3] or SIZES, sys.argv[3:4] or ("light", "dark"))
