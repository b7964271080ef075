"""What goes out parses back equal by the standard library, whatever was put in."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest

from cms.email.message import Mail, mime
from cms.errors import CmsError

WHEN = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
TO = "Ren Li <ren@example.org>"
AWKWARD = (
    "Your plants are waiting",
    "Your plants are waiting 🌿🪴👩\u200d🌾 " * 6,
    "你的植物在等你，還差 6 元即享免運" * 12,
    "x" * 300,
    "a word and another " * 30 + "end",
    "=?utf-8?b?aGk=?= is not decoded",
    'Quotes " and \\ and <tags> & %s {cart}',
    "é",
    "tab is not a space? no: tidy  double  space",
    "",
)


def sent(mail: Mail, **changed: str) -> EmailMessage:
    given = {"sender": '"Spider & Fern" <hi@shop.example>', "to": TO, "message_id": "<1.d_1@shop.example>", **changed}
    raw = mime(mail, **given, date=WHEN)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def mail(subject: str = "Hello", text: str = "Hi\n", html: str = "<p>Hi</p>\n", **headers: str) -> Mail:
    return Mail(subject, "", html, text, headers)


@pytest.mark.parametrize("subject", AWKWARD)
def test_any_subject_parses_back_as_it_was(subject: str) -> None:
    assert sent(mail(subject=subject))["Subject"] == subject


@pytest.mark.parametrize("subject", AWKWARD)
def test_no_line_of_the_header_is_longer_than_78_columns(subject: str) -> None:
    head = mime(mail(subject=subject), sender="a@b.example", to=TO, message_id="<1@b.example>", date=WHEN).partition(
        b"\r\n\r\n"
    )[0]

    assert max(len(line) for line in head.split(b"\r\n")) <= 78


@pytest.mark.parametrize(
    "body", ["", "one", "two\nlines\n", "綠蘿 👩\u200d🌾\u2028end", "From here\n.\n--=_x\n", "é" * 40_000]
)
def test_both_bodies_parse_back_equal(body: str) -> None:
    parsed = sent(mail(text=body, html=f"<p>{body}</p>"))
    text, html = parsed.iter_parts()

    assert parsed.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == body
    assert html.get_content().replace("\r\n", "\n") == f"<p>{body}</p>"


@pytest.mark.parametrize(
    ("written", "display", "address"),
    [
        ("ren@example.org", "", "ren@example.org"),
        ("Ren Li <ren@example.org>", "Ren Li", "ren@example.org"),
        ('"Li, Ren \\"R\\"" <ren+x@example.org>', 'Li, Ren "R"', "ren+x@example.org"),
        ("李仁 🌿 <ren@example.org>", "李仁 🌿", "ren@example.org"),
        ("Spider & Fern, Inc. <ren@example.org>", "Spider & Fern, Inc.", "ren@example.org"),
        ("ren@bücher.example", "", "ren@xn--bcher-kva.example"),
    ],
)  # fmt: skip
def test_addresses_parse_back_with_their_names(written: str, display: str, address: str) -> None:
    (mailbox,) = sent(mail(), to=written)["To"].addresses

    assert (mailbox.display_name, mailbox.addr_spec) == (display, address)


def test_a_long_name_is_folded_into_encoded_words() -> None:
    name = "蜘蛛與蕨類植物專門店" * 4
    raw = mime(mail(), sender="a@b.example", to=f"{name} <ren@example.org>", message_id="<1@b.example>", date=WHEN)
    # The legacy reader: the modern one (Python 3.11) puts a space between the encoded words of a name.
    written = message_from_bytes(raw)["To"]

    assert str(make_header(decode_header(written))) == f"{name} <ren@example.org>"


def test_the_fixed_headers_are_there() -> None:
    parsed = sent(mail(**{"X-CMS-Decision": "d_1", "Auto-Submitted": "auto-generated"}))

    assert parsed["Date"].datetime == WHEN
    assert parsed["Message-ID"] == "<1.d_1@shop.example>"
    assert parsed["MIME-Version"] == "1.0"
    assert parsed["X-CMS-Decision"] == "d_1"
    assert parsed["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Hi\r\nBcc: all@example.org"},
        {"subject": "Hi\nBcc: all@example.org"},
        {"subject": "nul \x00"},
        {"subject": "separator \u2028 x"},
        {"subject": "lone \ud800"},
        {"headers": {"X-CMS-Decision": "d\r\nBcc: x@example.org"}},
        {"headers": {"X-CMS-Decision": "é"}},
        {"headers": {"X-Bad: y\r\nBcc": "x"}},
        {"headers": {"Bcc": "x@example.org"}},
        {"headers": {"subject": "second"}},
        {"headers": {"X-Long": "x" * 1000}},
    ],
)
def test_headers_that_would_smuggle_something_in_are_refused(changed: dict[str, Any]) -> None:
    given = {"subject": "Hi", "preheader": "", "html": "", "text": "", "headers": {}, **changed}
    with pytest.raises(CmsError) as refused:
        sent(Mail(**given))

    assert refused.value.code == "bad-header"


@pytest.mark.parametrize(
    "changed",
    [
        {"to": "ren@example.org\r\nBcc: x@example.org"},
        {"to": "nobody"},
        {"to": ""},
        {"to": "a@example.org, b@example.org"},
        {"to": "a@example.org, B <b@example.org>"},
        {"to": "仁@example.org"},
        {"to": "ren@exa mple.org"},
        {"sender": "Shop\n <hi@shop.example>"},
        {"message_id": "1@shop.example"},
        {"message_id": "<1@shop.example>\r\nX: y"},
    ],
)
def test_addresses_and_ids_that_are_none_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(CmsError) as refused:
        sent(mail(), **changed)

    assert refused.value.code == "bad-header"
