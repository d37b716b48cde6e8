"""What goes wrong is said in one sentence that ends with what to do."""

import sys


class Trouble(Exception):
    """A start that cannot go on; its text is one sentence for the person at the terminal."""


def say(text: str = "") -> None:
    """Write one line to the terminal at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
