"""What clients ask before anybody has signed in: /status.php (also /status) and the web client's /config.json."""
import json

from appliance.protocols.ocs.capabilities import status

_NO_STORE = ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")


def app(house):
    """The application for both addresses. It says nothing about people, so everyone may ask."""
    def answer(environ, start_response):
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
            return [b""]
        document = web_client(environ["hearth.url"]) if environ["PATH_INFO"] == "/config.json" else status()
        body = json.dumps(document).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body))), _NO_STORE])
        return [body if environ["REQUEST_METHOD"] == "GET" else b""]
    return answer


def web_client(url):
    """What OpenCloud's web client needs to start; ``url`` is this server's address."""
    return {"server": url, "theme": f"{url}/themes/opencloud/theme.json", "apps": [], "options": {}}
