"""A picture out of a film, and the cover of a song, by ffmpeg. What is in the file is told by its name alone: a play list that names other files is none."""
from appliance.previews.renderers import picture, tools

NAME = "film"
_FORMATS = {"mp4": "mov", "m4v": "mov", "mov": "mov", "3gp": "mov", "mkv": "matroska", "webm": "matroska", "avi": "avi", "mpg": "mpeg", "mpeg": "mpeg",
            "mts": "mpegts", "m2ts": "mpegts"}
_SOUNDS = {"mp3": "mp3", "flac": "flac", "ogg": "ogg", "oga": "ogg", "opus": "ogg", "m4a": "mov"}
ENDINGS = {*_FORMATS, *_SOUNDS}
TOOLS = ("ffmpeg",)
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
