"""The few pages of the set-up, as HTML. Every word that came from outside goes through ``escape``."""
from html import escape
from urllib.parse import quote

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Hearth</title>
<link rel="stylesheet" href="/account/account.css">
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""

_FORM = """<p>This account looks after the box: it can make accounts for everybody else.</p>
{complaint}<form method="post" action="/setup">
<input type="hidden" name="code" value="{code}">
<p><label for="name">Name to sign in with</label>
<input id="name" name="name" value="{name}" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false"
 aria-describedby="name-hint"{invalid}>
<small id="name-hint">For instance ann. It is the name of your folder on the disk, too.</small></p>
<p><label for="display_name">Your name, as others see it</label>
<input id="display_name" name="display_name" value="{display_name}" maxlength="255" autocomplete="name"></p>
<p><label for="password">Password</label>
<input id="password" name="password" type="password" required minlength="8" maxlength="256" autocomplete="new-password"
 aria-describedby="password-hint"{invalid}>
<small id="password-hint">At least 8 characters. Several words are good; capitals and digits are not needed.</small></p>
<p><label for="again">The same password again</label>
<input id="again" name="again" type="password" required minlength="8" maxlength="256" autocomplete="new-password"{invalid}></p>
<p><button type="submit">Make the account</button></p>
</form>"""

_CODE = """{complaint}<p>When the server starts it prints a set-up link in its own window or log. Open that link, or type the code
that stands in it:</p>
<form method="get" action="/setup">
<p><label for="code">Code</label>
<input id="code" name="code" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false"></p>
<p><button type="submit">Go on</button></p>
</form>
<p>On the box itself, the command <code>hearth setup --admin NAME --password-stdin</code> does the same.</p>"""

_CONNECT = """<h2>Connect a program</h2>
<dl>
<dt>Sync clients of OpenCloud, ownCloud and Nextcloud</dt>
<dd>Server address <code>{url}</code></dd>
<dt>Finder, Explorer, phones, rclone, davfs2 and all else that speaks WebDAV</dt>
<dd>Address <code>{dav}</code></dd>
</dl>
<p>Sign in with your name and password. Give programs that keep a password on a disk an app token instead, from
<a href="/account">your account</a>, where the second factor is, too.</p>"""


def welcome(url, empty):
    """What this is and how to connect; ``empty`` while nobody has an account."""
    wait = ('<p>Nobody has an account here yet. <a href="/setup">Set up this box</a> with the link that it printed when it '
            "started.</p>\n") if empty else ""
    return _page("Files at home", "<p>This is Hearth. It keeps files and gives them to those they belong to.</p>\n" + wait
                 + _CONNECT.format(url=escape(url), name="NAME", dav=escape(f"{url}/remote.php/webdav/")))


def code(complaint=""):
    """Ask for the code."""
    return _page("Set up this box", _CODE.format(complaint=_complaint(complaint)))


def form(code, name="", display_name="", complaint=""):
    """Ask for the first account."""
    return _page("Make the first account", _FORM.format(
        code=escape(code), name=escape(name), display_name=escape(display_name), complaint=_complaint(complaint),
        invalid=' aria-invalid="true"' if complaint else ""))


def done(account, url):
    """The account is there."""
    connect = _CONNECT.format(url=escape(url), name=escape(account.name), dav=escape(f"{url}/dav/files/{quote(account.name)}/"))
    return _page(f"Welcome, {account.display_name}", f"<p>Your account <strong>{escape(account.name)}</strong> is ready.</p>\n{connect}")


def already(url):
    """The box has its administrator."""
    return _page("This box is set up already", "<p>The link was good for one time, and somebody has used it. If that was not you "
                 "or somebody you know, look at the accounts with <code>hearth user list</code> on the box.</p>\n"
                 + _CONNECT.format(url=escape(url), name="NAME", dav=escape(f"{url}/remote.php/webdav/")))


def refusal(text):
    """Anything else that went wrong."""
    return _page("That did not work", f'<p role="alert">{escape(text)}</p>\n<p><a href="/setup">Begin again</a></p>')


def _complaint(text):
    return f'<p role="alert">{escape(text)}</p>\n' if text else ""


def _page(title, body):
    return _PAGE.format(title=escape(title), body=body).encode()
