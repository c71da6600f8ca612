"""The benchmark scripts: what they compute from findings and runs. They measure and download nothing here."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
if not BENCHMARKS.is_dir():  # the source distribution comes without them
    pytest.skip("no benchmarks beside the tests", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))

import bench  # noqa: E402
import corpus  # noqa: E402
import measure  # noqa: E402


def finding(application: str, code: str, number: int, message: str = "slow") -> corpus.Finding:
    return corpus.Finding(
        application, f"{application}/views.py", number, code, "high", message, f"{application}{code}{number}"
    )


def population() -> list[corpus.Finding]:
    """One big application, two small ones, codes of very different frequency."""
    sizes = {
        ("big", "PW101"): 200,
        ("big", "PW201"): 5,
        ("big", "PW301"): 3,
        ("mid", "PW101"): 20,
        ("tiny", "PW201"): 2,
    }
    return [finding(name, code, number) for (name, code), size in sizes.items() for number in range(size)]


class TestDraw:
    def test_the_same_seed_draws_the_same_whatever_the_order(self) -> None:
        everything = population()
        assert corpus.draw(everything, 12, "spring") == corpus.draw(everything[::-1], 12, "spring")

    def test_another_seed_draws_others(self) -> None:
        assert corpus.draw(population(), 12, "spring") != corpus.draw(population(), 12, "autumn")

    def test_a_longer_sample_begins_with_the_shorter_one(self) -> None:
        assert corpus.draw(population(), 20, "spring")[:8] == corpus.draw(population(), 8, "spring")

    def test_applications_take_turns(self) -> None:
        drawn = Counter(one.application for one in corpus.draw(population(), 12, "spring"))
        assert drawn == {"big": 5, "mid": 5, "tiny": 2}

    def test_a_rare_code_is_drawn_as_readily_as_a_frequent_one(self) -> None:
        big = [one for one in population() if one.application == "big"]
        assert Counter(one.code for one in corpus.draw(big, 9, "spring")) == {"PW101": 3, "PW201": 3, "PW301": 3}

    def test_everything_is_drawn_once_when_more_is_asked_for(self) -> None:
        drawn = corpus.draw(population(), 1000, "spring")
        assert len(drawn) == 230
        assert set(drawn) == set(population())

    def test_findings_about_files_and_comments_are_left_out(self) -> None:
        assert corpus.draw([finding("big", "PW000", 1), finding("big", "PW001", 1)], 5, "spring") == []


class TestTables:
    def test_review_table(self) -> None:
        assert corpus.review_table([finding("shop", "PW101", 7)]) == (
            "| application | file | line | code | verdict | reason |\n"
            "| --- | --- | --- | --- | --- | --- |\n"
            "| shop | shop/views.py | 7 | PW101 |  |  |"
        )

    def test_a_cell_stays_one_cell(self) -> None:
        assert corpus.table(["a"], [["x | y\nz"]]).splitlines()[-1] == "| x \\| y z |"

    def test_runs_table_ends_with_sums(self) -> None:
        last = corpus.runs_table(
            {"a": result({}, cpu=1.0, lines=100_000), "b": result({}, cpu=2.0, lines=50_000)}
        ).splitlines()[-1]
        assert last == "| all |  | 2 | 150000 | 3.00 | 20.0 | 2.00 |  | 0 |  |"

    def test_bench_table(self) -> None:
        row = bench.Row("shop", "1.0", 10, 2_000_000, 12.0, 11.0, 13.5, 90.4, 2.0, 25.0, 6.0)
        assert bench.results_table([row]).splitlines()[-1] == (
            "| shop 1.0 | 10 | 2,000,000 | 12.00 | 11.00–13.50 | 6.0 | 90 | 2.000 | 1.00 | 25 | 6.0 |"
        )

    def test_bench_summary_takes_the_median_of_the_pairs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        application = corpus.Application("shop", "1.0", "Django", "")
        monkeypatch.setattr(corpus, "STORE", tmp_path)
        application.tree.mkdir(parents=True)
        (application.tree / "a.py").write_text("a\nb\n")
        pairs = [
            (measure.Usage(0, 9.0, ours, 50.0), measure.Usage(0, 9.0, ruff, 20.0))
            for ours, ruff in [(4.0, 1.0), (6.0, 3.0), (9.0, 1.0)]
        ]
        row = bench.summary(application, pairs)
        assert (row.lines, row.cpu, row.low, row.high, row.ruff_cpu, row.ratio) == (2, 6.0, 4.0, 9.0, 1.0, 4.0)


def result(counts: dict[str, dict[str, int]], **other: Any) -> dict[str, Any]:
    """What is stored of one application."""
    known = {
        "version": "1.0",
        "files": 1,
        "lines": 10,
        "cpu": 1.0,
        "wall": 1.0,
        "peak": 40,
        "findings": 0,
        "failure": None,
    }
    return {**known, "counts": counts, **other}


class TestDiff:
    def test_only_what_differs_with_absence_as_zero(self) -> None:
        before = {"a": result({"PW101": {"high": 3, "medium": 1}}), "b": result({"PW201": {"high": 2}})}
        after = {"a": result({"PW101": {"high": 3, "medium": 4}, "PW301": {"high": 1}}), "b": result({})}
        assert corpus.changes(before, after) == [
            corpus.Change("a", "PW101", "medium", 1, 4),
            corpus.Change("a", "PW301", "high", 0, 1),
            corpus.Change("b", "PW201", "high", 2, 0),
        ]

    def test_table_says_which_way(self) -> None:
        changed = [corpus.Change("a", "PW101", "high", 1, 4), corpus.Change("b", "PW201", "high", 2, 0)]
        assert corpus.changes_table(changed).splitlines()[2:] == [
            "| a | PW101 | high | 1 | 4 | +3 |",
            "| b | PW201 | high | 2 | 0 | -2 |",
            "| all |  |  | 3 | 4 | +1 |",
        ]

    def test_no_change_is_said(self) -> None:
        assert corpus.changes_table(corpus.changes({"a": result({})}, {"a": result({})})) == "No count differs."

    def test_what_explains_a_change_is_said(self) -> None:
        before = {"a": result({}), "b": result({})}
        after = {"a": result({}, version="2.0"), "c": result({}, failure="exit 2: oops")}
        assert corpus.notes(before, after) == ["c: new", "b: gone", "a: 1.0 → 2.0", "c: failed: exit 2: oops"]


REPORT = [
    {
        "code": "PW101",
        "message": "book.author runs one query per book",
        "filename": "shop/views.py",
        "location": {"row": 3, "column": 5},
        "confidence": "high",
        "fingerprint": "f1",
        "related": [
            {
                "filename": "shop/cards.py",
                "location": {"row": 1, "column": 1},
                "message": "reads author",
                "role": "effect",
            }
        ],
    }
]


class TestFindings:
    @pytest.fixture
    def shop(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> corpus.Application:
        """An application that was unpacked and linted."""
        monkeypatch.setattr(corpus, "STORE", tmp_path)
        application = corpus.Application("shop", "1.0", "Django", "")
        (application.tree / "shop").mkdir(parents=True)
        (application.tree / "shop/views.py").write_text("one\ntwo\nthree\nfour\n")
        (application.tree / "shop/cards.py").write_text("card\n")
        application.findings.parent.mkdir()
        application.findings.write_text(json.dumps(REPORT))
        return application

    def test_counts_by_code_and_confidence(self, shop: corpus.Application) -> None:
        assert corpus.count(corpus.findings_of(shop)) == {"PW101": {"high": 1}}

    def test_the_evidence_shows_the_line_and_the_step_elsewhere(self, shop: corpus.Application) -> None:
        text = corpus.evidence(corpus.findings_of(shop)[0], shop.tree)
        assert ">     3 three" in text
        assert "- effect shop/cards.py:1: reads author" in text
        assert ">     1 card" in text

    def test_a_run_that_says_no_json_is_a_failure_and_no_crash(self, shop: corpus.Application) -> None:
        shop.findings.write_text("Traceback")
        shop.findings.with_suffix(".err").write_text("Traceback\nValueError: oops\n")
        row = corpus.row(shop, measure.Usage(2, 1.0, 1.0, 30.0))
        assert (row["failure"], row["findings"]) == ("exit 2: ValueError: oops", 0)

    def test_new_and_gone(self, shop: corpus.Application) -> None:
        shop.findings_before.parent.mkdir()
        shop.findings_before.write_text(json.dumps([{**REPORT[0], "fingerprint": "f0", "message": "old"}]))
        assert corpus.new_and_gone(shop) == [
            "+ shop shop/views.py:3 PW101 book.author runs one query per book",
            "- shop shop/views.py:3 PW101 old",
        ]


def test_only_the_applications_own_text_is_unpacked() -> None:
    members = ["shop/a.py", "shop/t/a.html", "shop/logo.png", "shop/dist/v.py", "shop-1.0.dist-info/a.txt", "setup.py"]
    assert [one for one in members if corpus.wanted(one, ("shop/dist",))] == ["shop/a.py", "shop/t/a.html"]


def test_every_pin_is_complete_and_named_once() -> None:
    pinned = corpus.applications()
    assert len({one.name for one in pinned}) == len(pinned) >= 14
    assert all(len(one.wheel) == 64 and one.version and one.stack for one in pinned)
    assert set(bench.TREES) <= {one.name for one in pinned}


def test_a_name_that_is_not_pinned_is_an_error() -> None:
    with pytest.raises(corpus.CorpusError, match="nosuch"):
        corpus.applications(["nosuch"])


@pytest.mark.skipif(sys.platform == "win32", reason="needs os.wait4")
def test_a_run_is_measured_and_a_long_one_is_ended(tmp_path: Path) -> None:
    usage = measure.measure([sys.executable, "-c", "print('x'); raise SystemExit(3)"], tmp_path, tmp_path / "out")
    assert (usage.status, (tmp_path / "out").read_text()) == (3, "x\n")
    assert usage.cpu > 0
    assert usage.peak > 1
    assert measure.measure([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, timeout=0.5).status < 0
