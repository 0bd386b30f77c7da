"""The program that makes previews: ``python -m appliance.previews.child FD``. Where a request says ``"facts"``, nothing is written, and the answer holds them."""
from appliance import confined
from appliance.previews.renderers import RENDERERS


def work(request, source, out):
    """Make one preview of the open file ``source``, written to ``out``, or tell its facts."""
    renderer = next(each for each in RENDERERS if each.NAME == request["what"])
    if request.get("facts"):
        return {"facts": renderer.facts(source, request)}
    image = renderer.render(source, request)
    with open(out, "wb", closefd=False) as file:
        if image.mode == "RGBA":                    # one can see through it
            image.save(file, "PNG", compress_level=6)
        else:
            image.save(file, "JPEG", quality=82)
    return {}


if __name__ == "__main__":
    confined.serve(work)
