"""Geometry of the matrices: the lookup table, the three heat maps, and the small position map of a risk."""

from typing import Any

from reports.documents.risk import HeatMap, Method, Rating
from reports.render.words import Words

INK, GREY, WHITE = "#16232e", "#44535f", "#ffffff"
FULL = {
    "low": (WHITE, "#7c8a95", INK),
    "medium": ("#f3e2ae", "#f3e2ae", INK),
    "high": ("#b5500f", "#b5500f", WHITE),
    "critical": ("#5e0f1f", "#5e0f1f", WHITE),
}  # fill, stroke, text
TINT = {
    "low": (WHITE, "#cfd7dd", GREY),
    "medium": ("#fbf5e2", "#fbf5e2", GREY),
    "high": ("#f3d9c8", "#f3d9c8", GREY),
    "critical": ("#dcc0c6", "#dcc0c6", GREY),
}
UNKNOWN = (WHITE, "#cfd7dd", GREY)
LETTER = 0.53  # width of a letter, of its size
GAP = 8  # between the last likelihood and the column "cannot be estimated"


def _grid(method: Method) -> dict[tuple[int | None, int], str]:
    return {(cell.likelihood, cell.consequence): cell.level for cell in method.matrix}


def _columns(method: Method) -> list[int | None]:
    return [step.value for step in method.likelihood] + [None]


def _row_label(step: Any) -> str:
    return f"{step.name.lower()[:22]}  {step.value}"


class Frame:
    """Places of cells and labels for one map."""

    def __init__(self, method: Method, words: Words, left: int, cell: tuple[int, int], size: float) -> None:
        longest = max((len(_row_label(step)) for step in method.consequence), default=0)
        left = max(left, int(longest * size * LETTER) + 10)
        self.method, self.words, self.left, self.size = method, words, left, size
        self.step_x, self.step_y = cell
        self.columns = _columns(method)
        self.rows = [step.value for step in reversed(method.consequence)]
        self.bottom = self.step_y * len(self.rows)
        self.width = left + self.step_x * len(self.columns) + GAP

    def x(self, column: int) -> float:
        return self.left + self.step_x * column + (GAP if self.columns[column] is None else 0)

    def y(self, row: int) -> int:
        return self.step_y * row

    def labels(self, long: bool) -> list[dict[str, Any]]:
        """Row names, column names and, on a large map, the axes."""
        names = {step.value: _row_label(step) for step in self.method.consequence}
        likely = {step.value: step.name.lower() for step in self.method.likelihood}
        found = [
            {
                "x": self.left - 8,
                "y": _round(self.y(row) + self.step_y / 2 + self.size * 0.35),
                "anchor": "end",
                "fill": INK,
                "text": names[value],
            }
            for row, value in enumerate(self.rows)
        ]
        below = self.bottom + self.size * 1.3
        for column, value in enumerate(self.columns):
            text = self.words.t["cannot_short" if long else "ne"] if value is None else str(value)
            if long and value is not None:
                text += f"  {likely[value][:18]}"
            found.append(
                {
                    "x": _round(self.x(column) + self.step_x / 2),
                    "y": _round(below),
                    "anchor": "middle",
                    "fill": INK,
                    "text": text,
                }
            )
        if long:
            t, period = self.words.t, self.method.likelihood_period
            axis = t["likelihood"] + (f", {period}" if period else "") + " →"
            found.append({"x": self.left, "y": _round(below + self.size * 1.5), "fill": GREY, "text": axis})
            found.append(
                {
                    "x": self.left - 8,
                    "y": _round(below + self.size * 1.5),
                    "anchor": "end",
                    "fill": GREY,
                    "text": f"{t['consequence']} ↑",
                }
            )
        return found

    def view(self, cells: list[dict[str, Any]], title: str, long: bool) -> dict[str, Any]:
        below = self.size * (3.1 if long else 1.7)
        return {
            "width": self.width,
            "height": _round(self.bottom + below),
            "size": self.size,
            "cells": cells,
            "cell_w": self.step_x - 1.6,
            "cell_h": self.step_y - 1.6,
            "labels": self.labels(long),
            "words": title,
        }

    def cell(self, column: int, row: int, colours: tuple[str, str, str]) -> dict[str, Any]:
        return {
            "x": _round(self.x(column) + 0.8),
            "y": _round(self.y(row) + 0.8),
            "fill": colours[0],
            "stroke": colours[1],
            "texts": [],
        }


def _round(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def matrix_map(method: Method, words: Words) -> dict[str, Any]:
    """The lookup table with the level written into each cell."""
    frame = Frame(method, words, 100, (_wide(method), 38), 10.6)
    grid, cells = _grid(method), []
    for row, consequence in enumerate(frame.rows):
        for column, likelihood in enumerate(frame.columns):
            level = grid.get((likelihood, consequence), "")
            cell = frame.cell(column, row, FULL.get(level, UNKNOWN))
            cell["texts"].append(
                {
                    "x": _round(frame.x(column) + frame.step_x / 2),
                    "y": _round(frame.y(row) + 22.7),
                    "anchor": "middle",
                    "size": 11,
                    "bold": True,
                    "fill": FULL.get(level, UNKNOWN)[2],
                    "text": words.word("level", level),
                }
            )
            cells.append(cell)
    return frame.view(cells, _matrix_words(method, words), long=True)


def _matrix_words(method: Method, words: Words) -> str:
    lines = []
    for cell in sorted(method.matrix, key=_by_harm):
        key = "heat_ne" if cell.likelihood is None else "heat_cell"
        lines.append(
            words.say(
                key, l=cell.likelihood, c=cell.consequence, level=words.word("level", cell.level), risks=""
            ).rstrip(" :")
        )
    return words.t["matrix_words"] + " " + "; ".join(lines) + "."


def _by_harm(cell: Any) -> tuple[int, int]:
    return (-cell.consequence, -(cell.likelihood or 99))


def _wide(method: Method) -> int:
    return int((524 - GAP) / (len(method.likelihood) + 1))


def heat_map(method: Method, words: Words, found: HeatMap, large: bool) -> dict[str, Any]:
    """One heat map: the number of risks in each cell; on the large one their references as well."""
    if large:
        frame = Frame(method, words, 100, (_wide(method), 60), 10.6)
    else:
        frame = Frame(method, words, 150, (int(504 / (len(method.likelihood) + 1)), 62), 21)
    grid = _grid(method)
    filled = {(cell.likelihood, cell.consequence): cell.risks for cell in found.cells if cell.risks}
    cells = []
    for row, consequence in enumerate(frame.rows):
        for column, likelihood in enumerate(frame.columns):
            level = grid.get((likelihood, consequence), "")
            risks = filled.get((likelihood, consequence), [])
            colours = (FULL if risks else TINT).get(level, UNKNOWN)
            cell = frame.cell(column, row, colours)
            place = _large_texts if large else _small_texts
            cell["texts"] = place(frame, (column, row), risks, (words.t["letter"].get(level, ""), colours[2]))
            cells.append(cell)
    return frame.view(cells, _map_words(words, found), long=large)


def _large_texts(frame: Frame, place: tuple[int, int], risks: list[str], look: tuple[str, str]) -> list[dict[str, Any]]:
    left, top = frame.x(place[0]) + 6, frame.y(place[1])
    right = frame.x(place[0]) + frame.step_x - 6
    texts: list[dict[str, Any]] = [
        {"x": _round(right), "y": _round(top + 13), "anchor": "end", "size": 9.1, "fill": look[1], "text": look[0]}
    ]
    if risks:
        texts.append(
            {"x": _round(left), "y": top + 15, "size": 15, "bold": True, "fill": look[1], "text": str(len(risks))}
        )
        fits = int((frame.step_x - 10) / 5)
        for number, line in enumerate(_short_lines(risks, fits, 3)):
            texts.append({"x": _round(left), "y": _round(top + 27.9 + 11.8 * number), "fill": look[1], "text": line})
    return texts


def _short_lines(risks: list[str], fits: int, at_most: int) -> list[str]:
    """Numbers without prefix in lines of `fits` characters; what does not fit becomes an ellipsis."""
    lines, line = [], ""
    for index, ref in enumerate(risks):
        word = ref.rpartition("-")[2][:fits] + ("," if index < len(risks) - 1 else "")
        if line and len(line) + 1 + len(word) > fits:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    lines.append(line)
    if len(lines) > at_most:
        lines = lines[:at_most]
        lines[-1] = lines[-1][: fits - 2].rpartition(" ")[0] + " …"
    return lines


def _small_texts(frame: Frame, place: tuple[int, int], risks: list[str], look: tuple[str, str]) -> list[dict[str, Any]]:
    if not risks:
        return []
    return [
        {
            "x": _round(frame.x(place[0]) + frame.step_x / 2),
            "y": _round(frame.y(place[1]) + 41.2),
            "anchor": "middle",
            "size": 30,
            "bold": True,
            "fill": look[1],
            "text": str(len(risks)),
        }
    ]


def _map_words(words: Words, found: HeatMap) -> str:
    lines = []
    for cell in sorted((c for c in found.cells if c.risks), key=_by_harm):
        key = "heat_ne" if cell.likelihood is None else "heat_cell"
        named = words.risks(len(cell.risks)) if len(cell.risks) > 12 else ", ".join(cell.risks)
        lines.append(
            words.say(key, l=cell.likelihood, c=cell.consequence, level=words.word("level", cell.level), risks=named)
        )
    title = words.say("heat_words", map=words.word("map", found.kind))
    return f"{title} {'; '.join(lines) or words.t['no_rated']}."


class Positions:
    """The small map beside a risk. The ground is the same for all, so that it is computed once."""

    STEP_X, STEP_Y, LEFT = 38, 17, 12

    def __init__(self, method: Method, words: Words) -> None:
        self.method, self.words, self.grid = method, words, _grid(method)
        self.columns = _columns(method)
        self.rows = [step.value for step in reversed(method.consequence)]
        self.width = self.LEFT + self.STEP_X * len(self.columns) + 5
        self.height = self.STEP_Y * len(self.rows) + 13
        self.ground, self.ground_texts = self._ground(), self._ground_texts()

    def _x(self, column: int) -> int:
        return self.LEFT + self.STEP_X * column + (5 if self.columns[column] is None else 0)

    def _box(self, column: int, row: int) -> str:
        return f"M{self._x(column)} {self.STEP_Y * row}h{self.STEP_X - 1}v{self.STEP_Y - 1}h-{self.STEP_X - 1}z"

    def _ground(self) -> list[dict[str, str]]:
        boxes: dict[str, list[str]] = {}
        for row, consequence in enumerate(self.rows):
            for column, likelihood in enumerate(self.columns):
                boxes.setdefault(self.grid.get((likelihood, consequence), ""), []).append(self._box(column, row))
        return [
            {
                "d": "".join(found),
                "fill": TINT.get(level, UNKNOWN)[0],
                "stroke": TINT["low"][1] if level in ("low", "") else "",
            }
            for level, found in sorted(boxes.items())
        ]

    def _ground_texts(self) -> list[dict[str, Any]]:
        texts = [
            {"x": 8, "y": _round(self.STEP_Y * row + 11.7), "anchor": "end", "fill": GREY, "text": value}
            for row, value in enumerate(self.rows)
        ]
        for column, value in enumerate(self.columns):
            texts.append(
                {
                    "x": self._x(column) + 18,
                    "y": self.STEP_Y * len(self.rows) + 11,
                    "anchor": "middle",
                    "fill": GREY,
                    "text": self.words.t["ne"] if value is None else value,
                }
            )
        return texts

    def view(self, ref: str, ratings: dict[str, Rating | None]) -> dict[str, Any]:
        """The map of one risk: words for before, today and target in their cells."""
        places: dict[tuple[int, int], list[str]] = {}
        told = []
        for kind in ("before", "today", "target"):
            rating = ratings.get(kind)
            if rating is None or rating.consequence not in self.rows:
                continue
            likelihood = None if rating.not_estimable else rating.likelihood
            if likelihood not in self.columns or (likelihood is None and not rating.not_estimable):
                continue
            place = (self.columns.index(likelihood), self.rows.index(rating.consequence))
            places.setdefault(place, []).append(kind)
            told.append(f"{self.words.word('map_short', kind)} {lc(rating, self.words)}")
        paths, texts = list(self.ground), list(self.ground_texts)
        for place, kinds in places.items():
            self._mark(place, kinds, paths, texts)
        title = self.words.say("position", ref=ref, list=", ".join(told) or self.words.t["no_rated"])
        return {"width": self.width, "height": self.height, "paths": paths, "texts": texts, "words": title}

    def _mark(self, place: tuple[int, int], kinds: list[str], paths: list[Any], texts: list[Any]) -> None:
        level = self.grid.get((self.columns[place[0]], self.rows[place[1]]), "")
        today = "today" in kinds
        if today:
            paths.append(
                {"d": self._box(*place), "fill": FULL.get(level, UNKNOWN)[0], "stroke": FULL.get(level, UNKNOWN)[1]}
            )
        kind = "today" if today else kinds[-1]
        texts.append(
            {
                "x": self._x(place[0]) + 18,
                "y": _round(self.STEP_Y * place[1] + 11.4),
                "anchor": "middle",
                "bold": True,
                "fill": FULL.get(level, UNKNOWN)[2] if today else INK,
                "text": self.words.word("map_short", kind),
            }
        )


def lc(rating: Rating | None, words: Words) -> str:
    """4 × 5, n/e × 3, or a dash."""
    if rating is None or rating.consequence is None:
        return str(words.t["dash"])
    likelihood = words.t["ne"] if rating.not_estimable else rating.likelihood
    return f"{words.t['dash'] if likelihood is None else likelihood} × {rating.consequence}"
