"""`cms render`: a mail as files, for a persona."""

import email
import email.policy
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from corner import corner_folder
from programs import ROOT, environment

from cms.cli import cli

PERSONA = {
    "title": "6.00 short",
    "request": {"visitor": "p-1", "locale": "en"},
    "facts": {
        "cart.count": 3,
        "cart.subtotal": "69.00",
        "shop.promotions": ["free-shipping"],
        "shop.free_shipping_threshold": "75.00",
        "cart.gap[free-shipping]": "6.00",
    },
    "now": "2026-12-02T10:00:00+08:00",
}
STEM = "abandoned-cart.near"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = corner_folder(tmp_path / "w")
    (folder / "content/personas").mkdir()
    (folder / "content/personas/near.json").write_text(json.dumps(PERSONA), encoding="utf-8")
    taipei = PERSONA | {"request": {"visitor": "p-1", "locale": "zh-Hant"}}
    (folder / "content/personas/taipei.json").write_text(json.dumps(taipei), encoding="utf-8")
    return folder


def render(workspace: Path, out: Path, mail: str = "emails/abandoned-cart", persona: str = "near") -> Result:
    arguments = ["render", mail, "--persona", persona, "--workspace", str(workspace), "--out", str(out)]
    return CliRunner().invoke(cli, arguments, env=environment(workspace, CMS_SITE_NAME="Corner Shop"))


def test_a_mail_is_written_as_three_files(workspace: Path, tmp_path: Path) -> None:
    result = render(workspace, tmp_path / "out")
    assert result.exit_code == 0, result.output
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == [f"{STEM}.eml", f"{STEM}.html", f"{STEM}.txt"]
    assert sorted(Path(line).name for line in result.stdout.splitlines()) == written
    for suffix in ("html", "txt"):
        assert "Add $6.00 for free shipping" in (tmp_path / "out" / f"{STEM}.{suffix}").read_text("utf-8")


def test_the_eml_is_a_message_with_a_text_and_an_html_part(workspace: Path, tmp_path: Path) -> None:
    render(workspace, tmp_path, persona="taipei")
    content = (tmp_path / "abandoned-cart.taipei.eml").read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == "購物車在等你"
    assert str(message["From"]).startswith("Corner Shop <")
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "再買 US$6.00 即享免運" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert message.defects == []


def test_each_of_several_personas_gets_a_mail(workspace: Path, tmp_path: Path) -> None:
    arguments = ["render", "abandoned-cart", "--persona", "near", "--persona", "taipei", "--workspace", str(workspace)]
    result = CliRunner().invoke(cli, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 6
    for persona, said in (("near", "Add $6.00"), ("taipei", "再買 US$6.00")):
        assert said in (tmp_path / "out" / f"abandoned-cart.{persona}.txt").read_text("utf-8")


def test_a_rail_of_the_cart_shows_the_personas_own_lines_at_their_prices(tmp_path: Path) -> None:
    result = render(ROOT, tmp_path, persona="at-risk-abandoned")
    text = (tmp_path / "abandoned-cart.at-risk-abandoned.txt").read_text("utf-8")
    assert (result.exit_code, result.stderr) == (0, "")
    assert text.index("- rubber-plant - $79.00") < text.index("- peperomia - $21.00")


def test_products_of_other_rails_are_samples_in_the_personas_currency_and_the_command_says_so(tmp_path: Path) -> None:
    result = render(ROOT, tmp_path, "order-confirmation", "taipei-order")
    text = (tmp_path / "order-confirmation.taipei-order.txt").read_text("utf-8")
    assert result.stderr == "Products in rails are samples; the shop's own are chosen when the mail is sent.\n"
    assert "黃金葛 - NT$690" in text


def test_rendering_twice_gives_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        render(workspace, tmp_path / out)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / out).iterdir()} for out in ("one", "two"))
    assert len(one) == 3
    assert one == two


@pytest.mark.parametrize(
    ("mail", "persona", "hint"),
    [
        ("emails/abandoned-card", "near", 'Did you mean "emails/abandoned-cart"?'),
        ("emails/abandoned-cart/top", "near", "is a slot: name where it stands, emails/abandoned-cart."),
        ("cart", "near", 'No page, slot or mail "emails/cart".'),
        ("emails/abandoned-cart", "nera", 'Did you mean "near"?'),
    ],
)
def test_an_unknown_name_is_wrong_usage_with_a_hint(
    workspace: Path, tmp_path: Path, mail: str, persona: str, hint: str
) -> None:
    result = render(workspace, tmp_path / "out", mail, persona)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_mails_key_will_do_without_its_folder(workspace: Path, tmp_path: Path) -> None:
    assert render(workspace, tmp_path, "abandoned-cart").exit_code == 0


def test_a_workspace_that_does_not_compile_is_not_rendered(workspace: Path, tmp_path: Path) -> None:
    (workspace / "content/workspace.json").write_text("{", encoding="utf-8")
    result = render(workspace, tmp_path / "out")
    assert (result.exit_code, "cms check" in result.stderr) == (1, True)
