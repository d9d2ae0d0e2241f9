"""The pages say what the code does."""

import re
from pathlib import Path

import pytest

from core.access.model import RIGHTS, Right, Role
from tests.docs_states import PAGE, page

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_the_drawn_states_are_those_of_the_tables() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_both_readmes_name_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "make demo" in text
        assert "make test" in text


def test_every_decision_says_what_enforces_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert decisions
    for path in decisions:
        assert "**Enforced by**" in path.read_text("utf-8"), path.name


def test_the_table_of_rights_is_that_of_the_code() -> None:
    lines = [
        f"| `{role}` | " + " | ".join("yes" if right in RIGHTS[role] else "no" for right in Right)
        for role in Role
    ]
    text = (ROOT / "docs" / "people.md").read_text("utf-8")

    assert "| role | " + " | ".join(f"`{right}`" for right in Right) in text
    for line in lines:
        assert f"{line} |" in text
