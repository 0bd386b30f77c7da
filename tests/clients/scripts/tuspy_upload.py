"""Upload a file with tuspy in chunks, each after a line on stdin. Prints the offset before each, and at last "done"."""
import base64
import os
import sys

from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

CHUNK = 8 << 20
path, name, state = sys.argv[1:4]
authority = base64.b64encode(f"{os.environ['USERNAME']}:{os.environ['PASSWORD']}".encode()).decode()
client = TusClient(os.environ["DAV"], headers={"Authorization": "Basic " + authority})
uploader = client.uploader(path, chunk_size=CHUNK, metadata={"filename": name, "mtime": "1600000000"}, retries=200, retry_delay=0.2,
                           store_url=True, url_storage=FileStorage(state), upload_checksum=True)
while uploader.offset < os.path.getsize(path):
    print(uploader.offset, flush=True)
    sys.stdin.readline()
    uploader.upload_chunk()
print("done", flush=True)
