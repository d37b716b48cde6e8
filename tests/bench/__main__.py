"""`make bench`: measure every module of this folder that has ``figures()``, or only those named."""

import importlib
import pkgutil
import sys
import time

import tests.bench

HELPERS = {"__main__", "figure", "traffic_lines"}


def main(names: list[str]) -> int:
    """Measure and print; return 1 if a figure misses its limit or a measurement fails."""
    known = sorted(module.name for module in pkgutil.iter_modules(tests.bench.__path__) if module.name not in HELPERS)
    if unknown := set(names) - set(known):
        sys.stderr.write(f"No such measurement: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.\n")
        return 2
    missed = 0
    for name in names or known:
        module = importlib.import_module(f"tests.bench.{name}")
        if not hasattr(module, "figures"):
            continue
        began = time.monotonic()
        for figure in module.figures():
            missed += not figure.held
            sys.stdout.write(f"{figure.line()}\n")
            sys.stdout.flush()
        sys.stdout.write(f"  ({name}: {time.monotonic() - began:.0f} s)\n")
    sys.stdout.write(f"bench: {f'{missed} figures missed' if missed else 'all figures held'}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
