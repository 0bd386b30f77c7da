"""Headers that every answer carries: no guessing of types, no frames, who may read it from another origin."""
FIXED = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"), ("X-Frame-Options", "SAMEORIGIN"),
         ("X-Robots-Tag", "none"), ("X-Permitted-Cross-Domain-Policies", "none")]
SAFE = ("Strict-Transport-Security", "max-age=31536000")   # for the name that was asked, not for others beneath it
PAGES = ("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
         "frame-ancestors 'none'")


def dressed(environ, start_response):
    """A ``start_response`` that adds what is missing of them."""
    def start(status, headers, exc_info=None):
        given = {name.lower() for name, _ in headers}
        added = [pair for pair in FIXED if pair[0].lower() not in given]
        if "content-security-policy" not in given:
            added.append(PAGES)
        # Not with our own certificate authority: a new box, or one day without, would lock everybody out.
        if environ["hearth.url"].startswith("https:") and environ.get("hearth.trusted", True):
            added.append(SAFE)
        added.append(("X-Request-Id", environ["hearth.request_id"]))
        return start_response(status, [*headers, *added], exc_info) if exc_info else start_response(status, [*headers, *added])
    return start
