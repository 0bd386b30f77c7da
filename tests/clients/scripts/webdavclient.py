"""What a script with webdavclient3 does. Prints one line of JSON."""
import json
import os
from pathlib import Path

import requests
from webdav3.client import Client

options = {"webdav_hostname": os.environ["DAV"], "webdav_login": os.environ["USERNAME"], "webdav_password": os.environ["PASSWORD"]}
client = Client(options)
client.mkdir("d")
client.mkdir("d/sub")
Path("a.txt").write_bytes(b"content")
client.upload_sync("d/a.txt", "a.txt")
listed = sorted(each for each in client.list("d") if each != "d/")
said = {"list": listed, "info": client.info("d/a.txt"), "is_dir": client.is_dir("d/sub")}
try:
    said["free"] = client.free()
except Exception:
    said["free"] = None      # without a quota there is no number to tell
client.set_property("d/a.txt", {"namespace": "urn:mine", "name": "color", "value": "red"})
said["property"] = client.get_property("d/a.txt", {"namespace": "urn:mine", "name": "color"})
with client.lock("d/a.txt", timeout=60) as locked:
    refused = requests.put(os.environ["DAV"] + "/d/a.txt", data=b"intruder", auth=(os.environ["USERNAME"], os.environ["PASSWORD"]))
    said["locked"] = refused.status_code == 423
client.copy("d/a.txt", "d/sub/copy.txt")
client.move("d/a.txt", "d/b.txt")
client.download_sync("d/b.txt", "back.txt")
assert Path("back.txt").read_bytes() == b"content"
Path("push/y").mkdir(parents=True)
Path("push/x.txt").write_bytes(b"x")
Path("push/y/z.txt").write_bytes(b"z")
client.upload_sync("pushed", "push")
client.upload_sync("gone.txt", "a.txt")
client.clean("gone.txt")
assert not client.check("gone.txt") and client.check("pushed/y/z.txt")
print(json.dumps(said))
