"""The organisation's API requirements (APR-01 … APR-30) and the controls of Annex A that they support."""

_ANNEX = {
    "APR-01": "A.4.2 A.4.5 A.3.2", "APR-02": "A.4.2 A.6.2.6", "APR-03": "A.6.2.5 A.6.2.6 A.4.2",
    "APR-04": "A.6.2.3 A.6.2.7 A.6.2.2", "APR-05": "A.4.5 A.6.2.2 A.2.3", "APR-06": "A.4.5 A.6.1.3",
    "APR-07": "A.7.3 A.7.5 A.7.4 A.7.2", "APR-08": "A.4.3 A.4.5 A.7.2", "APR-09": "A.9.4 A.6.2.2 A.2.3",
    "APR-10": "A.9.4 A.6.1.3", "APR-11": "A.6.2.4 A.9.4", "APR-12": "A.3.2 A.9.4 A.6.2.5",
    "APR-13": "A.6.2.2 A.7.2 A.6.2.3", "APR-14": "A.9.4 A.10.4 A.3.2", "APR-15": "A.9.2 A.9.4 A.6.1.3",
    "APR-16": "A.6.2.6 A.4.5", "APR-17": "A.6.2.6 A.9.4", "APR-18": "A.6.2.2 A.6.2.4 A.6.2.6",
    "APR-19": "A.6.2.6 A.6.1.3", "APR-20": "A.4.5 A.6.1.3", "APR-21": "A.6.2.5 A.4.5",
    "APR-22": "A.10.2 A.10.3 A.4.4", "APR-23": "A.6.2.4 A.6.2.5", "APR-24": "A.6.2.5 A.6.2.6 A.8.2",
    "APR-25": "A.6.2.8", "APR-26": "A.6.2.6", "APR-27": "A.8.4 A.8.3 A.3.3", "APR-28": "A.7.2 A.9.4 A.5.4",
    "APR-29": "A.8.2 A.8.3 A.10.4 A.6.2.7", "APR-30": "A.3.2 A.6.2.6",
}  # fmt: skip
ANNEX: dict[str, tuple[str, ...]] = {code: tuple(controls.split()) for code, controls in _ANNEX.items()}


def annex_of(requirements: tuple[str, ...]) -> tuple[str, ...]:
    """The controls that these requirements support, each once, in the order of Annex A."""
    found = {control for code in requirements for control in ANNEX[code]}
    return tuple(sorted(found, key=lambda control: [int(part) for part in control[2:].split(".")]))
