"""A roomy frame spares the frames below it the way to the system and back."""

import resource

from core.frames import roomy

CALLS = 300


def _leaf(depth: int) -> int:
    return depth


def _down(depth: int) -> int:
    """Go down, and there call up and down many times: at the edge of a piece each call would fetch and return it."""
    if depth:
        return _down(depth - 1)
    return sum(_leaf(number) for number in range(CALLS))


def _most_faults() -> int:
    most = 0
    for depth in range(1, 400):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        _down(depth)
        most = max(most, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return most


@roomy
def _in_a_room() -> int:
    return _most_faults()


def test_below_a_roomy_frame_no_depth_fetches_memory_for_each_call():
    _in_a_room()
    assert _in_a_room() < CALLS / 3


def test_a_roomy_function_is_the_function_itself():
    @roomy
    def twice(number: int, *, more: int = 0) -> int:
        return 2 * number + more

    assert (twice.__name__, twice(4, more=1)) == ("twice", 9)
    assert roomy(len) is len
