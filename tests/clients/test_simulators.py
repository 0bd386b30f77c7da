"""macOS Finder and Windows Explorer, played from what is known of them; every demand must be met."""
import pytest

from sims import explorer, finder


@pytest.mark.parametrize("root", ["/remote.php/webdav", "/webdav", "/dav/files/{name}"])
@pytest.mark.parametrize("client, least", [(finder, 50), (explorer, 45)], ids=["finder", "explorer"])
def test_every_demand_is_met(client, least, root, server, person):
    """A whole session without one thing the client would stumble over."""
    demands = client.play(server.url, person.name, person.password, root.format(name=person.name))
    assert not [demand for demand in demands if not demand.met]
    assert len(demands) >= least
