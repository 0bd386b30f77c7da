"""What a browser says that it is, in words for people."""
_AGENTS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
           ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"))


def device(environ):
    """The browser and the system that this is: "Firefox, Linux"."""
    agent = environ.get("HTTP_USER_AGENT", "")[:400]
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (_AGENTS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or "".join(letter for letter in agent[:40] if letter.isprintable())
