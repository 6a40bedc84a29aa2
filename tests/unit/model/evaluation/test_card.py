"""The model card."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from model import artifact, card
from model.evaluation import report
from model.evaluation.bootstrap import NOTHING, Interval
from model.evaluation.chart import Bar, chart
from model.evaluation.report import InvalidEvaluationError
from model.evaluation.tables import TITLES
from tests.unit.model.evaluation.test_gates import GOOD

FULL = replace(
    GOOD,
    rows=tuple(replace(row, measures=dict.fromkeys(TITLES, row.measures["ndcg"])) for row in GOOD.rows),
    differences=tuple(
        replace(one, measure=measure) for one in GOOD.differences for measure in ("recall", "ndcg", "explore")
    ),
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Documentation with one evaluation, kept from a model's folder."""
    model = tmp_path / "model"
    model.mkdir()
    (model / report.FILE).write_text(report.to_json(FULL))
    assert card.main([str(model), "--docs", str(tmp_path)]) == 0
    return tmp_path


def test_the_card_in_the_repository_is_what_the_evaluations_give() -> None:
    """Nobody wrote a figure by hand, and no evaluation was forgotten."""
    for path, content in card.cards(card.DOCS).items():
        assert path.read_text() == content, f"run `python -m model.card`: {path.name} is not what it writes"


def test_the_card_is_about_the_shipped_model() -> None:
    """Who trains another model to ship evaluates it, too."""
    kept = report.from_json((card.DOCS / "evaluation" / "complete-journey.json").read_bytes())
    assert kept.version == artifact.read(artifact.DEFAULT_FOLDER).version


def test_the_card_says_what_was_found(docs: Path) -> None:
    """Version, figures with intervals, canaries, caveats, and the commands that made them."""
    (docs / "evaluation" / "small.md").write_text("Made up.\n")
    text = card.card([FULL], docs)
    for said in (FULL.version, ".2300 [+.0300 (+.0100 to +.0500)]", "leak", "Made up.", "No claim of uplift",
                 "python -m model.evaluate --data .local/data/small"):  # fmt: skip
        assert said in text


def test_an_evaluation_is_replaced_by_a_newer_one(docs: Path, tmp_path: Path) -> None:
    """One for each data set, whatever the version."""
    (tmp_path / "model" / report.FILE).write_text(report.to_json(replace(FULL, version="2027-01-01-ff")))
    assert card.main([str(tmp_path / "model"), "--docs", str(docs)]) == 0
    assert len(list((docs / "evaluation").glob("*.json"))) == 1
    assert "2027-01-01-ff" in (docs / "model-card.md").read_text()


def test_a_model_without_an_evaluation_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the way out."""
    assert card.main([str(tmp_path), "--docs", str(tmp_path)]) == 1
    assert "run `python -m model.evaluate` first" in capsys.readouterr().err
    with pytest.raises(InvalidEvaluationError, match="holds no evaluation"):
        card.cards(tmp_path)


def test_the_chart_is_drawn_to_scale() -> None:
    """A bar is as long as its value, and names with odd characters do no harm."""
    short, long = Interval(0.1, 0.05, 0.2), Interval(0.2, 0.15, 0.4)
    drawn = chart("NDCG", [Bar("a & b <c>", short, False), Bar("d", long, True), Bar("none", NOTHING, False)])
    tree = ElementTree.fromstring(drawn)
    widths = [float(bar.attrib["width"]) for bar in tree.iter("{http://www.w3.org/2000/svg}rect")]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.2)
    assert "not measured" in drawn
