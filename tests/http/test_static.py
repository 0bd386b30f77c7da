"""The web client as it is served: for ever under its hash, fresh at the places of the client, and with a strict policy."""
import gzip
import re

import pytest

from appliance.core import errors
from appliance.http import Site


@pytest.fixture
def site(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "index.html").write_text('<script type="module" src="/_/HASH/app.js"></script>' + "<!-- long -->" * 50)
    (tmp_path / "app.js").write_text("// one\n" * 200)
    (tmp_path / "lib" / "a.css").write_text("a{}")
    return Site(tmp_path)


def get(application, path="/", method="GET", **headers):
    answer = {}
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, **headers}
    body = b"".join(application(environ, lambda status, headers: answer.update(status=int(status[:3]), headers=dict(headers))))
    return answer["status"], answer["headers"], body


def test_files_are_kept_for_ever(site):
    """Under the hash, compressed for who takes that; under another hash there is nothing."""
    path = f"/_/{site.hash}/app.js"
    status, headers, body = get(site, path, HTTP_ACCEPT_ENCODING="gzip, br")
    assert status == 200 and "immutable" in headers["Cache-Control"] and headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"].startswith("text/javascript") and gzip.decompress(body) == b"// one\n" * 200
    assert int(headers["Content-Length"]) == len(body)
    assert get(site, path)[2] == b"// one\n" * 200
    assert get(site, f"/_/{site.hash}/lib/a.css")[1]["Content-Type"].startswith("text/css")
    for wrong in ("/_/0123456789abcdef/app.js", f"/_/{site.hash}/../app.js", f"/_/{site.hash}/", f"/_/{site.hash}/index.html"):
        with pytest.raises(errors.NotFound):
            get(site, wrong)
    assert get(site, path, "POST")[0] == 405


def test_the_shell_is_fresh(site):
    """It names the files of its own version, is asked for each time, and lets nothing foreign run."""
    status, headers, body = get(site.shell)
    assert status == 200 and f'src="/_/{site.hash}/app.js"'.encode() in body
    assert headers["Cache-Control"] == "no-cache"
    assert get(site.shell, HTTP_IF_NONE_MATCH=headers["ETag"])[0] == 304
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "require-trusted-types-for 'script'" in policy and "trusted-types 'none'" in policy
    assert not re.search(r"script-src [^;]*(\*|http|data|blob)", policy)
    assert get(site.shell, method="HEAD")[2] == b"" and get(site.shell, method="POST")[0] == 405


def test_another_tree_has_another_hash(site, tmp_path):
    """Whatever changes in it."""
    (tmp_path / "lib" / "a.css").write_text("b{}")
    assert Site(tmp_path).hash != site.hash


def test_without_a_tree(tmp_path):
    """The server still starts, and says what is missing."""
    assert b"not installed" in get(Site(tmp_path / "nothing").shell)[2]
