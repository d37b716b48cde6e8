"""The demo organisation: Helvia Mutual, an invented health insurer, with fourteen months behind it.

What happened stands as data under ``story/``; it is played through the services and steps that people use, by actors
with the roles they had then, under a simulated clock. Nothing is written any other way.
"""

SLUG = "helvia"
MAIL = "helvia.example"
DOOR = "demo"
"""The door named in the history of everything that the demo wrote."""
