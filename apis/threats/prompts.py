"""Whether a text tries to turn a model against its instructions (ATLAS AML.T0051, OWASP LLM01): weak signs, weighed.

No single sign is proof. Each takes away a share of the doubt; what is hidden in an encoding is read as well.
"""

import re
import string
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from apis.threats.decoding import folded, hidden, unescaped
from apis.threats.phrases import SIGNS
from apis.threats.texts import Verdict

THRESHOLD = 0.7  # score from which a prompt counts; unit share of doubt removed, range 0.3 to 0.99
HEAD = TAIL = 8_000  # characters looked at from the beginning and from the end of a long text
WORD = re.compile(r"\S+")
BINARY = re.compile(r"(?:[01]{8}\s+){4,400}[01]{8}")
MORSE = re.compile(r"(?:[.-]{1,6}[ /]+){6,600}[.-]{1,6}")
QUESTION = re.compile(r"\bq\s?:")
ANSWER = re.compile(r"\ba\s?:")
UNSEEN = re.compile("[\U000e0000-\U000e007f]|[\u200b-\u200f\u2060\ufeff]{3,}|[\u202a-\u202e\u2066-\u2069]")
COMMON = {"the", "and", "of", "to", "is", "in", "that", "you", "what", "are", "me", "your", "previous", "how", "for"}
MORSE_LETTERS = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
        "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
        string.ascii_lowercase + string.digits,
        strict=True,
    )
)
LEET = str.maketrans("013457@$", "oleastas")
ROTATIONS = tuple(
    str.maketrans(string.ascii_lowercase, string.ascii_lowercase[shift:] + string.ascii_lowercase[:shift])
    for shift in range(1, 26)
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A sign that is counted and not matched: its code, its weight, and the question."""

    code: str
    weight: float
    holds: Callable[[str], bool]


def _says(text: str) -> bool:
    """Whether a decoded text reads as English: at least three common words, a sixth of all."""
    words = re.findall(r"[a-z']+", text)
    common = sum(word in COMMON for word in words)
    return common >= 3 and common * 6 >= len(words)


def _repeats(text: str) -> bool:
    words = WORD.findall(text)[:2000]
    if len(words) < 12:
        return False
    most = Counter(words).most_common(1)[0][1]
    run = longest = 1
    for before, word in zip(words, words[1:], strict=False):
        run = run + 1 if word == before else 1
        longest = max(longest, run)
    return longest >= 15 or (len(words) >= 40 and most * 2 > len(words))


def _dialogue(text: str, least: int) -> bool:
    questions, answers = len(QUESTION.findall(text)), len(ANSWER.findall(text))
    return answers >= least and questions > answers


MEASURES = (
    Measure("prompt.repeated_tokens", 0.72, _repeats),
    Measure("prompt.many_shot", 0.3, lambda text: _dialogue(text, 2)),
    Measure("prompt.many_shot_long", 0.35, lambda text: _dialogue(text, 5)),
    Measure("prompt.unseen_letters", 0.72, lambda text: bool(UNSEEN.search(text))),
)


def _from_binary(text: str) -> str:
    found = BINARY.search(text)
    return "".join(chr(int(part, 2)) for part in found.group().split()) if found else ""


def _from_morse(text: str) -> str:
    found = MORSE.search(text)
    if not found:
        return ""
    words = (part.split() for part in found.group().split("/"))
    return " ".join("".join(MORSE_LETTERS.get(letter, "") for letter in word) for word in words)


def _pig_latin(text: str) -> str:
    """English from words moved as 'erewhay' moves 'where'; empty when few words end so."""
    words = re.findall(r"[a-z]+", text)
    moved = [word for word in words if word.endswith("ay") and len(word) > 4]
    if len(words) < 4 or len(moved) * 2 < len(words):
        return ""
    inner = (word[:-2] if word.endswith("ay") else word for word in words)
    starts = ("wh", "th", "sh", "ch", "str", "tr", "pr", "st")
    return " ".join(
        next((w[-len(s) :] + w[: -len(s)] for s in starts if w.endswith(s)), w[-1:] + w[:-1]) for w in inner
    )


def _turned(text: str) -> list[str]:
    """Readings after a Caesar shift or backwards, when those read as English and the text does not."""
    last = text[-600:]
    readings = [last.translate(table) for table in ROTATIONS] if not _says(last[-160:]) else []
    tail = [one for one in (reading[-160:] for reading in readings) if _says(one)]
    backwards = text[-2000:][::-1]
    return tail[:1] + ([backwards] if _says(backwards) and not _says(text[-2000:]) else [])


def _decoded(text: str, plain: str) -> list[str]:
    """Texts that an encoding hides in a prompt, lower case."""
    found = [one.lower() for one in hidden(text, most=4) if len(one) >= 8 and (" " in one or _says(one.lower()))]
    found += [_from_binary(plain).lower(), _from_morse(plain), _pig_latin(plain), *_turned(plain)]
    if re.search(r"[a-z][01345@$][a-z]", plain):
        found.append(plain.translate(LEET))
    return [one for one in found if one]


def _found(text: str, cased: str) -> dict[str, float]:
    found = {sign.code: sign.weight for sign in SIGNS if sign.pattern.search(cased if sign.cased else text)}
    found |= {measure.code: measure.weight for measure in MEASURES if measure.holds(text)}
    return found


def judge_prompt(text: str) -> Verdict:
    """Judge one prompt or one text that reaches a model: score, and codes of the signs heaviest first."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    cased = folded(unescaped(text))
    plain = cased.lower()
    found = _found(plain, cased)
    if UNSEEN.search(text):
        found["prompt.unseen_letters"] = 0.72
    for inner in _decoded(cased, plain):
        said = _found(inner, inner)
        if said or _says(inner):
            leet = inner == plain.translate(LEET)
            found |= {code: max(weight, found.get(code, 0.0)) for code, weight in said.items()}
            if not leet:
                found["prompt.encoded"] = 0.55
    doubt = 1.0
    for weight in found.values():
        doubt *= 1 - weight
    return Verdict(1 - doubt, tuple(sorted(found, key=lambda code: -found[code])), "prompt")


__all__ = ["THRESHOLD", "judge_prompt"]
