"""Documents that are ZIP archives of XML, read within bounds: a bomb in one is cut off where it has given more than any text is long."""
import zipfile
import zlib
from xml.parsers import expat

from appliance.confined import Refused

UNPACKED = 64 << 20                                 # bytes, of all that is read of one document
MEMBERS = 20_000
LEVELS = 500                                        # of elements within each other
_BLOCK = 1 << 16
_UNENDED = 1 << 20                                  # bytes of one tag, which is read from its beginning with each block that does not end it


class Package:
    """An archive whose members are read one after another."""

    def __init__(self, file):
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise Refused("none") from error
        self.names = self._zip.namelist()
        self._left = UNPACKED
        if len(self.names) > MEMBERS:
            raise Refused("large")

    def blocks(self, name):
        """The bytes of a member, unpacked. Refused where all together is too much."""
        with self._zip.open(name) as member:
            while block := member.read(_BLOCK):
                self._left -= len(block)
                if self._left < 0:
                    raise Refused("large")
                yield block

    def parse(self, name, start, end, data):
        """Read a member as XML: ``start(local name)``, ``end(local name)``, ``data(text)``. Refused where it declares entities, or is broken."""
        reader, depth = expat.ParserCreate(namespace_separator="}"), 0
        reader.buffer_text = True

        def opened(name, attributes):
            nonlocal depth
            depth += 1
            if depth > LEVELS:
                raise Refused("large")
            start(name.rpartition("}")[2])

        def closed(name):
            nonlocal depth
            depth -= 1
            end(name.rpartition("}")[2])

        def refuse(*_):
            raise Refused("none")
        reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = opened, closed, data
        reader.EntityDeclHandler = reader.ExternalEntityRefHandler = refuse
        fed = 0
        try:
            for block in self.blocks(name):
                fed += len(block)
                if fed - reader.CurrentByteIndex > _UNENDED:
                    raise Refused("large")
                reader.Parse(block, False)
            reader.Parse(b"", True)
        except (expat.ExpatError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error) as error:
            raise Refused("none") from error
