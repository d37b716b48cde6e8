"""Set-up and start of an instance: what is done once, and what is said when it cannot be done."""

import os
import re
import socket
import stat

import pytest

from deploy.trial import assets, ground, libraries, packages, places, stack, stamps
from deploy.trial.trouble import Trouble


def _places(folder, port=0):
    return places.Places(folder, "127.0.0.1", port)


def _one_sentence(trouble):
    text = str(trouble.value)
    return "\n" not in text and text.endswith((".", "repeat the command."))


def test_a_stamp_holds_only_for_the_inputs_it_was_set_for(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text("one")
    stamp = stamps.Stamp(tmp_path / "stamps", "packages", [lock, "kind"])
    assert not stamp.holds()
    stamp.set()
    assert stamps.Stamp(tmp_path / "stamps", "packages", [lock, "kind"]).holds()
    assert not stamps.Stamp(tmp_path / "stamps", "packages", [lock, "other kind"]).holds()
    lock.write_text("two")
    assert not stamps.Stamp(tmp_path / "stamps", "packages", [lock, "kind"]).holds()


def test_an_absent_file_is_not_an_empty_one(tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    assert stamps.digest([empty]) != stamps.digest([tmp_path / "absent"])
    assert stamps.digest(["ab", "c"]) != stamps.digest(["a", "bc"])


def test_the_outline_of_a_folder_changes_with_its_files(tmp_path):
    (tmp_path / "a.css").write_text("a")
    before = stamps.outline(tmp_path)
    assert stamps.outline(tmp_path) == before
    (tmp_path / "b.css").write_text("b")
    assert stamps.outline(tmp_path) != before


def test_a_taken_port_is_said_in_one_sentence_that_names_it(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble, match=rf"Port {port} on 127\.0\.0\.1 is taken") as trouble:
            ground.listen(_places(tmp_path, port))
    assert _one_sentence(trouble)


def test_a_host_that_is_not_ours_is_said_in_one_sentence(tmp_path):
    with pytest.raises(Trouble, match="cannot be used") as trouble:
        ground.listen(places.Places(tmp_path, "203.0.113.7", 8042))
    assert _one_sentence(trouble)


def test_a_second_instance_on_the_same_data_is_told_who_holds_it(tmp_path):
    with ground.hold(_places(tmp_path, 8042)):
        with pytest.raises(Trouble, match=rf"process {os.getpid()}, http://127\.0\.0\.1:8042") as trouble:
            ground.hold(_places(tmp_path, 8043))
        assert _one_sentence(trouble)
    ground.hold(_places(tmp_path, 8043)).close()


def test_a_data_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="cannot be written") as trouble:
        places.make_writable(tmp_path / "file" / "var")
    assert _one_sentence(trouble)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80 80"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(Trouble, match="PORT must be a number from 1 to 65535"):
        places.read({"PORT": port})


def test_the_places_come_from_the_environment(tmp_path):
    here = places.read({"DATA_DIR": f" {tmp_path} ", "HOST": "::", "PORT": "9000"})
    assert (here.data, here.address) == (tmp_path, "http://127.0.0.1:9000")
    assert places.read({}) == places.Places(places.ROOT / "var", "127.0.0.1", 8042)
    assert places.read({"HOST": "::1"}).address == "http://[::1]:8042"


def test_the_socket_of_the_broker_has_a_short_private_path_however_deep_the_data_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("long" * 40)))
    folder = places.socket_folder(tmp_path / ("deep/" * 60))
    try:
        assert len(str(folder / "broker.sock")) <= places.LONGEST_SOCKET_PATH
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert places.socket_folder(tmp_path / ("deep/" * 60)) == folder
        assert places.socket_folder(tmp_path) != folder
    finally:
        folder.rmdir()
        places.socket_folder(tmp_path).rmdir()


def test_a_given_redis_takes_the_place_of_the_embedded_broker(tmp_path):
    told = stack.environment(_places(tmp_path, 8042), {"REDIS_URL": "redis://127.0.0.1/0"})
    assert "BROKER_SOCKET" not in told
    assert told["SITE_URL"] == "http://127.0.0.1:8042"


def test_assets_are_copied_whole_and_without_pointers_to_files_that_are_not_served(tmp_path):
    for pattern, _folder in assets.WANTED:
        path = tmp_path / "modules" / pattern.replace("*", "latin")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("body{}\n/*# sourceMappingURL=tabler.min.css.map */")
    vendor = tmp_path / "static" / "vendor"
    (vendor / "old").mkdir(parents=True)
    assets.copy(tmp_path / "modules", vendor)
    assert (vendor / "tabler.min.css").read_text() == "body{}"
    assert (vendor / "inter" / "inter-latin-wght-normal.woff2").is_file()
    assert not (vendor / "old").exists()


def test_a_package_without_its_files_stops_the_set_up_before_anything_is_replaced(tmp_path):
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    with pytest.raises(FileNotFoundError):
        assets.copy(tmp_path / "modules", vendor)
    assert vendor.is_dir()


def test_where_nothing_may_be_installed_one_exact_command_is_named(monkeypatch):
    monkeypatch.setattr(libraries, "_as_root", lambda: None)
    monkeypatch.setattr(libraries.shutil, "which", lambda name, **_more: f"/usr/bin/{name}")
    with pytest.raises(Trouble, match=re.escape("sudo apt-get install -y --no-install-recommends qpdf chromium")):
        libraries.install(["qpdf", "chromium"])


def test_the_machines_uv_is_used_only_if_it_is_young_enough(monkeypatch):
    monkeypatch.setattr(packages.shutil, "which", lambda _name: "/usr/bin/uv")

    def answering(version):
        monkeypatch.setattr(packages, "_answer", lambda _command: version)
        return packages._machine_uv()

    assert answering("uv 0.13.9 (x86_64)") == "/usr/bin/uv"
    assert answering("uv 0.4.30") is None
    assert answering("") is None
