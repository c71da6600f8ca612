"""JSON, JSON lines, GitHub's commands, GitLab's report, concise lines; and how files are written."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from perflint.core.finding import Confidence, Edit, Fix, Severity, Span
from perflint.report import ReportError, render, write_file
from tests.conftest import make_finding, make_result, make_step

STEPS = (make_step("shop/models.py", 7, "reads author: one query", "effect"),)
FINDING = make_finding(
    "shop/views.py",
    31,
    column=22,
    end_column=39,
    symbol="books",
    cost="1 + N",
    count=2,
    confidence=Confidence.MEDIUM,
    fingerprint="0123456789abcdef",
    steps=STEPS,
)


def test_json_has_the_usual_shape() -> None:
    (record,) = json.loads(render(make_result([FINDING]), "json"))
    url = record.pop("url")
    assert url is None or url.startswith("https://")
    assert record == {
        "code": "PW101",
        "name": "relation-in-loop",
        "message": "book.author runs one query per book",
        "help": "load it with the books",
        "filename": "shop/views.py",
        "location": {"row": 31, "column": 22},
        "end_location": {"row": 31, "column": 39},
        "severity": "error",
        "confidence": "medium",
        "symbol": "books",
        "cost": "1 + N",
        "count": 2,
        "fingerprint": "0123456789abcdef",
        "fix": None,
        "related": [
            {
                "filename": "shop/models.py",
                "location": {"row": 7, "column": 1},
                "end_location": {"row": 7, "column": 4},
                "message": "reads author: one query",
                "role": "effect",
            }
        ],
    }


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(render(make_result([]), "json")) == []


def test_json_tells_a_fix() -> None:
    fix = Fix("unsafe", "join the author", (Edit(Span("shop/views.py", 29, 5, 29, 5), ".select_related()"),))
    (record,) = json.loads(render(make_result([make_finding(fix=fix)]), "json"))
    assert record["fix"] == {
        "applicability": "unsafe",
        "message": "join the author",
        "edits": [
            {
                "content": ".select_related()",
                "location": {"row": 29, "column": 5},
                "end_location": {"row": 29, "column": 5},
            }
        ],
    }


def test_json_lines_are_the_same_objects() -> None:
    result = make_result([FINDING, make_finding()])
    lines = render(result, "json-lines").splitlines()
    assert [json.loads(line) for line in lines] == json.loads(render(result, "json"))


@pytest.mark.parametrize("format_name", ["json", "json-lines", "sarif", "gitlab", "github", "concise", "full"])
def test_any_text_can_be_encoded(format_name: str) -> None:
    finding = make_finding("a\x00\udce9\n.py", message="\ud800 \x1b \u2028", steps=(make_step("\udce9", 1, "\udfff"),))
    text = render(make_result([finding], {"a\x00\udce9\n.py": "\ud800"}), format_name)
    assert text.encode("utf-8")


def test_concise() -> None:
    text = render(make_result([FINDING]), "concise")
    assert text == "shop/views.py:31:22: PW101 relation-in-loop: book.author runs one query per book\n"


def test_github_commands_escape_what_would_end_them() -> None:
    finding = make_finding("a,b:c%/x.py", 3, message="50% of\r\n::error::", help="", severity=Severity.INFO)
    assert render(make_result([finding]), "github") == (
        "::notice title=perflint PW101 relation-in-loop,file=a%2Cb%3Ac%25/x.py,line=3,endLine=3,col=1,endColumn=5"
        "::50%25 of\\x0d%0A::error::\n"
    )


def test_github_paths_start_at_the_repository_and_regions_have_one_line() -> None:
    span = Span("views.py", 2, 3, 5, 1)
    finding = make_finding(span=span, severity=Severity.WARNING)
    text = render(make_result([finding], {"views.py": "\nx = slow(\n"}, cwd="/repo/shop"), "github")
    assert text.startswith("::warning title=")
    assert ",file=shop/views.py,line=2,endLine=2,col=3,endColumn=10::" in text


def test_gitlab() -> None:
    (issue,) = json.loads(render(make_result([FINDING], cwd="/repo/web"), "gitlab"))
    assert issue == {
        "description": "PW101 relation-in-loop: book.author runs one query per book",
        "check_name": "PW101",
        "fingerprint": "0123456789abcdef",
        "severity": "major",
        "location": {
            "path": "web/shop/views.py",
            "positions": {"begin": {"line": 31, "column": 22}, "end": {"line": 31, "column": 39}},
        },
    }


# --- files ------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.sarif"
    path.write_text("old")
    path.chmod(0o640)
    write_file(str(path), "neu ä\n")
    assert path.read_bytes() == "neu ä\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["out.sarif"]


def test_a_file_that_cannot_be_written_is_told_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(ReportError, match=r"out\.json: cannot be written: No space left on device"):
        write_file(str(path), "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be written: No such file"):
        write_file(str(tmp_path / "none" / "out.json"), "x")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and devices")
def test_a_link_is_kept_and_a_device_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_file(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    write_file("/dev/null", "x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
