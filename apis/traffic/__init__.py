"""Traffic: access logs, recordings and pushed lines, read into windows that add up in any order."""

from apis.traffic.events import EVENT, KEY, MARKS, SUMS, added, hashed
from apis.traffic.reading import PARSER, Digest, How, Preview, digest, preview
from apis.traffic.sources import Source, Unreadable

__all__ = [
    "EVENT", "KEY", "MARKS", "PARSER", "SUMS", "Digest", "How", "Preview", "Source", "Unreadable", "added", "digest",
    "hashed", "preview",
]  # fmt: skip
