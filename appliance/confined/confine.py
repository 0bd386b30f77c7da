"""What the child gives up before it looks at anything: memory, time, priority, the network, and all files but its programs'.

Limits always hold. Namespaces (no network) and Landlock (no other files) are had where the kernel gives them to anybody; where it does
not, the limits and a decoder without holes are what is left.
"""
import ctypes
import os
import resource
import struct
import sys
from contextlib import suppress

MEMORY = 180 << 20                                  # bytes of addresses for the child itself
TOOL_MEMORY = 112 << 20                             # bytes of data for a program it starts: half of such a one's addresses are shared libraries
SECONDS = 20                                        # of the processor, for one file
OUTPUT = 32 << 20                                   # bytes of a preview

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446     # the same on every architecture
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_ALL = (1 << 13) - 1                                # all that the first version of Landlock knows
_PROGRAMS = ("/usr", "/lib", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/var/cache/fontconfig", "/proc/self", sys.prefix, sys.base_prefix,
             os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + "/appliance")
_libc = ctypes.CDLL(None, use_errno=True)


def limit():
    """At the start: no more than this, whatever comes."""
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    os.chdir("/")
    os.nice(15)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")                          # where the memory of the box ends, it goes, not the house
    for kind, soft, hard in ((resource.RLIMIT_AS, MEMORY, 1 << 30), (resource.RLIMIT_FSIZE, OUTPUT, OUTPUT), (resource.RLIMIT_CORE, 0, 0),
                             (resource.RLIMIT_NOFILE, 64, 64), (resource.RLIMIT_STACK, 1 << 20, 1 << 23)):
        resource.setrlimit(kind, (soft, hard))


def more_time():
    """Before each file: as much of the processor again."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS, resource.RLIM_INFINITY))


def limit_tool():
    """The same for a program that the child starts, between fork and exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_DATA, (TOOL_MEMORY, TOOL_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def confine(files):
    """Before the first file: no network, and nothing to be opened but programs and these ``files`` (open fds). True where the kernel does both."""
    alone = not _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules = _libc.syscall(_LANDLOCK_CREATE, struct.pack("=Q", _ALL), 8, 0)
    if rules < 0:
        return False
    for path in _PROGRAMS:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        _allow(rules, fd, _EXECUTE | _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0))
        os.close(fd)
    null = os.open("/dev/null", os.O_PATH | os.O_CLOEXEC)
    _allow(rules, null, _READ_FILE | _WRITE_FILE)
    os.close(null)
    for fd in files:
        _allow(rules, fd, _READ_FILE)
    kept = not _libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)
    return alone and kept


def _allow(rules, fd, what):
    _libc.syscall(_LANDLOCK_ADD, rules, 1, struct.pack("=Qi", what, fd), 0)
