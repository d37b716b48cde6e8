"""Names of parameters: after the resource they choose from, each once in a template."""

from itertools import count

LONGEST = 32
"""Letters of a resource that a name takes over."""

IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "data": "data", "series": "series",
    "news": "news", "status": "status", "indices": "index", "vertices": "vertex", "analyses": "analysis",
    "aliases": "alias", "matrices": "matrix", "kudos": "kudos", "media": "media", "criteria": "criterion",
}  # fmt: skip


def singular(word: str) -> str:
    """``files`` → ``file``, ``categories`` → ``category``; a word that is none stays."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def parameter(words: list[str], taken: list[str]) -> str:
    """``{file_id}`` after ``…/files``; the next free name where the template has it already (noted in ``taken``)."""
    before = next((word for word in reversed(words) if word and not word.startswith("{")), "")
    stem = "".join(letter if letter.isalnum() else "_" for letter in singular(before.lower())).strip("_")[:LONGEST]
    version = stem[:1] == "v" and stem[1:].isdigit()
    name = f"{stem}_id" if stem and not version and not words[-1].startswith("{") else "id"
    free = next(each for number in count(1) if (each := name if number == 1 else f"{name}_{number}") not in taken)
    taken.append(free)
    return f"{{{free}}}"
