"""Room for the interpreter's frames, so that deep calls do not fetch and return memory thousands of times."""

from collections.abc import Callable
from types import FunctionType
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])
ROOM = 1 << 17
"""Places for values that a roomy frame asks for: a mebibyte, of which only what is used is ever touched."""


def roomy(function: Function) -> Function:
    """Return the function with a frame so large that all frames below it find room beside it.

    CPython keeps frames in pieces of 16 KiB and returns a piece to the system as soon as its first frame ends. Code
    that goes up and down across the edge of a piece pays a system call each way: a page of a register, whose templates
    nest two hundred calls deep, did so 5,600 times and spent a third of its time there. A piece is made as large as its
    first frame needs, rounded up to a power of two, so one large frame brings room for hundreds below.
    """
    if isinstance(function, FunctionType):
        function.__code__ = function.__code__.replace(co_stacksize=ROOM)
    return function
