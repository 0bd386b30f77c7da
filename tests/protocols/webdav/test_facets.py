"""What photos tell of themselves, as properties."""
import io
import re

from davwire import asking
from PIL import Image
from studio import photo

from appliance.previews import previews
from appliance.protocols.webdav import plans, properties


def test_facets(house, monkeypatch):
    """Told by name alone, once it is known, as OpenCloud writes it: an element each, small letters and hyphens, escaped."""
    exif = Image.Exif()
    exif[271] = "Tom & <Jerry>"
    exif.get_ifd(0x8769).update({0x9003: "2026:07:14 18:30:05"})
    content = io.BytesIO()
    photo().save(content, "JPEG", exif=exif)
    account = house.people.add("ann", "correct horse battery staple")
    actor = house.people.actor(account.id)
    home = house.files.home(actor)
    writing = house.files.write(actor, house.files.node(actor, home), "a.jpg")
    writing.write(content.getvalue())
    node, _ = writing.commit()

    def told(*names):
        about = properties.About(house, actor, home, node, "http://box")
        about.enter("/")
        return "".join(plans.plan_for(asking(*names).encode() if names else b"", False).responses(about, [node]))
    names = ("oc:photo", "oc:image", "oc:location", "oc:audio")
    assert "2026" not in told(*names), "asked for, it is looked at when it is quiet"
    monkeypatch.setattr(previews, "QUIET", -1)
    house.previews.ahead()
    found, missing = told(*names).split("404 Not Found")[0].split("</d:propstat>")[:2]
    assert "<oc:photo><oc:taken-date-time>2026-07-14T18:30:05Z</oc:taken-date-time><oc:camera-make>Tom &amp; &lt;Jerry&gt;</oc:camera-make></oc:photo>" in found
    assert "<oc:image><oc:width>400</oc:width><oc:height>300</oc:height></oc:image>" in found and re.findall("<oc:(location|audio)/>", missing) == ["location", "audio"]
    assert "taken-date-time" not in told()
