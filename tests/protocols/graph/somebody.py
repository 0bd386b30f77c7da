"""Somebody who asks Graph and WebDAV."""
import json

import requests

BETA, V1 = "/graph/v1beta1", "/graph/v1.0"


class Somebody:
    """A person who asks Graph and WebDAV."""

    def __init__(self, server, role="user"):
        self.person = server.add(role=role)
        self.server, self.session = server, requests.Session()
        self.session.auth = self.person.auth
        self.id = self.ask("GET", V1 + "/me").json()["id"]

    def ask(self, method, path, sent=None, **headers):
        body = json.dumps(sent) if isinstance(sent, (dict, list)) else sent
        return self.session.request(method, self.server.url + path, data=body, headers=headers, timeout=30)

    def drives(self):
        return {drive["name"]: drive for drive in self.ask("GET", BETA + "/me/drives").json()["value"] if drive["driveType"] == "project"}
