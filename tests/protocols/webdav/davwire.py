"""Small means for tests over the wire: bodies, and reading a multistatus."""
import re
from urllib.parse import unquote
from xml.etree import ElementTree

DAV, OC = "{DAV:}", "{http://owncloud.org/ns}"
LOCKINFO = ('<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:{scope}/></d:lockscope><d:locktype><d:write/></d:locktype>'
            "<d:owner><d:href>me</d:href></d:owner></d:lockinfo>")


def asking(*names):
    """The body of a PROPFIND: ``d:getetag``, ``oc:id``, or ``{namespace}name``."""
    short = {"d": "DAV:", "oc": "http://owncloud.org/ns"}
    parts = []
    for name in names:
        namespace, local = re.fullmatch(r"\{(.*)\}(.*)", name).groups() if name.startswith("{") else (
            short[name.partition(":")[0]], name.partition(":")[2])
        parts.append(f'<p:{local} xmlns:p="{namespace}"/>' if namespace else f"<{local}/>")
    return f'<d:propfind xmlns:d="DAV:"><d:prop>{"".join(parts)}</d:prop></d:propfind>'


def propfind(http, url, *names, depth="0", **headers):
    """``{decoded href: {status: {name: element}}}``, in the order of the answer."""
    answer = http.request("PROPFIND", url, data=asking(*names) if names else None, headers={"Depth": depth, **headers})
    assert answer.status_code == 207, (answer.status_code, answer.text)
    return responses(answer.content)


def responses(body):
    """Read a multistatus."""
    return {unquote(response.findtext(DAV + "href")): {
        part.findtext(DAV + "status")[9:12]: {each.tag: each for each in part.find(DAV + "prop")}
        for part in response.findall(DAV + "propstat")} for response in ElementTree.fromstring(body).findall(DAV + "response")}


def value(http, url, name):
    """The text of one property of one resource."""
    found, = propfind(http, url, name).values()
    element, = found["200"].values()
    return "".join(element.itertext())


def lock(http, url, scope="exclusive", **headers):
    """Lock; the answer and the token."""
    answer = http.request("LOCK", url, data=LOCKINFO.format(scope=scope), headers={"Timeout": "Second-600", **headers})
    return answer, answer.headers.get("Lock-Token", "").strip("<>")


def shown(token):
    """The header that shows a token."""
    return {"If": f"(<{token}>)"}


def problem(answer):
    """The exception and the message of an error body."""
    root = ElementTree.fromstring(answer.content)
    assert root.tag == DAV + "error", answer.text
    return (root.findtext("{http://sabredav.org/ns}exception").rpartition("\\")[2], root.findtext("{http://sabredav.org/ns}message"))
