"""What a camera wrote beside a picture (EXIF), as OpenCloud tells it: the facets photo, image and location."""
import re

_TAKEN, _TAKEN_OFFSET, _CHANGED = 0x9003, 0x9011, 0x0132
_LATITUDE, _LONGITUDE, _ALTITUDE = 2, 4, 6
TEXT = 100                                          # characters


def facts(image):
    """``{"image": {…}, "photo": {…}, "location": {…}}``, each where something is known. Pixels are told as one sees the picture."""
    exif = image.getexif()
    camera, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    turn = exif.get(0x0112)
    width, height = image.size if turn not in (5, 6, 7, 8) else image.size[::-1]
    exposure = _ratio(camera.get(0x829A))
    photo = {"takenDateTime": _time(camera.get(_TAKEN) or exif.get(_CHANGED), camera.get(_TAKEN_OFFSET)),
             "cameraMake": text(exif.get(0x010F)), "cameraModel": text(exif.get(0x0110)),
             "exposureNumerator": exposure and exposure[0], "exposureDenominator": exposure and exposure[1],
             "fNumber": _number(camera.get(0x829D)), "focalLength": _number(camera.get(0x920A)), "iso": _whole(camera.get(0x8827)),
             "orientation": turn if turn in range(1, 9) else None}
    location = {"latitude": _degrees(place.get(_LATITUDE), place.get(1), "S", 90), "longitude": _degrees(place.get(_LONGITUDE), place.get(3), "W", 180)}
    if None in location.values():
        location = {}
    else:
        height_above = _number(place.get(_ALTITUDE))
        location["altitude"] = -height_above if height_above and place.get(5) in (1, b"\x01") else height_above
    return told(image={"width": width, "height": height}, photo=photo, location=location)


def told(**facets):
    """The facets without what is not known."""
    found = {name: {key: value for key, value in facet.items() if value is not None} for name, facet in facets.items()}
    return {name: facet for name, facet in found.items() if facet}


def text(value):
    """A short text, None where there is none."""
    value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    plain = "".join(char for char in value if char.isprintable()).strip()[:TEXT] if isinstance(value, str) else ""
    return plain or None


def _time(value, offset):
    """RFC 3339. A camera that does not know its time zone is taken for one in UTC, as OpenCloud does."""
    found = re.match(r"([0-9]{4}):([01][0-9]):([0-3][0-9]) ([0-2][0-9]):([0-5][0-9]):([0-5][0-9])", text(value) or "")
    if not found or found[1] == "0000" or found[2] == "00" or found[3] == "00":
        return None
    zone = re.match(r"[+-][0-2][0-9]:[0-5][0-9]$", text(offset) or "")
    return "{}-{}-{}T{}:{}:{}".format(*found.groups()) + (zone[0] if zone else "Z")


def _number(value):
    try:
        number = round(float(value), 6)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if abs(number) < 1e9 else None    # neither nan nor infinity


def _whole(value):
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int) and 0 < value < 1 << 31 else None


def _ratio(value):
    """Numerator and denominator."""
    try:
        above, below = int(value.numerator), int(value.denominator)
    except (AttributeError, TypeError, ValueError):
        return None
    return (above, below) if 0 < above < 1 << 31 and 0 < below < 1 << 31 else None


def _degrees(parts, side, negative, most):
    """Degrees, minutes and seconds as a number."""
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_number(part) for part in parts]
    if None in numbers:
        return None
    value = numbers[0] + numbers[1] / 60 + numbers[2] / 3600
    if not 0 <= value <= most:
        return None
    return round(-value if text(side) == negative else value, 7)
