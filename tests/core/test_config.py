"""The configuration: its order, and what it refuses."""
from dataclasses import fields
from pathlib import Path

import pytest

from appliance.core import Config, Listen, errors


def load(tmp_path, text="", given=None, environ=None):
    file = tmp_path / "hearth.toml"
    file.write_text(text)
    return Config.load(given, environ or {}, file)


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_default(tmp_path):
    text = 'data = "/file"\ncache = "/file"\nlisten = "http://10.0.0.1:80"\n'
    config = load(tmp_path, text, {"data": "/given"}, {"HEARTH_DATA": "/environ", "HEARTH_CACHE": "/environ"})
    assert (config.data, config.cache) == (Path("/given"), Path("/environ"))
    assert config.listen == (Listen(False, "10.0.0.1", 80),) and config.trash_days == 30


def test_several_addresses(tmp_path):
    config = load(tmp_path, environ={"HEARTH_LISTEN": "http://127.0.0.1:0 https://[::1]:443"})
    assert config.listen == (Listen(False, "127.0.0.1", 0), Listen(True, "::1", 443))
    assert [each.url for each in config.listen] == ["http://127.0.0.1:0", "https://[::1]:443"]


@pytest.mark.parametrize("text, word", [
    ("dta = 1", "dta"), ("trash_days = '1'", "trash_days"), ("trash_days = -1", "trash_days"),
    ("trash_days = true", "trash_days"), ("data = 1", "data"), ("data = [", "cannot be read"),
    ("listen = ['ftp://a:1']", "ftp"), ("listen = ['http://a']", "http://a"), ("listen = ['http://a:99999']", "99999"),
])
def test_what_is_wrong_is_named(tmp_path, text, word):
    with pytest.raises(errors.Invalid, match=word):
        load(tmp_path, text)


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    with pytest.raises(errors.Invalid, match="--config"):
        Config.load({}, {}, tmp_path / "none.toml")


def test_forty_options_are_enough():
    assert len(fields(Config)) <= 40
