"""What a killed server leaves is gone after the next start, and nothing else is."""
import os

import gevent

from appliance.core import Bus, ids
from appliance.storage import Storage


def test_after_a_kill(config, until):
    storage = Storage.open(config, Bus())
    space = storage.spaces.personal("11111111-1111-4111-8111-111111111111", "ann", "Ann")
    draft = storage.tree.draft(space.root, "gone")
    draft.write(b"content")
    key = storage.tree.remove(draft.commit()[0])
    storage.close()
    house, beside = config.data / ".hearth", ids.new()
    (house / "running").write_text("1")
    (house / "drafts" / beside).write_bytes(b"half")
    (house / "drafts" / ids.new() / "folder").mkdir(parents=True)
    (house / "locks" / f".{beside}.json.{beside}").write_text("{")
    (house / "identity" / "accounts").mkdir()
    (house / "identity" / "accounts" / f".{beside}.json.{beside}").write_text("{")
    (house / "identity" / "accounts" / f"{beside}.json").write_text("{}")
    empty = house / "trash" / space.id / ids.new()
    empty.mkdir()
    (empty / "record.json").write_text("{}")
    (house / "trash" / space.id / key / f".record.json.{beside}").write_text("{")

    storage = Storage.open(config, Bus())
    mine = storage.tree.draft(space.root, "new")    # begun before the tidying is done
    mine.write(b"new")
    storage.start()
    until(lambda: gevent.sleep(0.01) or not empty.exists() and len(os.listdir(house / "drafts")) == 1)
    storage.stop()
    assert not os.listdir(house / "locks") and os.listdir(house / "identity" / "accounts") == [f"{beside}.json"]
    assert sorted(os.listdir(house / "trash" / space.id / key)) == ["content", "record.json"]
    assert mine.commit()[1]
    storage.close()
