"""Batches may come split, shuffled and repeated around a person's edit: the end is the same (T21)."""

from hypothesis import given
from hypothesis import strategies as st

from core.planner import edited, given_back, plan
from tests.planner.makers import FIELDS, make_item, plain, written

KEYS = ("a", "b", "c", "d")
VALUES = st.sampled_from(["", "x", "y", "z"])
SNAPSHOT = st.fixed_dictionaries({key: st.fixed_dictionaries(dict.fromkeys(FIELDS, VALUES)) for key in KEYS})
EDITS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(FIELDS), st.sampled_from(["mine", ""])), max_size=3)


def synced(current, snapshot, keys, source="cmdb"):
    items = [make_item(number, key, **snapshot[key]) for number, key in enumerate(keys, start=1)]
    found = plan(items, current, plain(), source)
    assert sum(found.counts.values()) == len(items)
    return written(current, found, source)


def meaning(current):
    """What must agree: values, and who owns each field."""
    return {
        key: (dict(record.values), {name: owner[:2] for name, owner in record.owners.items()})
        for key, record in current.items()
    }


@st.composite
def schedules(draw):
    """Batches that together mention every key, some of them more than once, and a place for each edit."""
    batches = draw(st.lists(st.lists(st.sampled_from(KEYS), max_size=4), max_size=5))
    mentioned = {key for batch in batches for key in batch}
    batches.append([key for key in KEYS if key not in mentioned])
    batches = draw(st.permutations(batches))
    edits = draw(EDITS)
    return batches, [(draw(st.integers(0, len(batches))), edit) for edit in edits]


@given(SNAPSHOT, SNAPSHOT, schedules())
def test_split_shuffled_and_repeated_batches_agree_around_edits(before, after, schedule):
    batches, edits = schedule
    start = synced({}, before, KEYS)

    def run(parts):
        current = start
        for moment in range(len(batches) + 1):
            for when, (key, name, value) in edits:
                # A person types something no source says; an edit to the very same value would be none.
                if when == moment and current[key].values.get(name, "") != f"{value}!":
                    current = {**current, key: edited(current[key], {name: f"{value}!"}, "p1")}
            if moment < len(batches):
                for part in parts(moment):
                    current = synced(current, after, part)
        return current

    one_by_one = run(lambda moment: [[key] for key in batches[moment]])
    together = run(lambda moment: [batches[moment], batches[moment]])
    # A person wrote last where they wrote at all; everything else is what the source says.
    expected = {key: dict(after[key]) for key in KEYS}
    for _when, (key, name, value) in sorted(edits, key=lambda entry: entry[0]):
        expected[key][name] = f"{value}!"
    assert meaning(one_by_one) == meaning(together)
    assert {key: dict(record.values) for key, record in together.items()} == expected


@given(SNAPSHOT, st.permutations(KEYS), st.permutations(KEYS))
def test_the_order_of_rows_does_not_matter(snapshot, one, other):
    assert meaning(synced({}, snapshot, one)) == meaning(synced({}, snapshot, other))


@given(SNAPSHOT, st.lists(st.sampled_from(KEYS), min_size=1, max_size=12))
def test_equal_rows_in_one_batch_count_as_duplicates_and_change_nothing(snapshot, keys):
    items = [make_item(number, key, **snapshot[key]) for number, key in enumerate(keys, start=1)]
    found = plan(items, {}, plain(), "cmdb")
    assert found.counts["create"] == len(set(keys))
    assert found.counts["duplicate"] == len(keys) - len(set(keys))


@given(SNAPSHOT, SNAPSHOT, st.lists(st.sampled_from(["cmdb", "mlflow"]), max_size=6))
def test_a_second_source_never_writes_a_record_it_was_not_given(first, second, order):
    current = synced({}, first, KEYS)
    for source in order:
        current = synced(current, first if source == "cmdb" else second, KEYS, source)
    assert meaning(current) == meaning(synced({}, first, KEYS))


@given(SNAPSHOT, SNAPSHOT, EDITS)
def test_a_second_run_of_the_same_rows_writes_nothing(before, after, edits):
    current = synced({}, before, KEYS)
    for key, name, value in edits:
        current = {**current, key: edited(current[key], {name: value}, "p1")}
    current = synced(current, after, KEYS)
    items = [make_item(number, key, **after[key]) for number, key in enumerate(KEYS, start=1)]
    assert not plan(items, current, plain(), "cmdb").writes


@given(SNAPSHOT, EDITS)
def test_giving_everything_back_brings_the_source_back(snapshot, edits):
    current = synced({}, snapshot, KEYS)
    for key, name, value in edits:
        current = {**current, key: edited(current[key], {name: value}, "p1")}
    back = {key: given_back(record, FIELDS, "cmdb") for key, record in current.items()}
    values = {key: dict(record.values) for key, record in synced(back, snapshot, KEYS).items()}
    assert values == {key: dict(snapshot[key]) for key in KEYS}
