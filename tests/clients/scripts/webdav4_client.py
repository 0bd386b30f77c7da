"""What a script with webdav4 does. Prints one line of JSON."""
import io
import json
import os

from webdav4.client import Client, ResourceAlreadyExists, ResourceNotFound

client = Client(os.environ["DAV"], auth=(os.environ["USERNAME"], os.environ["PASSWORD"]))
client.mkdir("d")
client.mkdir("d/sub")
client.upload_fileobj(io.BytesIO(b"content"), "d/a b.txt")
names = sorted(client.ls("d", detail=False))
said = {"names": names, "length": client.content_length("d/a b.txt"), "type": client.content_type("d/a b.txt"),
        "etag": client.etag("d/a b.txt"), "modified": client.modified("d/a b.txt").isoformat(),
        "exists": [client.exists("d/a b.txt"), client.exists("d/none")]}
with client.open("d/a b.txt") as file:
    said["read"] = file.read()
with client.open("d/a b.txt", "rb") as file:
    file.seek(3)
    said["range"] = file.read().decode()
try:
    client.upload_fileobj(io.BytesIO(b"other"), "d/a b.txt", overwrite=False)
    said["conflict"] = False
except ResourceAlreadyExists:
    said["conflict"] = True
try:
    client.info("d/none")
    said["missing"] = False
except ResourceNotFound:
    said["missing"] = True
client.copy("d/a b.txt", "d/copy.txt")
client.move("d/a b.txt", "d/sub/moved.txt")
client.upload_fileobj(io.BytesIO(b"x"), "d/gone.txt")
client.remove("d/gone.txt")
print(json.dumps(said))
