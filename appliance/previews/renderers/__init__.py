"""How each kind of file becomes a picture: one page each, with what it is called and which endings it takes.

``NAME``; ``ENDINGS``, in small letters; ``TOOLS``, programs of Debian's of which it needs all; ``render(fd, request)`` takes an open file and
``{"width", "height", "crop", "ending"}`` in pixels, and returns an image of Pillow's in RGB, L or RGBA; ``facts``, where there is one,
takes the same, and returns facets: ``{"photo": {"takenDateTime": …}}``. Pages are read by the house for their names
alone, so what is heavy is imported when it is used.
"""
from appliance.previews.renderers import film, heic, pdf, picture, svg, text

RENDERERS = (picture, heic, svg, pdf, film, text)

__all__ = ["RENDERERS"]
