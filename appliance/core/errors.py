"""What can go wrong, in house words: no status codes, no protocol.

The docstring of a class is its message where none is given. A message is shown to people and goes on the wire, so it
says what to do next and never holds a path of the disk; such things go into ``detail``, which only the log sees.
"""


class HouseError(Exception):
    """Something went wrong. Try again; if it stays, look at the log of the box."""

    def __init__(self, message=None, **detail):
        super().__init__(message or " ".join(type(self).__doc__.split()))
        self.detail = detail


class Invalid(HouseError):
    """The request is not understood."""


class Unauthenticated(HouseError):
    """Sign in first."""


class Forbidden(HouseError):
    """You may not do this. Ask who shared it with you, or who looks after this box."""


class NotFound(HouseError):
    """Resource not found"""


class AlreadyExists(HouseError):
    """A resource of that name exists already."""


class Conflict(HouseError):
    """The place this belongs in does not exist, or is of another kind."""


class PreconditionFailed(HouseError):
    """The resource is not in the state you expected. Look at it again."""


class TooLarge(HouseError):
    """The request is larger than allowed."""


class Unsupported(HouseError):
    """This form of request is not supported."""


class Locked(HouseError):
    """The resource is locked by somebody. Wait until the lock ends, or send its token."""


class QuotaExceeded(HouseError):
    """There is not enough room. Delete something or ask for a larger quota."""


class TooManyAttempts(HouseError):
    """Too many attempts. Wait a little and try again."""

    def __init__(self, message=None, retry_after=30, **detail):
        super().__init__(message, **detail)
        self.retry_after = retry_after              # seconds


class Unavailable(HouseError):
    """The storage cannot be reached just now. Nothing is lost; try again soon."""

    def __init__(self, message=None, retry_after=30, **detail):
        super().__init__(message, **detail)
        self.retry_after = retry_after              # seconds


class Corrupt(HouseError):
    """Something on the disk is not as it should be. Run "hearth check" on the box."""
