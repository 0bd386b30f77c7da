"""ownCloud's own library for Python shares a folder with a person and by a link: address, two logins, a folder, the password of the link."""
import sys

import owncloud

url, name, password, other, folder, secret = sys.argv[1:]
client = owncloud.Client(url)
client.login(name, password)
shared = client.share_file_with_user(folder, other, perms=31)
there, = client.get_shares(folder)                  # what share_file_with_user answers is what it asked for
assert there.get_permissions() == 15 and there.get_share_with() == other and client.is_shared(folder), there
link = client.share_file_with_link(folder, password=secret)
assert link.get_link() == f"{url}/s/{link.get_token()}" and {share.get_share_type() for share in client.get_shares(folder)} == {0, 3}, link
# Ids are numbers to this library, so it changes and ends no share of OpenCloud's either; by hand it does.
for share, done in ((shared, {"permissions": 1}), (link, {"name": "ours"})):
    assert client._make_ocs_request("PUT", "apps/files_sharing/api/v1", "shares/" + share.share_info["id"], data=done).status_code == 200
assert {share.get_permissions() for share in client.get_shares(folder)} == {1}
for share in (shared, link):
    assert client._make_ocs_request("DELETE", "apps/files_sharing/api/v1", "shares/" + share.share_info["id"]).status_code == 200
assert not client.is_shared(folder)
print("fine")
