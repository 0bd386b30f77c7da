"""What a script with pyocclient does: log in, make folders, write, list, move, copy, delete. Prints one line of JSON."""
import json
import os

import owncloud

client = owncloud.Client(os.environ["URL"])
client.login(os.environ["USERNAME"], os.environ["PASSWORD"])
client.mkdir("Ordner ü")
client.mkdir("Ordner ü/sub")
client.put_file_contents("Ordner ü/a.txt", b"hello")
listed = sorted(each.path for each in client.list("Ordner ü"))
client.copy("Ordner ü/a.txt", "Ordner ü/sub/c.txt")
deep = sorted(each.path for each in client.list("Ordner ü", depth=1)) + [each.path for each in client.list("Ordner ü/sub")]
with open("local.txt", "wb") as file:
    file.write(b"from a file")
client.put_file("Ordner ü/b.txt", "local.txt", chunked=False)
client.move("Ordner ü/b.txt", "Ordner ü/moved.txt")
client.put_file_contents("gone.txt", b"")
client.delete("gone.txt")
client.get_file("Ordner ü/moved.txt", "back.txt")
assert open("back.txt", "rb").read() == b"from a file"
info = client.file_info("Ordner ü/a.txt")
print(json.dumps({"listed": listed, "deep": deep, "content": client.get_file_contents("Ordner ü/a.txt").decode(), "size": info.get_size(),
                  "etag": info.get_etag(), "version": client.get_version(), "capabilities": list(client.get_capabilities())}))
