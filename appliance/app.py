"""The wiring: builds every object of the house once, in floor order. Read this first."""
from typing import NamedTuple

from appliance import http
from appliance.activity import Activities, Audit, Notices, Outbox, PersonalData, Streams
from appliance.core import Bus, Config
from appliance.files import Files
from appliance.identity import Administration, People
from appliance.previews import Previews
from appliance.search import Search
from appliance.search import forget as forget_search
from appliance.sharing import Access
from appliance.storage import Storage, examine
from appliance.system import Alarms, Certificates, Health, Nightly, Phones, Restoring, Updates, scanners, settle


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
    activities: Activities
    streams: Streams
    outbox: Outbox
    notices: Notices
    personal_data: PersonalData
    previews: Previews
    search: Search
    nightly: Nightly
    restoring: Restoring
    health: Health
    alarms: Alarms
    certificates: Certificates
    updates: Updates

    def close(self):
        """Leave everything in good order."""
        self.search.close()
        self.streams.close()
        self.previews.close()
        self.people.close()
        self.audit.close()
        self.storage.close()


def build(config, own=True):
    """Build the house on its storage. ``own`` takes the storage for ourselves, as a server does; commands look in beside it."""
    bus = Bus()
    if own:
        settle(config.data)
    storage = Storage.open(config, bus, own)
    people = People(config.data / ".hearth" / "identity", bus)
    access, audit = Access(storage), Audit(config)
    bus.witness(audit.witness)
    files = Files(storage, access, people, bus)
    streams, outbox = Streams(people, files, bus, config.streams), Outbox(config, people)
    notices, previews = Notices(config, people, files, streams, bus, outbox), Previews(config, bus, files.look_into)
    nightly, certificates = Nightly(config, bus), Certificates(config, bus)
    phones = Phones(bus, lambda: {account.id: account.display_name for account in people.list()}, audit.photos)
    return House(config, bus, storage, people, Administration(people, bus), access, files, audit, Activities(audit, people, files), streams, outbox, notices,
                 PersonalData(people, files, audit, bus, notices), previews, Search(config, bus, files, previews.facts),
                 nightly, Restoring(config, people, bus), Health(config, bus, nightly.backup, phones, [certificates.findings, lambda: scanners(files.inspection.away())]), Alarms(config, bus),
                 certificates, Updates())


def check(config, repair=False, deep=False):
    """Examine the storage against its rules; a list of findings. A server may run meanwhile, unless ``repair`` is asked for."""
    return examine(config.data, repair, deep)


def reindex(config):
    """Rebuild everything under the cache; Unavailable while a server runs, which does so by itself."""
    storage = Storage.open(config, Bus())
    try:
        storage.reindex()
        forget_search(config.cache, storage.id)
    finally:
        storage.close()


def wsgi(house):
    """The whole house as one WSGI application: prefix, application, who may come in."""
    from appliance.protocols import account, admin, graph, links, ocs, oidc, settings, setup, tokens, webdav    # a third of what a command takes to start
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
        ("/ocs/v2.php/apps/notifications", ocs.notifications(house), "signed in"),
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
        ("/metrics", http.health.metrics(house.config, house.health.report), "everyone"),
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
        ("/api/v0/update", admin.update(house), "signed in"),
        ("/api/v0/certificate", admin.certificate(house), "signed in"),
        *((place, admin.authority(house), "everyone") for place in ("/ca", "/ca.crt", "/ca.mobileconfig", "/.well-known/acme-challenge")),
        ("/api/v0/setup", admin.signin(house), "signed in"),
        ("/api/v0/links", admin.links(house), "signed in"),
        ("/api/v0/mail", admin.mail(house), "signed in"),
        ("/api/v0/firewall", admin.firewall(house), "signed in"),
        ("/api/v0/quarantine", admin.firewall(house), "signed in"),
        ("/api/v0/backup", admin.backup(house), "signed in"),
        ("/api/v0/health", admin.health(house), "signed in"),
        ("/api/v0/setup/restore", admin.restore(house), "everyone"),
        ("/setup", setup.app(house), "everyone"),
        ("/_", web, "everyone"),
        ("/sw.js", web.worker, "everyone"),
        ("/icon.svg", web.icon, "everyone"),
        *((place, web.shell, "everyone") for place in ("/files", "/shared", "/spaces", "/trash", "/search", "/favourites", "/recent", "/photos", "/f", "/admin")),
        ("/", webdav.front(setup.app(house, web.shell)), "everyone"),
    ], house.config.url)
