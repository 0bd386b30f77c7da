"""The language of a page or a message: that of the account, else that of the browser, else English."""
LANGUAGES = ("en", "de")


def of(environ, wanted=""):
    """The first of LANGUAGES that is wanted by the account, or by who asks."""
    asked = [wanted, *(each.partition(";")[0].strip() for each in environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200].split(","))]
    known = (each.partition("-")[0].lower() for each in asked)
    return next((each for each in known if each in LANGUAGES), LANGUAGES[0])
