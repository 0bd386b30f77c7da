"""Resumable uploads: tus 1.0.0 as OpenCloud's clients speak it, with creation-with-upload, checksum, expiration, termination.

A POST to a folder creates an upload and answers with its own address, ``/data/<token>``. Who knows the token may go on with
it: it names the account and the upload, and holds a secret of 160 bits of which only the hash is kept.
"""
import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import replace
from email.utils import formatdate

from appliance.core import errors, ids, jobs
from appliance.http import request
from appliance.protocols.webdav import answers, checksums, conditions, places, put

VERSION = "1.0.0"
CONTENT = "application/offset+octet-stream"
BLOCK = 1 << 18                                     # bytes taken from the line and written at a time

# Clients and OpenCloud's acceptance tests compare these texts. Termination is offered where it works, at /data.
EXTENSIONS = "creation,creation-with-upload,checksum,expiration"
ALGORITHMS = "md5,sha1,crc32"
_VERSIONS = [("Tus-Resumable", VERSION), ("Tus-Version", VERSION), ("Tus-Extension", EXTENSIONS)]
_EXPOSED = ("Access-Control-Expose-Headers", "Tus-Resumable,Tus-Version,Tus-Extension")
OPTIONS = _VERSIONS + [("Tus-Checksum-Algorithm", ALGORITHMS), ("Access-Control-Allow-Headers", "Tus-Resumable"), _EXPOSED]
LISTING = _VERSIONS + [_EXPOSED]                    # in the answer to a PROPFIND on a folder; iOS looks there
_CREATION = [("Tus-Resumable", VERSION), ("Tus-Extension", EXTENSIONS),
             ("Access-Control-Allow-Headers", "Tus-Resumable, Upload-Length, Upload-Metadata, If-Match"),
             ("Access-Control-Expose-Headers", "Tus-Resumable, Upload-Offset, Location")]
_DATA = [("Tus-Resumable", VERSION), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
         ("Access-Control-Expose-Headers", "Tus-Resumable, Upload-Offset, Upload-Length, Upload-Expires, Location, ETag, "
                                           "OC-ETag, OC-FileId, OC-Perm")]


class Mismatch(answers.Refused):
    """A checksum is wrong; the checksum extension has a status of its own for that."""

    def __init__(self, message="The computed checksum does not match the one received from the client."):
        super().__init__(460, message)


# The creation of an upload: POST to a folder.

def create(house, environ, start_response, target):
    """Begin an upload, and take its first bytes where they come along; without any bytes to come, make the file."""
    try:
        headers = _create(house, environ, target)
    except errors.HouseError as error:
        return answers.refuse(environ, lambda status, headers: start_response(status, headers + _CREATION), error)
    start_response("201 Created", headers + _CREATION + [("Content-Length", "0")])
    return [b""]


def _create(house, environ, target):
    _agree(environ)
    size = _declared(environ)
    metadata = Metadata.parse(environ.get("HTTP_UPLOAD_METADATA", ""))
    place = _place(house, environ, target, metadata)
    node = place.look()
    if node is not None and node.folder:
        raise errors.Conflict("There is a folder of that name.")
    tokens = conditions.check(house, environ, place, node)
    expect = node.etag if node is not None and conditions.guarded(environ) else None
    if size == 0:
        return _made_empty(house, environ, place, metadata, expect, node is None, tokens)
    secret = ids.token()
    upload = house.files.begin_upload(
        place.actor, _parent(place), place.name, size, metadata.mtime_ns(environ),
        {"secret": _hash(secret), "said": environ.get("HTTP_UPLOAD_METADATA", ""), "new": node is None,
         "tokens": sorted(tokens), "token": place.actor.token},
        metadata.checksum(environ), expect, house.config.upload_hours * 3600, tokens)
    headers = [("Location", f"{environ['hearth.url']}/data/{place.actor.id}.{upload.id}.{secret}")]
    if request.length(environ) == 0:
        return headers + _progress(upload)
    try:
        _check_part(environ, upload, environ.get("HTTP_UPLOAD_OFFSET", "0"))
        return headers + _append(house, place.actor, upload, environ)
    except BaseException:
        upload.remove()                             # its address was never told, so nobody could go on with it
        raise


def _declared(environ):
    """The length of the whole file in bytes; it cannot be told later."""
    value = environ.get("HTTP_UPLOAD_LENGTH")
    if value is None:
        raise errors.PreconditionFailed("Upload-Length is missing.")
    return _number("Upload-Length", value)


def _number(name, value):
    if not re.fullmatch("[0-9]{1,18}", value.strip()):
        raise errors.Invalid(f"{name} is not a number.")
    return int(value)


def _place(house, environ, target, metadata):
    """Where the file is to be: the folder of the address, and the name from the metadata, which may be a path."""
    parts = [part for part in metadata.text("filename").split("/") if part]
    if not parts:
        raise errors.PreconditionFailed("Upload-Metadata holds no filename.")
    if "." in parts or ".." in parts:
        raise errors.Invalid("A name must not be . or ..")
    folder = places.find(house, environ, target)
    return folder._replace(path="/".join([folder.path, *parts] if folder.path else parts))


def _parent(place):
    try:
        return place.parent()
    except errors.Conflict as error:                # OpenCloud's answer here is 412, and its clients know that
        raise errors.PreconditionFailed(str(error)) from None


def _made_empty(house, environ, place, metadata, expect, absent, tokens):
    draft = house.files.write(place.actor, _parent(place), place.name, 0, tokens)
    try:
        node, _ = draft.commit(metadata.mtime_ns(environ), metadata.checksum(environ), expect, absent)
    except BaseException:
        draft.abort()
        raise
    return [("Location", ""), ("Upload-Offset", "0")] + _finished(house, place.actor, node)


class Metadata(dict):
    """What Upload-Metadata says: bytes by key. Keys that mean nothing here are kept and ignored."""

    @classmethod
    def parse(cls, header):
        """Read ``key base64,key base64``; Invalid where the encoding is wrong."""
        read = cls()
        for pair in filter(None, (part.strip() for part in header.split(","))):
            key, _, value = pair.partition(" ")
            try:
                read[key] = base64.b64decode(value.strip(), validate=True)
            except (ValueError, binascii.Error):
                raise errors.Invalid("Upload-Metadata is not base64.") from None
        return read

    def text(self, key):
        """A value as text, "" where it is missing."""
        try:
            return self.get(key, b"").decode()
        except UnicodeDecodeError:
            raise errors.Invalid("Upload-Metadata is not UTF-8.") from None

    def mtime_ns(self, environ):
        """The time the file is to have: unix seconds, perhaps with a fraction; None where nobody said one."""
        text = self.text("mtime").strip()
        return put.modified(environ) if text in ("", "null") else put.nanoseconds(text)

    def checksum(self, environ):
        """The checksum of the whole file as (algorithm, hex), None where nobody said one."""
        if self.get("checksum"):
            return checksums.parse_whole(self.text("checksum"))
        if environ.get("HTTP_OC_CHECKSUM"):
            return checksums.parse_whole(environ["HTTP_OC_CHECKSUM"], ":")
        return None


# The address of an upload: /data/<token>.

class Data:
    """The application behind ``/data``. There is no other way in than the token."""

    def __init__(self, house):
        self._house, self._busy = house, set()      # the ids of uploads that somebody writes to just now

    def __call__(self, environ, start_response):
        method = environ["REQUEST_METHOD"]
        if method == "POST":                        # some networks let nothing else through
            method = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        try:
            status, headers = self._answer(method, environ)
        except errors.HouseError as error:
            return answers.refuse(environ, lambda status, headers: start_response(status, headers + _DATA), error)
        start_response(status, headers + _DATA)
        return [b""]

    def _answer(self, method, environ):
        if method == "OPTIONS":
            return "200 OK", [("Tus-Version", VERSION), ("Tus-Extension", EXTENSIONS + ",termination"),
                              ("Tus-Checksum-Algorithm", ALGORITHMS + ",adler32"), ("Content-Length", "0"),
                              ("Allow", "OPTIONS, HEAD, PATCH, DELETE, POST")]
        if method not in ("HEAD", "PATCH", "DELETE"):
            return "405 Method Not Allowed", [("Allow", "OPTIONS, HEAD, PATCH, DELETE, POST"), ("Content-Length", "0")]
        if method == "PATCH":
            _agree(environ)
        actor, upload = self._find(environ)
        if method == "HEAD":
            return "200 OK", [("Upload-Length", str(upload.size)), ("Upload-Metadata", upload.metadata["said"])] + _progress(upload)
        if upload.id in self._busy:
            raise errors.Locked("Another request is writing to this upload.")
        self._busy.add(upload.id)
        try:
            if method == "DELETE":
                upload.remove()
                return "204 No Content", []
            _check_part(environ, upload, environ.get("HTTP_UPLOAD_OFFSET", ""))
            return "204 No Content", _append(self._house, actor, upload, environ)
        finally:
            self._busy.discard(upload.id)

    def _find(self, environ):
        """The upload that the token names, and for whom; NotFound for every token that does not open one."""
        account, _, rest = environ["PATH_INFO"].rpartition("/")[2].partition(".")
        upload_id, _, secret = rest.partition(".")
        if not ids.is_uuid(account) or not ids.is_uuid(upload_id):
            raise errors.NotFound()
        actor = self._actor(environ, account)
        upload = self._house.files.upload(actor, upload_id)
        if not hmac.compare_digest(upload.metadata["secret"], _hash(secret)):
            raise errors.NotFound()
        if token := upload.metadata.get("token"):   # of the app token that began it: it must still be good, and reach there
            actor = self._actor(environ, account, token)
            upload = self._house.files.upload(actor, upload_id)
        return actor, upload

    def _actor(self, environ, account, token=""):
        origin = request.origin(environ)
        try:
            return replace(self._house.people.actor(account, "upload", token), origin=origin)
        except errors.Unauthenticated:
            pass
        try:
            return self._house.files.links.again(account, token, origin)
        except errors.Unauthenticated:
            raise errors.NotFound() from None       # the account, app token or link is gone, or lets nobody in any more


def _agree(environ):
    if environ.get("HTTP_TUS_RESUMABLE") != VERSION:
        raise errors.PreconditionFailed("This server speaks tus 1.0.0.")


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


# Taking bytes.

def _check_part(environ, upload, offset):
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != CONTENT:
        raise errors.Invalid(f"The content type of a part is {CONTENT}.")
    offset = _number("Upload-Offset", offset)
    if offset == _told(upload) < upload.acknowledged:
        upload.retract(offset)
    if offset != upload.acknowledged:
        raise errors.Conflict("The upload is at another offset.")


def _told(upload):
    """The offset that a client is told: one less while all bytes are in and the file is not there, because it must not think that it was."""
    return upload.acknowledged - (upload.acknowledged == upload.size)


def _append(house, actor, upload, environ):
    """Take the body of a request at the end of the upload, and make it a file when that was all; answers the headers."""
    begun, length = upload.offset, request.length(environ)
    if length is not None and begun + length > upload.size:
        raise errors.TooLarge("More bytes than the upload is to have.")
    wanted = environ.get("HTTP_UPLOAD_CHECKSUM")
    wanted = wanted and checksums.parse(wanted)
    stream = request.stream(environ)
    try:
        _take(upload, stream, wanted)
    except (Mismatch, errors.TooLarge):
        upload.rewind(begun)
        raise
    except BaseException:                           # the line broke: what came is kept, unless it still had to be verified
        if wanted:
            upload.rewind(begun)
        upload.pause()
        raise
    upload.pause()
    if upload.offset < upload.size:
        return _progress(upload)
    return [("Upload-Offset", str(upload.size))] + _finish(house, actor, upload, conditions.tokens(environ))


def _take(upload, stream, wanted):
    """Write a body block by block, never all of it in memory; ``wanted`` is the checksum it is said to have, or None."""
    computed = wanted and checksums.new(wanted[0])
    while block := stream.read(BLOCK):
        if upload.offset + len(block) > upload.size:
            raise errors.TooLarge("More bytes than the upload is to have.")
        upload.write(block)
        if computed:
            jobs.bulk(computed.update, block)
    if computed and computed.hexdigest() != wanted[1]:
        raise Mismatch()


def _finish(house, actor, upload, tokens):
    if upload.metadata["new"] and _exists(house.files, actor, upload):
        raise errors.Conflict("Somebody else made a file of that name meanwhile.")
    try:
        node, _ = house.files.finish_upload(actor, upload, tokens.union(upload.metadata["tokens"]))
    except errors.Invalid as error:                 # the checksum of the whole: no later part can mend that
        upload.remove()
        raise Mismatch(str(error)) from None
    return _finished(house, actor, node)


def _exists(files, actor, upload):
    try:
        return files.find(actor, ids.ResourceId(files.storage_id, upload.space, upload.parent), upload.name) is not None
    except errors.NotFound:
        return False


def _progress(upload):
    return [("Upload-Offset", str(_told(upload))), ("Upload-Expires", formatdate(upload.expires, usegmt=True))]


def _finished(house, actor, node):
    """What a client wants to know of the new file, so that it need not ask again."""
    return [("OC-FileId", house.files.resource_id(node)), ("ETag", f'"{node.etag}"'), ("OC-ETag", f'"{node.etag}"'),
            ("OC-Perm", house.files.letters(actor, node)), ("Last-Modified", formatdate(node.mtime_ns // 1_000_000_000, usegmt=True)),
            ("X-OC-Mtime", "accepted")]
