"""A browser without JavaScript: follows links, fills forms, and looks at each page that it is shown."""
import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import requests

FORM = re.compile(r'<form method="post" action="([^"]*)".*?</form>', re.DOTALL)
NAMED = re.compile(r'<input id="name" name="name" value="([^"]*)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


class Browser(requests.Session):
    """Follows links and sends forms of one server."""

    def __init__(self, url):
        super().__init__()
        self.url, self.asked, self.offered, self.headers["Sec-Fetch-Site"] = url, 0, None, "same-origin"
        self.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    def see(self, path, **more):
        answer = self.get(self.url + path, timeout=30, **more)
        check(answer)
        return answer

    def fill(self, page, action, follow=True, **fields):
        """Send the form of a page that goes to ``action``."""
        form = next(match[0] for match in FORM.finditer(page.text) if match[1] == action)
        fields = {**{name: unescape(value) for name, value in HIDDEN.findall(form)}, **fields}
        answer = self.post(self.url + action, data=fields, timeout=60, allow_redirects=False,
                           headers={"Content-Type": "application/x-www-form-urlencoded"})
        check(answer)
        return self.see(answer.headers["Location"]) if follow and answer.status_code == 303 else answer

    def sign_in(self, person, to="/account", **fields):
        return self.fill(self.see("/signin", params={"continue": to}), "/signin", name=person.name, password=person.password, **fields)


    def authorize(self, address, person):
        """Go to a program's authorization address and do what the pages ask; the address that it ends at."""
        for _ in range(8):
            answer = self.get(address, timeout=30, allow_redirects=False)
            check(answer)
            while answer.status_code == 200:
                action = next(match[1] for match in FORM.finditer(answer.text))
                if action == "/signin":
                    self.offered = unescape(NAMED.search(answer.text)[1])
                    answer = self.fill(answer, action, follow=False, name=person.name, password=person.password)
                elif action == "/signin/code":
                    answer = self.fill(answer, action, follow=False, code=next(person.shows))
                else:
                    self.asked += 1
                    answer = self.fill(answer, "/signin/v1/consent", follow=False, answer="yes")
            assert answer.status_code == 303, answer.text
            address = answer.headers["Location"]
            if urlsplit(address).netloc not in ("", urlsplit(self.url).netloc) or "code=" in address or "error=" in address:
                return address
            address = self.url + address if address.startswith("/") else address
        raise AssertionError(f"going round: {address}")


class Checker(HTMLParser):
    """Every field has a label, every tag an end, nothing is inline."""

    VOID = {"meta", "link", "input", "br", "path", "rect", "img"}

    def __init__(self):
        super().__init__()
        self.open, self.labels, self.fields, self.wrong = [], set(), set(), []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        if "style" in given or any(name.startswith("on") for name in given):
            self.wrong.append((tag, given))
        if tag == "label":
            self.labels.add(given["for"])
        if tag in ("input", "select") and given.get("type") != "hidden" and "hidden" not in given:
            if given["id"] in self.fields:
                self.wrong.append(("twice", given["id"]))
            self.fields.add(given["id"])

    def handle_endtag(self, tag):
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(("end", tag))


def check(answer):
    """A page that may be shown."""
    assert answer.status_code < 500, answer.text
    if answer.headers.get("Content-Type", "").startswith("text/html") and answer.text:
        read = Checker()
        read.feed(answer.text)
        assert not read.open and not read.wrong and read.fields <= read.labels, (read.open, read.wrong, read.fields - read.labels)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"
