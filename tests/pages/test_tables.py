"""Tables on phones: those that fold carry the name of its column in each cell; registers of requirements do not pan."""

import re

import pytest

from tests.catalogues.texts import ROOT

BOTH = re.compile(r"\{% table [^%]*wide=True folds=True %\}(.*?)\{% endtable %\}", re.DOTALL)
CELL = re.compile(r"<td\b[^>]*>")
FOLDED = ("requirements", "requirement", "observed", "rules", "service_posture")


@pytest.mark.parametrize("name", FOLDED)
def test_a_table_that_folds_names_the_column_of_each_cell(name):
    shown = (ROOT / "templates" / "apis" / f"{name}.html").read_text()
    tables = BOTH.findall(shown)
    assert tables and len(tables) == shown.count("{% table ")
    for table in tables:
        for row in re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL):
            cells = CELL.findall(row)
            named = cells if '<th scope="row"' in row else cells[1:]
            assert named and all("data-l=" in cell for cell in named)


def test_a_table_that_folds_is_never_held_wide_on_a_phone():
    style = (ROOT / "static" / "css" / "theme.css").read_text()
    held = re.findall(r"^  (\S*(?: \S+)*) \{ min-width: 5\d0px; \}$", style, re.MULTILINE)
    assert held and all(":not(.folds)" in rule for rule in held)
