"""Programs of Debian's, for what Pillow does not read. They get the file as their input, or as an open file, and tell a picture by their output."""
import io
import subprocess

from appliance import confined
from appliance.previews.renderers import picture


def seen(arguments, fd, request, passed=False):
    """What a program shows of the file, as an image. With ``passed`` it opens the file itself, as ``/proc/self/fd/<fd>``."""
    return picture.shrink(picture.opened(io.BytesIO(output(arguments, fd, passed)), ("PNG", "JPEG")), request)


def output(arguments, fd, passed=False):
    """What a program tells of the file, in bytes: nothing where it fails."""
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL if passed else fd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          pass_fds=[fd] if passed else [], preexec_fn=confined.limit_tool) as program:
        told = program.stdout.read(confined.OUTPUT)
        program.kill()
    if not told:
        raise picture.Refused("none")
    return told
