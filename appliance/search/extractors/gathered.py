"""What is gathered of a text: as much as the index keeps, and no longer than the processor may take."""
import signal
import unicodedata

MOST = 1_000_000                                    # characters that are kept of one file: a long novel


class Full(BaseException):
    """There is no need for more, or it has taken long enough. No decoder takes it for a fault of the file."""


class Text:
    """Pieces of a text, put together, within so many seconds of the processor; then Full is raised wherever the decoder is."""

    def __init__(self, seconds):
        self._pieces, self._length, self._late = [], 0, False
        signal.signal(signal.SIGVTALRM, self._stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.5)

    def _stop(self, *_):
        self._late = True
        raise Full

    def add(self, piece):
        """One more piece. Full when that is enough, or has taken long enough."""
        self._pieces.append(piece[:MOST - self._length])
        self._length += len(self._pieces[-1])
        self.go_on()

    def go_on(self):
        """Full when it is enough."""
        if self._length >= MOST or self._late:
            raise Full

    @staticmethod
    def finish():
        """There is time again."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def __str__(self):
        """All of it in one form of accents, with single blanks, and nothing that is not meant to be seen."""
        text = unicodedata.normalize("NFC", "".join(self._pieces))
        return " ".join("".join(char if char.isprintable() or char.isspace() else " " for char in text).split())
