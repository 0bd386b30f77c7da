"""The two pages of the provider: may this program, and what is wrong. Plain HTML in English and German."""
from html import escape
from urllib.parse import quote, urlsplit

from appliance.http import html, language, words

_WORDS = {
    "en": {"title": "{client} wants to sign you in", "ask": "You are signed in as {name}. Allow {client} the following?",
           "profile": "See your name", "email": "See your mail address", "offline": "Stay signed in until you end it",
           "files": "Read and change all files that you may read and change", "back": "You go back to {place} then.",
           "yes": "Allow", "no": "Do not allow", "other": "Use another account", "wrong": "That did not work",
           "out": "Sign out?", "out_ask": "Sign {name} out of this browser?", "out_yes": "Sign out", "stay": "Stay signed in", "home": "Back to the start",
           "device": "the program on this device"},
    "de": {"title": "{client} möchte Sie anmelden", "ask": "Sie sind als {name} angemeldet. Darf {client} das Folgende?",
           "profile": "Ihren Namen sehen", "email": "Ihre E-Mail-Adresse sehen", "offline": "Angemeldet bleiben, bis Sie es beenden",
           "files": "Alle Dateien lesen und ändern, die Sie lesen und ändern dürfen", "back": "Danach geht es zurück zu {place}.",
           "yes": "Erlauben", "no": "Nicht erlauben", "other": "Ein anderes Konto nehmen", "wrong": "Das ging nicht",
           "out": "Abmelden?", "out_ask": "{name} in diesem Browser abmelden?", "out_yes": "Abmelden", "stay": "Angemeldet bleiben",
           "home": "Zurück zum Anfang", "device": "dem Programm auf diesem Gerät"},
}


def consent(environ, client, account, scope, redirect, carried, here):
    """Ask the person; ``carried`` comes back with the answer, ``here`` is this very question."""
    says = _words(environ)
    listed = [says["files"]] if client.built_in else []
    listed += [says[word] for name, word in (("profile", "profile"), ("email", "email"), ("offline_access", "offline")) if name in scope]
    parts = urlsplit(redirect)
    local = parts.scheme not in ("http", "https") or parts.hostname in ("127.0.0.1", "localhost", "::1")
    rows = "".join(f"<li>{escape(each)}</li>\n" for each in listed)
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n' for name, value in carried.items())
    body = (f'<p>{escape(says["ask"].format(name=account.display_name, client=client.name))}</p>\n<ul>\n{rows}</ul>\n'
            f'<p>{escape(says["back"].format(place=says["device"] if local else parts.netloc))}</p>\n'
            f'<form method="post" action="/signin/v1/consent">\n{fields}'
            f'<p><button type="submit" name="answer" value="yes">{escape(says["yes"])}</button>\n'
            f'<button type="submit" name="answer" value="no" class="quiet">{escape(says["no"])}</button></p>\n</form>\n'
            f'<p><a href="/signin?again=1&amp;continue={escape(quote(here, safe=""))}">{escape(says["other"])}</a></p>\n')
    return _page(says, says["title"].format(client=client.name), body)


def sign_out(environ, account, carried):
    """Ask whether to sign out, where nothing proves that the person wants it."""
    says = _words(environ)
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n' for name, value in carried.items())
    return _page(says, says["out"], f'<p>{escape(says["out_ask"].format(name=account.display_name))}</p>\n'
                 f'<form method="post" action="/signin/v1/signout">\n{fields}<p><button type="submit">{escape(says["out_yes"])}</button></p>\n</form>\n'
                 f'<p><a href="/account">{escape(says["stay"])}</a></p>\n')


def wrong(environ, text):
    """Something is wrong, and there is nobody to tell but the person."""
    says = _words(environ)
    return _page(says, says["wrong"], f'<p><a href="/">{escape(says["home"])}</a></p>\n', text)


def _page(words, title, body, alert=""):
    return html.page(words, title, body, alert)


def _words(environ):
    lang = language.of(environ)
    return {"lang": lang, "theme": words.theme(environ), **_WORDS[lang]}
