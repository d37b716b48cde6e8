"""The decay checks catch what they are for, and only that."""

import pytest

from tests.house import contracts, decay, rooms


def test_a_file_may_be_as_long_as_the_limit_and_no_longer(tmp_path):
    path = tmp_path / "services.py"
    path.write_text("x = 1\n" * 600)
    assert not list(decay.too_long(path, decay.LONGEST_PYTHON))
    path.write_text("x = 1\n" * 601)
    assert "601 lines" in next(decay.too_long(path, decay.LONGEST_PYTHON))


def test_an_eleventh_model_in_a_file_is_refused(tmp_path):
    path = tmp_path / "models.py"
    classes = [f"class M{number}(TenantModel):\n    class Meta:\n        pass\n" for number in range(11)]
    path.write_text("class Helper:\n    pass\n" + "".join(classes[:10]))
    assert not list(decay.too_many_models(path))
    path.write_text("".join(classes))
    assert "11 models" in next(decay.too_many_models(path))


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # no" + "qa",
        "x = 1  # no" + "qa: S608",
        "x = 1  # NO" + "QA : S608, E501",
        "x = 1  # no" + "qa: S608 why",
    ],
)
def test_switching_a_rule_off_without_a_reason_is_refused(tmp_path, line):
    path = tmp_path / "a.py"
    path.write_text(f"{line}\n")
    assert list(decay.unreasoned_suppressions(path))


def test_switching_a_rule_off_with_its_name_and_a_reason_is_allowed(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1  # no" + "qa: S608, E501 (table names are ours)\n")
    assert not list(decay.unreasoned_suppressions(path))


def test_locking_the_head_of_a_chain_beside_the_ledger_is_refused(tmp_path):
    path = tmp_path / "services.py"
    path.write_text("chain = Chain.objects.select_for_update().get(pk=pk)\nother = Job.objects.select_for_update()\n")
    assert list(decay.second_locks(path)) == ["services.py:1: a chain's head is locked by core.ledger.lock_head alone."]


def test_every_room_that_exists_is_bound_by_the_import_contracts():
    text = contracts.text()
    order = [room for room in rooms.ROOMS if room in rooms.existing_rooms()]
    assert order[-1] == "core"
    assert "\n    ".join(order) in text
    for room in order:
        for rule in rooms.RULES:
            assert (f"\n    {room}.{rule}\n" in text) == rooms.has(room, rule)
