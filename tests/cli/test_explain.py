"""`cms explain`: the whole of what it says."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cms.cli import cli

EXPLAINED = Path(__file__).parents[1] / "workspaces" / "explained"


def _explain(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments, "--workspace", str(EXPLAINED)])


def test_a_page_is_explained_slot_by_slot() -> None:
    run = _explain("near", "cart")

    assert 0 == run.exit_code
    assert (
        """\
near: 6.00 short of free shipping
at cart, stage cart

top: shipping:near (TARGETING_MATCH, en)
  - shipping:member: its rule does not match: “member” must be yes; found no (given by the persona)
      would be shown with “member” being yes
  + shipping:near: shown
  - shipping:default: not needed: another variant came first
      would be shown with cart subtotal $9.01 lower (at $59.99)
  - care:default: not needed: shipping came first
      would be shown with dismissal of shipping on Dec 1, 2026

end: nothing
  - club: the page has its offers already: shipping
      would be shown with dismissal of shipping on Dec 1, 2026
"""
        == run.stdout
    )


def test_a_slot_is_explained_in_chinese() -> None:
    said = [_explain("near", "cart/top", "--language", language).stdout for language in ("zh-Hans", "zh-Hant")]

    assert [
        """\
near: 6.00 short of free shipping
cart，阶段 cart

top: shipping:near (TARGETING_MATCH, en)
  - shipping:member：规则不符合：要求“会员”为“是”；实际为否（由模拟访客给定）
      只要“会员”为“是”，就会展示
  + shipping:near：已展示
  - shipping:default：未轮到：另一版本排在前面
      只要购物车小计减少 US$9.01（降到 US$59.99），就会展示
  - care:default：未轮到：shipping 排在前面
      只要 shipping 的最近一次关闭在 2026年12月1日，就会展示
""",
        """\
near: 6.00 short of free shipping
cart，階段 cart

top: shipping:near (TARGETING_MATCH, en)
  - shipping:member：規則不符合：要求「會員」為「是」；實際為否（由模擬訪客給定）
      只要「會員」為「是」，就會顯示
  + shipping:near：已顯示
  - shipping:default：未輪到：另一版本排在前面
      只要購物車小計減少 US$9.01（降到 US$59.99），就會顯示
  - care:default：未輪到：shipping 排在前面
      只要 shipping 的最近一次關閉在 2026年12月1日，就會顯示
""",
    ] == said


def test_a_slot_is_explained_in_json() -> None:
    run = _explain("near", "cart/top", "--format", "json")

    assert {
        "persona": "near",
        "place": "cart/top",
        "stage": "cart",
        "slots": {
            "top": {
                "chosen": [{"entry": "shipping", "variant": "near", "reason": "TARGETING_MATCH", "locale": "en"}],
                "steps": [
                    {
                        "entry": "shipping",
                        "variant": "member",
                        "outcome": "when",
                        "test": "customer.is_member is true",
                        "seen": "false",
                        "source": "persona",
                        "change": [{"fact": "customer.is_member", "from": "false", "to": "true"}],
                        "said": "its rule does not match: “member” must be yes; found no (given by the persona); would be shown with “member” being yes",
                    },
                    {"entry": "shipping", "variant": "near", "outcome": "chosen", "said": "shown"},
                    {
                        "entry": "shipping",
                        "variant": "default",
                        "outcome": "outranked",
                        "rival": "shipping",
                        "change": [{"fact": "cart.subtotal", "from": "69.00 USD", "to": "59.99 USD"}],
                        "said": "not needed: another variant came first; would be shown with cart subtotal $9.01 lower (at $59.99)",
                    },
                    {
                        "entry": "care",
                        "variant": "default",
                        "outcome": "outranked",
                        "rival": "shipping",
                        "change": [{"fact": "dismissed[shipping]", "from": "never", "to": "2026-12-01"}],
                        "said": "not needed: shipping came first; would be shown with dismissal of shipping on Dec 1, 2026",
                    },
                ],
            }
        },
    } == json.loads(run.stdout)


def test_a_wrong_name_is_wrong_usage_with_the_right_one() -> None:
    persona, place = _explain("nera", "cart"), _explain("near", "crat/top")

    assert (2, "", 'No persona "nera". Did you mean "near"?\n') == (persona.exit_code, persona.stdout, persona.stderr)
    assert (2, "", 'No page, slot or mail "crat/top". Did you mean "cart/top"?\n') == (
        place.exit_code,
        place.stdout,
        place.stderr,
    )


def test_a_workspace_with_errors_cannot_be_explained() -> None:
    folder = EXPLAINED.parent / "twenty-mistakes"

    run = CliRunner().invoke(cli, ["explain", "near", "cart", "--workspace", str(folder)])

    assert (1, "") == (run.exit_code, run.stdout)
    assert "cms check" in run.stderr
