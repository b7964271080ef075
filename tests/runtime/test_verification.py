"""What a check says of templates and of files that cannot be read: the right place, and nothing that only follows."""

import shutil
from pathlib import Path

import pytest
from corner import NOW, ROOT

from cms.runtime.verification import verify
from cms.workspace import read_folder


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    for name in ("components", "segments", "content"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in verify(read_folder(folder), now=NOW).problems]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("content.headlin", 'there is no "headlin" here. Did you mean "headline"?'),
        ("contnt.headline", 'there is no "contnt" here. Did you mean "content"?'),
    ],
)
def test_a_misspelled_variable_is_found_at_its_line(sample: Path, wrong: str, told: str) -> None:
    template = sample / "components" / "banner" / "web.html"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("content.headline", wrong), encoding="utf-8")

    line = text[: text.index("content.headline")].count("\n") + 1
    assert said(sample) == [f"components/banner/web.html:{line}:1: error[bad-template]: {told}"]


@pytest.mark.parametrize("path", ["content/workspace.json", "content/entries/thanks.json", "segments/wholesale.json"])
def test_a_file_that_is_not_followed_makes_no_other_findings_of_unknown_names(sample: Path, path: str) -> None:
    (sample / path).unlink()
    (sample / path).symlink_to("/dev/null")
    codes = [problem.code for problem in verify(read_folder(sample), now=NOW).problems]

    assert "not-a-file" in codes
    assert not [code for code in codes if code.startswith("unknown-") and code != "unknown-choice"]


def test_the_syntax_of_templates_is_checked_although_the_content_is_faulty(sample: Path) -> None:
    (sample / "components" / "banner" / "web.html").write_text("<p>\n{% if %}</p>\n", encoding="utf-8")
    (sample / "components" / "banner" / "email.txt").unlink()
    (sample / "segments" / "nobody.json").write_text('{"when": {}}', encoding="utf-8")

    found = {(problem.code, problem.file, problem.line) for problem in verify(read_folder(sample), now=NOW).problems}

    assert {
        ("bad-template", "components/banner/web.html", 2),
        ("empty-condition", "segments/nobody.json", 1),
    } <= found
    assert "missing-template" in {code for code, _, _ in found}
