"""How soon the web client is there and how smoothly it scrolls, in Chromium: ``python tests/load/web.py``.

A slow phone is played: 10 Mbit/s, 40 ms, and the processor four times as slow as this machine's; and once more as slow as a cheap phone's, by the measure and the
score that Chromium's own tools go by, because four times slower than what nobody knows is nothing that can be compared. Nothing is in the browser's cache, and somebody is
signed in. The server runs beside it on the same machine and is not slowed down. Prints a table; JSON goes to ``tests/load/results/``.
"""
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

import requests                                     # noqa: E402
from playwright.sync_api import sync_playwright     # noqa: E402

from conftest import Server                         # noqa: E402

RUNS, SCROLLS, MANY, ROUNDS = 5, 5, 10_000, 24
CALM = 10                                           # seconds after which nothing more comes
SLOWER = 4                                          # times than this machine
CHEAP = 264                                         # the score of a cheap phone of 2022 (chrome-devtools-frontend, CalibrationController.ts)
FAR, FLING = 28_800, 86_400                         # pixels in six seconds: six screens a second, and seventeen
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
SLOW = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}


def main():
    with tempfile.TemporaryDirectory() as place, sync_playwright() as started:
        server = Server(place).start()
        try:
            ann = server.add("ann")
            requests.get(f"{server.url}/graph/v1.0/me/drive", auth=ann.auth, timeout=30)
            for number in range(12):
                requests.put(f"{ann.dav}/file {number}.txt", data=b"x" * 1000, auth=ann.auth, timeout=30)
            many = server.data / "people" / "ann" / "Many"
            many.mkdir()
            for number in range(MANY):
                (many / f"file {number:05d}.txt").write_bytes(b"")
            requests.request("PROPFIND", f"{ann.dav}/Many", headers={"Depth": "1"}, auth=ann.auth, timeout=300)
            while found(server, ann) < MANY + 12:   # what is new to the server it reads once, and not while we measure
                time.sleep(1)
            time.sleep(15)                          # until it has told of that, too, and no page reads its list anew
            browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-precise-memory-info", "--js-flags=--expose-gc"])
            state, reached = signed_in(browser, server, ann), score(browser)
            cheap = round(max(1, reached / CHEAP), 1)
            figures = {"score of this machine (a cheap phone's is 264, a good one's 1000)": round(reached)}
            say(figures)
            for name, rate in (("4x slower", SLOWER), (f"as a cheap phone ({cheap}x)", cheap)):
                small = [load(browser, server, state, "/files/personal/ann", rate) for _ in range(RUNS)]
                many = [load(browser, server, state, "/files/personal/ann/Many", rate) for _ in range(RUNS)]
                say({f"a list of a dozen, {name}, s": median(small), f"a list of 10,000, its beginning, {name}, s": median(many), f"a list of 10,000, all of it, {name}, s": median(many, "all")}, figures)
            say({"first load: requests until the list is there": small[0]["requests"], "first load: requests in all, with notices and the live stream": small[0]["calm"],
                 "first load: KiB": round(small[0]["bytes"] / 1024, 1)}, figures)
            for name, rate, far in (("not slower", 1, FAR), ("4x slower", SLOWER, FAR), (f"as a cheap phone ({cheap}x)", cheap, FAR), ("not slower, three times as fast", 1, FLING)):
                runs = [scrolling(browser, server, state, rate, far) for _ in range(SCROLLS)]
                say({f"scrolling, {name}: tasks above 50 ms": " ".join(str(each["tasks"]) for each in runs), f"scrolling, {name}: the longest, ms": median(runs, "longest"),
                     f"scrolling, {name}: frames, and ms of the processor for each": f"{median(runs, 'frames'):.0f}, {median(runs, 'spent')}"}, figures)
            say(using(browser, server, state), figures)
            say({"score of this machine at the end": round(score(browser))}, figures)
            browser.close()
        finally:
            server.stop()
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "web.json").write_text(json.dumps(figures, indent=1))


def found(server, person):
    """How many files the server's index knows."""
    answer = requests.request("REPORT", f"{server.url}/dav/spaces/", auth=person.auth, timeout=60, data=(
        '<oc:search-files xmlns:oc="http://owncloud.org/ns"><oc:search><oc:pattern>name:file*</oc:pattern><oc:limit>1</oc:limit></oc:search></oc:search-files>'))
    return int(answer.headers.get("Content-Range", "/0").rpartition("/")[2])


def median(runs, name="seconds"):
    return round(statistics.median(each[name] for each in runs), 2)


def say(found, figures=None):
    """Print rows of the table, and keep them with the others."""
    for name, value in found.items():
        print(f"| {name} | {value} |", flush=True)
    if figures is not None:
        figures.update(found)


def signed_in(browser, server, person):
    """The cookies of somebody who has signed in."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/files")
    page.fill("#name", person.name)
    page.fill("#password", person.password)
    page.click("main form[action='/signin'] button")
    page.wait_for_selector(".file-row")
    state = context.storage_state()
    context.close()
    return state


def score(browser):
    """How fast scripts run here, unslowed, as Lighthouse's BenchmarkIndex counts: texts of 10,000 letters built, and lists of 100,000 numbers copied, in tenths of a second."""
    page = browser.new_page()
    found = page.evaluate("""() => {
        const count = work => { const begun = performance.now(); let done = 0; do { work(done); done++ } while (performance.now() - begun < 500); return done / 10 / ((performance.now() - begun) / 1000) }
        const lists = [0, 1].map(() => Array.from({length: 100_000}, (_, i) => i))
        const copied = done => { const [from, to] = done % 2 ? lists : [lists[1], lists[0]]; for (let i = 0; i < from.length; i++) to[i] = from[i] }
        const built = () => { let text = ''; for (let i = 0; i < 10_000; i++) text += 'a'; if (text.length === 1) throw text }
        return (count(built) + count(copied)) / 2 }""")
    page.close()
    return found


SEEN = """
const seen = name => requestAnimationFrame(() => setTimeout(() => { window[name] = performance.timeOrigin + performance.now() }))
new MutationObserver((_, watch) => {
    if (!window.first && document.querySelector('.file-row')) window.first = seen('rows')
    if (!document.querySelector('.grid[aria-busy=false]')) return
    seen('all')
    watch.disconnect()
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-busy'] })
"""                                                 # by the page itself: to be asked by Playwright costs it a tenth of what is measured


def load(browser, server, state, address, rate):
    """Open an address with an empty cache; until the frame is there in which its list can be used, and the one with all of it; and what is asked for until it is calm."""
    context = browser.new_context(base_url=server.url, storage_state=state, **PHONE)
    page, asked, loaded = context.new_page(), [], []
    page.add_init_script(SEEN)
    debugger = context.new_cdp_session(page)
    debugger.send("Network.enable")
    debugger.send("Network.emulateNetworkConditions", SLOW)
    debugger.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    debugger.on("Network.requestWillBeSent", lambda event: asked.append(event["wallTime"]))
    debugger.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page.goto(address, wait_until="commit")
    page.wait_for_timeout(CALM * 1000)
    began, rows, all = page.evaluate("() => [performance.timeOrigin, rows, all].map(each => each / 1000)")
    context.close()
    return {"seconds": rows - began, "all": all - began, "requests": sum(each < rows for each in asked), "calm": len(asked), "bytes": sum(loaded)}


def scrolling(browser, server, state, rate, far):
    """Down through 10,000 entries by the wheel for six seconds. Not by a script, because one that scrolls has the page laid out once more than a hand does."""
    context = browser.new_context(base_url=server.url, storage_state=state, **PHONE)
    page = context.new_page()
    page.goto("/files/personal/ann/Many")
    page.wait_for_function("() => document.querySelector('.grid')?.getAttribute('aria-busy') === 'false'")
    debugger = context.new_cdp_session(page)
    debugger.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.wait_for_timeout(3_000)
    page.evaluate("""() => {
        window.tasks = []
        new PerformanceObserver(list => tasks.push(...list.getEntries().map(each => each.duration))).observe({type: 'longtask'})
        window.seen = 0
        const count = () => { seen++; requestAnimationFrame(count) }
        count() }""")
    before = processor(debugger)
    debugger.send("Input.synthesizeScrollGesture", {"x": 195, "y": 500, "yDistance": -far, "speed": far // 6, "gestureSourceType": "mouse"})
    spent = processor(debugger) - before
    page.wait_for_timeout(500)
    tasks, frames, top = page.evaluate("() => [tasks, seen, document.querySelector('.grid').scrollTop]")
    context.close()
    assert top > far * .9, f"it did not scroll: {top}"
    return {"tasks": len(tasks), "longest": max(tasks, default=0), "frames": frames, "spent": spent / frames * 1000}


def processor(debugger):
    """Seconds of the page's own thread, without those in which other programs had the processor."""
    return next(each["value"] for each in debugger.send("Performance.getMetrics")["metrics"] if each["name"] == "TaskDuration")


def using(browser, server, state):
    """Much use in one tab: folders, details, viewer, search, selection, over and over; the heap after a collection, before and after."""
    context = browser.new_context(base_url=server.url, storage_state=state, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/files/personal/ann")
    page.locator(".file-row").first.wait_for()
    # Locators, not wait_for_selector: a handle that it answers would hold its element, and all around that, for as long as the page lives.
    debugger, heap = context.new_cdp_session(page), []
    debugger.send("HeapProfiler.enable")
    for number in range(ROUNDS):
        page.click("side-bar a:has-text('My files')")
        page.locator(".file-row:has-text('file 1.txt')").first.wait_for()
        page.locator(".file-row:has-text('file 1.txt') a").first.click()
        page.locator("view-text pre").first.wait_for()
        page.keyboard.press("Escape")
        page.locator(".file-row:has-text('Many') a").first.click()
        page.locator(".file-row:has-text('file 00001')").first.wait_for()
        page.keyboard.press("Control+a")
        page.keyboard.press("Escape")
        page.click("side-bar a:has-text('Trash')")
        page.locator("trash-view").first.wait_for()
        if number in (ROUNDS // 6, ROUNDS // 2, ROUNDS - 1):
            debugger.send("HeapProfiler.collectGarbage")
            heap.append(round(page.evaluate("() => performance.memory.usedJSHeapSize") / 2**20, 1))
    context.close()
    return {f"heap after {ROUNDS // 6}, {ROUNDS // 2}, {ROUNDS} rounds of use, MiB": ", ".join(map(str, heap))}


if __name__ == "__main__":
    main()
