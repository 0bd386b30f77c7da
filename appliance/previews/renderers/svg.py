"""Drawings (SVG), by rsvg-convert: it runs no scripts, and fetches nothing for a drawing that has no address."""
from appliance.previews.renderers import tools

NAME = "svg"
ENDINGS = {"svg"}
TOOLS = ("rsvg-convert",)


def render(fd, request):
    """A drawing, on what it is laid upon."""
    side = str(min(2560, max(request["width"], request["height"]) * (1 + request["crop"])))     # what is cropped is larger before
    return tools.seen(["rsvg-convert", "--format=png", "--keep-aspect-ratio", f"--width={side}", f"--height={side}"], fd, request)
