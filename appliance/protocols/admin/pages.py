"""The pages of this room: one function for each address and method. What it answers goes out as JSON that nobody keeps; what it refuses, in the
person's language."""
import re

from appliance.core import errors, sentences
from appliance.http import answer as reply
from appliance.http import headers_of, json_answer, language, status_of


def pages(house, table):
    """The application of ``{pattern of an address: {method: function}}``; HEAD is answered where GET is.

    A function is called with the house, the actor, the environ and what the pattern caught; None from it is a 204.
    """
    table = [(re.compile(pattern), {"HEAD": functions["GET"], **functions} if "GET" in functions else functions) for pattern, functions in table.items()]

    def answer(environ, start_response):
        path, method = environ["PATH_INFO"].rstrip("/").encode("latin-1").decode("utf-8", "replace"), environ["REQUEST_METHOD"]
        caught, functions = next(((caught, functions) for pattern, functions in table if (caught := pattern.fullmatch(path))), (None, None))
        if caught is None:
            raise errors.NotFound("There is nothing here.")
        if method not in functions:
            return reply(start_response, 405, headers=[("Allow", ", ".join(functions))])
        said = functions[method](house, environ["hearth.actor"], environ, *caught.groups())
        if said is None:
            return reply(start_response, 204)
        answered = json_answer(start_response, said, headers=[("Cache-Control", "no-store")])
        return [] if method == "HEAD" else answered

    def refuse(environ, error):
        """Say why not; the header tells that it can be shown to the person as it is."""
        content = f"{in_words(house, environ, str(error))}\n".encode()
        return status_of(error), [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content))),
                                  ("Content-Language", language.of_person(environ, house.people)), *headers_of(error)], content

    answer.refuse = refuse
    return answer


def in_words(house, environ, text):
    """What the house said, in the language of who asks."""
    return sentences.told(text, language.of_person(environ, house.people)) if text else text
