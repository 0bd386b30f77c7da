"""The cookie of a browser's session."""
import pytest

from appliance.http import cookies

PLAIN, SAFE = {"hearth.url": "http://127.0.0.1:9200"}, {"hearth.url": "https://home.example"}


def test_give_and_read():
    """Over HTTPS the name makes sure that nobody else has set it."""
    name, value = cookies.give(SAFE, "hearth", "secret", 60)
    assert (name, value) == ("Set-Cookie", "__Host-hearth=secret; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure")
    assert cookies.give(PLAIN, "hearth", "secret")[1] == "hearth=secret; Path=/; HttpOnly; SameSite=Lax"
    assert "Max-Age=0" in cookies.take(SAFE, "hearth")[1]
    assert cookies.read({**SAFE, "HTTP_COOKIE": "a=b; __Host-hearth=secret"}, "hearth") == "secret"
    assert cookies.read({**SAFE, "HTTP_COOKIE": "hearth=secret"}, "hearth") == ""
    assert cookies.read({**PLAIN, "HTTP_COOKIE": "hearth=secret"}, "hearth") == "secret"


@pytest.mark.parametrize("header", ['foo={"a":1}; %s', "p@th=1;%s", "flag; %s", "path=/; %s", "=v; %s", 'a="open; %s', "\xe9=\xe9; %s", "%s; a[0]=1"])
def test_cookies_of_others(header):
    """Another program on this machine, on another port, may set what it likes: ours is still found."""
    assert cookies.read({**PLAIN, "HTTP_COOKIE": header % "hearth=secret"}, "hearth") == "secret"


@pytest.mark.parametrize("header", ["", ";;;", "hearth", "=", "a" * 20_000, "hearth=" + "a" * 20_000, '"', "hearth=\x01", "\xff=\xfe"])
def test_nonsense(header):
    """What is no cookie is none."""
    assert cookies.read({**PLAIN, "HTTP_COOKIE": header}, "hearth") in ("", "\x01")
