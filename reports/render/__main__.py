"""`python -m reports.render`: a request as JSON on standard input, the rendering on standard output.

Request: {"format": "pdf" | "xlsx" | "json", "seconds": CPU seconds per process, "memory_mb": per process,
"report": the canonical JSON of the report as text, "dress": how a PDF is printed}. Progress goes to standard error as
"progress N M", a reason for failing as "failed REASON". Exit status 0 only when the bytes are complete.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from reports.render import sandbox

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Render one report. Returns the exit status."""
    request = json.load(sys.stdin.buffer)
    sandbox.limit(int(request["seconds"]), int(request["memory_mb"]))
    try:
        content = _render(request)
    except MemoryError:
        return _fail("memory limit reached")
    except Exception as error:  # noqa: BLE001 (whatever it was, the caller gets a reason)
        return _fail(f"{type(error).__name__}: {error}")
    with os.fdopen(os.dup(1), "wb") as out:
        out.write(content)
    return 0


def _render(request: dict[str, Any]) -> bytes:
    from reports.documents.kinds import from_json  # noqa: PLC0415 (imports count against the limits set above)
    from reports.render.formats import write  # noqa: PLC0415 (inside the limits only)
    from reports.render.front import Dress  # noqa: PLC0415 (inside the limits only)

    report = from_json(request["report"].encode())
    maker = write(request["format"])
    sandbox.close_doors(ROOT)
    return maker(report, _progress, Dress(**request["dress"]))


def _progress(done: int, total: int) -> None:
    sys.stderr.write(f"progress {done} {total}\n")
    sys.stderr.flush()


def _fail(reason: str) -> int:
    sys.stderr.write("failed " + " ".join(reason.split())[:500] + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
