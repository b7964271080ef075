"""Lines of the text part: 72 columns, addresses whole, Chinese punctuation where it belongs."""

import pytest
from mails import World

from cms.email.plain_text import wrapped


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one two three four", ["one two", "three four"]),
        ("- one two three", ["- one two", "  three"]),
        ("12. one two three", ["12. one", "    two", "    three"]),
        ("see https://shop.example/a/long/path now", ["see", "https://shop.example/a/long/path", "now"]),
        ("綠蘿黃金葛虎尾蘭", ["綠蘿黃金葛", "虎尾蘭"]),
        ("綠蘿黃金葛，虎尾蘭", ["綠蘿黃金", "葛，虎尾蘭"]),
        ("綠蘿黃金「虎尾」蘭", ["綠蘿黃金", "「虎尾」蘭"]),
        ("還差 US$6.00 即享免運", ["還差", "US$6.00 即", "享免運"]),
        ("a\n\n\n\nb", ["a", "", "b"]),
        ("  \n a \n", ["a"]),
        ("", [""]),
    ],
)
def test_lines_are_wrapped_where_a_reader_would(text: str, rows: list[str]) -> None:
    assert wrapped(text, 10) == "\n".join(rows)


@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
def test_no_line_of_a_mail_is_wider_than_72_columns_but_for_addresses(world: World, locale: str) -> None:
    lines = world.whole_mail(locale).text.splitlines()

    assert [line for line in lines if sum(1 + (sign > "\u2e7f") for sign in line) > 72 and "://" not in line] == []


def test_links_in_copy_keep_apart_from_what_follows(world: World) -> None:
    body = {"headline": "h", "body": "看[這裡](/care)，或[那裡](https://blog.shop.example/a?b=1&c=2)。\n\n- one\n- two"}
    text = world.mail(world.choice("banner", body)).text

    assert "看這裡 <https://shop.example/care>，或那裡\n<https://blog.shop.example/a?b=1&c=2>。" in text
    assert "\n- one\n- two" in text
