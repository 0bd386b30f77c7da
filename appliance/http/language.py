"""The language of a page or a message: that of the account, else that of the browser, else English."""
from appliance.core import errors

NAMES = {"en": "English", "de": "Deutsch"}
LANGUAGES = tuple(NAMES)


def of(environ, wanted=""):
    """The first of LANGUAGES that is wanted by the account, or by who asks."""
    asked = [wanted, *(each.partition(";")[0].strip() for each in environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200].split(","))]
    known = (each.partition("-")[0].lower() for each in asked)
    return next((each for each in known if each in LANGUAGES), LANGUAGES[0])


def of_person(environ, people):
    """That of who asks: of the account, where somebody is signed in."""
    actor = environ.get("hearth.actor")
    try:
        account = people.everybody().accounts.get(actor.id) if actor else None
    except errors.HouseError:                       # the disk is away, which is just what is to be said
        account = None
    return of(environ, account.language if account else "")
