"""Mails written from right to left."""

from cms.email.mirroring import mirrored


def test_sides_are_swapped_and_words_are_not() -> None:
    html = '<td align="left" style="direction:ltr;text-align:left;padding:1px 2px 3px 4px;padding-left:5px">left 1 2 3 4</td>'

    assert (
        '<td align="right" style="direction:rtl;text-align:right;padding:1px 4px 3px 2px;padding-right:5px">'
        "left 1 2 3 4</td>"
    ) == mirrored(html)


def test_twice_mirrored_is_as_it_was() -> None:
    html = '<div style="margin:0 auto;padding:1px 2px;border-right:1px solid;text-align:center"><b align="right">x</b></div>'

    assert html == mirrored(mirrored(html))
