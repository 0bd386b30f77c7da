"""A picture out of a film, and the cover of a song, by ffmpeg. What is in the file is told by its name alone: a play list that names other files is none."""
import json

from appliance.previews.renderers import exif, picture, tools

NAME = "film"
_FORMATS = {"mp4": "mov", "m4v": "mov", "mov": "mov", "3gp": "mov", "mkv": "matroska", "webm": "matroska", "avi": "avi", "mpg": "mpeg", "mpeg": "mpeg",
            "mts": "mpegts", "m2ts": "mpegts"}
_SOUNDS = {"mp3": "mp3", "flac": "flac", "ogg": "ogg", "oga": "ogg", "opus": "ogg", "m4a": "mov"}
ENDINGS = {*_FORMATS, *_SOUNDS}
TOOLS = ("ffmpeg", "ffprobe")
LARGEST = 1 << 44                                   # bytes: films are not read whole


def render(fd, request):
    """A picture from the second second, or the first there is; of a song its cover."""
    ending = request["ending"]
    start = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-protocol_whitelist", "file,pipe", "-f", _FORMATS.get(ending) or _SOUNDS[ending]]
    file, end = ["-i", f"/proc/self/fd/{fd}", "-an", "-sn", "-dn", "-frames:v", "1"], ["-f", "image2pipe", "-"]
    if ending in _SOUNDS:
        return tools.seen([*start, *file, "-c:v", "copy", *end], fd, request, passed=True)
    scale = ["-vf", "scale='min(2560,iw)':-1", "-c:v", "png", "-threads", "1"]
    try:
        return tools.seen([*start, "-ss", "1", *file, *scale, *end], fd, request, passed=True)
    except picture.Refused:
        return tools.seen([*start, *file, *scale, *end], fd, request, passed=True)


def facts(fd, request):
    """What a song tells of itself, how long a film is and how large: OpenCloud's facets audio and video."""
    ending = request["ending"]
    told = json.loads(tools.output(["ffprobe", "-v", "error", "-protocol_whitelist", "file,pipe", "-f", _FORMATS.get(ending) or _SOUNDS[ending], "-of", "json",
                                    "-show_format", "-show_streams", f"/proc/self/fd/{fd}"], fd, passed=True))
    about = told.get("format", {})
    duration, bitrate = _whole(about.get("duration"), 1000), _whole(about.get("bit_rate"))
    if ending in _FORMATS:
        film = next((each for each in told.get("streams", ()) if each.get("codec_type") == "video"), {})
        taken = str(about.get("tags", {}).get("creation_time", ""))[:19]
        return exif.told(video={"duration": duration, "bitrate": bitrate, "width": film.get("width"), "height": film.get("height")},
                         photo={"takenDateTime": taken + "Z" if len(taken) == 19 and taken[:4] > "1970" else None})
    tags = {}
    for part in (*told.get("streams", ()), about):
        tags |= {name.lower(): value for name, value in part.get("tags", {}).items()}
    track, tracks = _parts(tags.get("track"))
    disc, discs = _parts(tags.get("disc"))
    return exif.told(audio={
        "title": exif.text(tags.get("title")), "artist": exif.text(tags.get("artist")), "album": exif.text(tags.get("album")),
        "albumArtist": exif.text(tags.get("album_artist")), "genre": exif.text(tags.get("genre")), "composers": exif.text(tags.get("composer")),
        "copyright": exif.text(tags.get("copyright")), "track": track, "trackCount": tracks, "disc": disc, "discCount": discs,
        "year": _whole(str(tags.get("date", ""))[:4]), "duration": duration, "bitrate": bitrate and bitrate // 1000})


def _parts(text):
    """Both numbers of 3/12."""
    first, _, second = str(text or "").partition("/")
    return _whole(first), _whole(second)


def _whole(text, times=1):
    try:
        number = int(float(text) * times)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number < 1 << 53 else None
