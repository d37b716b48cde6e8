"""Templates of paths, learned from those that were seen (``/v1/files/{file_id}``)."""

from apis.paths.learning import Key, Known, Seen, folded
from apis.paths.places import Places, place_of, placed
from apis.paths.shapes import shape_of, shapes

__all__ = ["Key", "Known", "Places", "Seen", "folded", "place_of", "placed", "shape_of", "shapes"]
