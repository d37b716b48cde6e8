"""Traffic: access logs, recordings and pushed lines, read into windows that add up in any order."""

from apis.traffic.carrying import carried, restored
from apis.traffic.events import EVENT, KEY, MARKS, SUMS, added, hashed
from apis.traffic.reading import PARSER, Digest, How, Preview, digest, joined, may_be_a_document, note_end, preview
from apis.traffic.sources import Source, Unreadable

__all__ = [
    "EVENT", "KEY", "MARKS", "PARSER", "SUMS", "Digest", "How", "Preview", "Source", "Unreadable", "added", "carried",
    "digest", "hashed", "joined", "may_be_a_document", "note_end", "preview", "restored",
]  # fmt: skip
