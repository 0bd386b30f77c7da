"""The cookie that carries a browser's session. It opens the pages of the sign-in and nothing else: programs show tokens."""
LARGEST = 16_384                                    # characters of the header


def session(environ, people):
    """The Session of this browser, or None."""
    secret = read(environ, "hearth")
    found = people.sessions.find(secret) if secret else None
    return found if found is not None and not found.client else None


def secret(environ):
    """The secret of this browser's session, or ""."""
    return read(environ, "hearth")


def read(environ, name):
    """The cookie of that name, or ""; over HTTPS only one that no other site and no plain connection can have set.

    Cookies know no ports, so those of every other program on the box come along, however odd: they are passed over. Of two with
    our name the last one is ours; what stands before it was set for a longer path.
    """
    header = environ.get("HTTP_COOKIE", "")
    if not header or len(header) > LARGEST:
        return ""
    given = (each.strip().partition("=") for each in header.split(";"))
    return next((value for known, _, value in reversed(list(given)) if known == _name(environ, name)), "")


def plain(environ, name):
    """A cookie that scripts of ours set and that nothing depends on, such as the theme; "" where there is none."""
    given = (each.strip().partition("=") for each in environ.get("HTTP_COOKIE", "")[:LARGEST].split(";"))
    return next((value for known, _, value in given if known == name), "")


def show(name, value):
    """The header that sets such a cookie, for a year; "" takes it away."""
    return "Set-Cookie", f"{name}={value}; Path=/; SameSite=Lax; Max-Age={31_536_000 if value else 0}"


def give(environ, name, value, seconds=None):
    """The header that sets a cookie; without ``seconds`` it goes when the browser is closed."""
    age = "" if seconds is None else f"; Max-Age={int(seconds)}"
    secure = "; Secure" if _secure(environ) else ""
    return "Set-Cookie", f"{_name(environ, name)}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"


def take(environ, name):
    """The header that removes a cookie."""
    return give(environ, name, "", 0)


def _name(environ, name):
    return f"__Host-{name}" if _secure(environ) else name


def _secure(environ):
    return environ["hearth.url"].startswith("https://")
