"""The first page of a PDF, by pdftoppm of poppler."""
from appliance.previews.renderers import tools

NAME = "pdf"
ENDINGS = {"pdf"}
TOOLS = ("pdftoppm",)


def render(fd, request):
    """The first page. One that wants a password shows nothing."""
    side = str(min(2560, max(request["width"], request["height"]) * (1 + request["crop"])))
    return tools.seen(["pdftoppm", "-png", "-f", "1", "-l", "1", "-singlefile", "-scale-to", side, "-"], fd, request)
