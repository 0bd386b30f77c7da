"""The wiring: builds every object of the house once, in floor order. Read this first."""
from typing import NamedTuple

from appliance import http
from appliance.activity import Audit, PersonalData
from appliance.core import Bus, Config
from appliance.files import Files
from appliance.identity import Administration, People
from appliance.previews import Previews
from appliance.protocols import account, admin, graph, links, ocs, oidc, settings, tokens, webdav
from appliance.sharing import Access
from appliance.storage import Storage, examine


class House(NamedTuple):
    """Everything that is built once."""

    config: Config
    bus: Bus
    storage: Storage
    people: People
    administration: Administration
    access: Access
    files: Files
    audit: Audit
    personal_data: PersonalData
    previews: Previews

    def close(self):
        """Leave everything in good order."""
        self.previews.close()
        self.people.close()
        self.audit.close()
        self.storage.close()


def build(config, own=True):
    """Build the house on its storage. ``own`` takes the storage for ourselves, as a server does; commands look in beside it."""
    bus = Bus()
    storage = Storage.open(config, bus, own)
    people = People(config.data / ".hearth" / "identity", bus)
    access, audit = Access(storage), Audit(config)
    bus.witness(audit.witness)
    files = Files(storage, access, people, bus)
    return House(config, bus, storage, people, Administration(people, bus), access, files, audit,
                 PersonalData(people, files, audit, bus), Previews(config, bus, files.look_into))


def check(config, repair=False, deep=False):
    """Examine the storage against its rules; a list of findings. A server may run meanwhile, unless ``repair`` is asked for."""
    return examine(config.data, repair, deep)


def reindex(config):
    """Rebuild everything under the cache; Unavailable while a server runs, which does so by itself."""
    storage = Storage.open(config, Bus())
    try:
        storage.reindex()
    finally:
        storage.close()


def wsgi(house):
    """The whole house as one WSGI application: prefix, application, who may come in."""
    dav, data, web = webdav.app(house), webdav.Data(house), http.Site()
    return http.Dispatcher(http.Gate(house.people, house.files.links), [
        ("/webdav", dav, "signed in"),
        ("/remote.php/webdav", dav, "signed in"),
        ("/dav", dav, "signed in"),
        ("/remote.php/dav", dav, "signed in"),
        ("/dav/public-files", dav, "signed in, or by a link"),
        ("/remote.php/dav/public-files", dav, "signed in, or by a link"),
        ("/archiver", dav, "signed in, or by a link"),
        ("/data", data, "everyone"),
        ("/graph", graph.app(house), "signed in"),
        ("/api/v0/settings", settings.app(house), "signed in"),
        ("/auth-app", tokens.app(house), "signed in"),
        ("/ocs", ocs.app(house), "signed in"),
        ("/ocs/v1.php/apps/files_sharing/api/v1/tokeninfo/unprotected", ocs.app(house), "everyone"),
        ("/ocs/v2.php/apps/files_sharing/api/v1/tokeninfo/unprotected", ocs.app(house), "everyone"),
        ("/ocs/v1.php/config", ocs.app(house), "everyone"),
        ("/ocs/v2.php/config", ocs.app(house), "everyone"),
        ("/ocs/v1.php/cloud/capabilities", ocs.app(house), "everyone"),
        ("/status.php", ocs.discovery(house), "everyone"),
        ("/status", ocs.discovery(house), "everyone"),
        ("/config.json", ocs.discovery(house), "everyone"),
        ("/health", http.health.alive, "everyone"),
        ("/ready", http.health.ready(house.storage), "everyone"),
        ("/metrics", http.health.metrics(house.config), "everyone"),
        ("/.well-known/openid-configuration", oidc.app(house), "everyone"),
        ("/.well-known/webfinger", oidc.app(house), "everyone"),
        ("/konnect/v1", oidc.app(house), "everyone"),
        ("/signin/v1", oidc.app(house), "everyone"),
        ("/signin", account.app(house), "everyone"),
        ("/signout", account.app(house), "everyone"),
        ("/account", account.app(house), "everyone"),
        ("/s", links.app(house), "everyone"),
        ("/api/v0/audit", admin.audit(house), "signed in"),
        ("/api/v0/policy", admin.signin(house), "signed in"),
        ("/api/v0/people", admin.signin(house), "signed in"),
        ("/setup", admin.app(house), "everyone"),
        ("/_", web, "everyone"),
        *((place, web.shell, "everyone") for place in ("/files", "/shared", "/spaces", "/trash", "/f")),
        ("/", webdav.front(admin.app(house, web.shell)), "everyone"),
    ], house.config.url)
