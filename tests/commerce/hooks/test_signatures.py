"""Signatures of webhooks: the published examples hold, and nothing else does."""

import subprocess
import sys
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hook_senders import PLAIN, SECRET, signature, signed

from cms.commerce.adapter import HookError
from cms.commerce.hooks.signatures import (
    header_of,
    hmac_base64,
    public_key,
    rsa_sha256,
    shared_secret,
    signing_key,
    standard_webhook,
)
from cms.errors import CmsError

ROOT = Path(__file__).parents[3]
# From the documentation of Standard Webhooks and of Svix, who began it.
BODY = b'{"test": 2432232314}'
AT = 1614265330
NOW = datetime.fromtimestamp(AT, UTC)
PUBLISHED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "another-secret-of-32-characters-"


def refused(check: Callable[..., object], *given: object, **named: object) -> str:
    with pytest.raises(HookError) as wrong:
        check(*given, **named)
    return wrong.value.code


def test_the_published_example_of_standard_webhooks_holds() -> None:
    assert standard_webhook(PUBLISHED, BODY, [SECRET], NOW) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_what_the_published_library_signs_holds() -> None:
    library = pytest.importorskip("standardwebhooks.webhooks", reason="standardwebhooks is not installed")
    naive = NOW.replace(tzinfo=None)  # it takes whatever zone it is given for UTC
    sent = library.Webhook(SECRET).sign("msg_2", naive, BODY.decode())
    headers = {"webhook-id": "msg_2", "webhook-timestamp": str(AT), "webhook-signature": sent}
    assert standard_webhook(headers, BODY, [SECRET], NOW) == "msg_2"


def test_every_byte_of_the_body_counts() -> None:
    for place in range(len(BODY)):
        changed = bytes([*BODY[:place], BODY[place] ^ 1, *BODY[place + 1 :]])
        assert refused(standard_webhook, PUBLISHED, changed, [SECRET], NOW) == "hook-unsigned"
    for longer in (BODY + b" ", BODY + b"\n", b"", BODY[:-1]):
        assert refused(standard_webhook, PUBLISHED, longer, [SECRET], NOW) == "hook-unsigned"


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_header_counts(name: str) -> None:
    for value in ("", PUBLISHED[name][:-1], PUBLISHED[name][:-2] + "9=", "×", "\udcff", "v1,", "v2,x v1a,y"):
        headers = {**PUBLISHED, name: value}
        assert refused(standard_webhook, headers, BODY, [SECRET], NOW) == "hook-unsigned"
    missing = {other: value for other, value in PUBLISHED.items() if other != name}
    assert refused(standard_webhook, missing, BODY, [SECRET], NOW) == "hook-unsigned"


def test_headers_are_found_in_any_case_and_are_not_believed_twice() -> None:
    loud = {name.upper(): value for name, value in PUBLISHED.items()}
    assert standard_webhook(loud, BODY, [SECRET], NOW)
    for name, value in PUBLISHED.items():
        twice = {**PUBLISHED, name.title(): value}
        assert refused(standard_webhook, twice, BODY, [SECRET], NOW) == "hook-unsigned"


def test_five_minutes_either_way_are_allowed_and_not_a_second_more() -> None:
    for seconds in (-300, 300):
        assert standard_webhook(PUBLISHED, BODY, [SECRET], NOW + timedelta(seconds=seconds))
    for seconds in (-360, -301, 301, 360, 86400):
        later = NOW + timedelta(seconds=seconds)
        assert refused(standard_webhook, PUBLISHED, BODY, [SECRET], later) == "hook-too-old"


def test_a_moment_that_is_none_is_refused_though_it_is_signed() -> None:
    for moment in ("soon", "1e9", "-5", "1614265330.5", "9" * 400, "²", ""):
        content = f"msg_1.{moment}.".encode("latin-1") + BODY
        sent = {
            "webhook-id": "msg_1",
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{signature(PLAIN.encode(), content)}",
        }
        assert refused(standard_webhook, sent, BODY, [PLAIN], NOW) == "hook-too-old"


def test_an_id_of_a_page_is_malformed_once_its_signature_holds() -> None:
    sent = signed(BODY, at=AT, key="x" * 257)
    assert refused(standard_webhook, sent, BODY, [PLAIN], NOW) == "hook-malformed"
    assert refused(standard_webhook, sent, BODY, [OTHER], NOW) == "hook-unsigned"


def test_two_secrets_live_while_one_takes_the_place_of_the_other() -> None:
    old, new = signed(BODY, at=AT, secret=PLAIN), signed(BODY, at=AT, secret=OTHER)
    for headers in (old, new):
        assert standard_webhook(headers, BODY, [OTHER, PLAIN], NOW) == "msg_1"
    both = {**new, "webhook-signature": f"{new['webhook-signature']} {old['webhook-signature']}"}
    assert standard_webhook(both, BODY, [PLAIN], NOW) == "msg_1"
    assert refused(standard_webhook, old, BODY, [OTHER], NOW) == "hook-unsigned"


def test_without_a_secret_nothing_is_signed() -> None:
    empty = {**PUBLISHED, "webhook-signature": "v1," + signature(b"", b"msg." + BODY)}
    assert refused(standard_webhook, empty, BODY, [], NOW) == "hook-unsigned"
    for secrets in ([], [""]):
        sent = {"x-shopify-hmac-sha256": signature(b"", BODY)}
        assert refused(hmac_base64, sent, BODY, secrets, header="x-shopify-hmac-sha256")
        assert refused(shared_secret, {"x-secret": ""}, secrets, header="x-secret") == "hook-unsigned"
        assert refused(shared_secret, {}, secrets, header="x-secret") == "hook-unsigned"


@pytest.mark.parametrize("secret", ["", "15-bytes-at-all", "whsec_", "whsec_!!!", "whsec_c2hvcnQ="])
def test_a_secret_that_keeps_nobody_out_is_an_error_of_the_settings(secret: str) -> None:
    with pytest.raises(CmsError) as wrong:
        signing_key(secret)
    assert wrong.value.code == "commerce-settings"
    assert not secret.removeprefix("whsec_") or secret not in wrong.value.message


def test_a_secret_in_base64_needs_no_padding() -> None:
    assert signing_key("whsec_" + "QUFB" * 8 + "QQ==") == signing_key("whsec_" + "QUFB" * 8 + "QQ") == b"A" * 25


def test_the_published_example_of_hmac_sha256_holds() -> None:
    """RFC 4231, case 2."""
    digest = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    body = b"what do ya want for nothing?"
    assert b64decode(signature(b"Jefe", body)) == digest
    hmac_base64({"X-Shopify-HMAC-SHA256": signature(b"Jefe", body)}, body, ["Jefe"], header="X-Shopify-Hmac-Sha256")


def test_a_hook_of_shopify_is_held_against_each_secret() -> None:
    sent = {"X-Shopify-Hmac-Sha256": signature(b"old-secret", BODY)}
    hmac_base64(sent, BODY, ["new-secret", "old-secret"], header="x-shopify-hmac-sha256")
    for body, secrets in ((BODY, ["new-secret"]), (BODY + b" ", ["old-secret"]), (b"", ["old-secret"])):
        with pytest.raises(HookError):
            hmac_base64(sent, body, secrets, header="x-shopify-hmac-sha256")


def test_a_shared_secret_is_compared_whole() -> None:
    shared_secret({"X-Hook-Secret": PLAIN}, [OTHER, PLAIN], header="x-hook-secret")
    for sent in (PLAIN[:-1], PLAIN + "x", PLAIN.upper(), ""):
        assert refused(shared_secret, {"x-hook-secret": sent}, [PLAIN], header="x-hook-secret")


def test_a_header_is_found_once_or_not_at_all() -> None:
    assert header_of({"X-Topic": " carts/update "}, "x-topic") == "carts/update"
    assert header_of({"X-Topic": "a", "x-topic": "a"}, "X-TOPIC") == header_of({}, "x-topic") == ""


# RFC 7515, appendix A.2.
N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNM"
    "sD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtd"
    "VMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
SIGNED = (
    b"eyJhbGciOiJSUzI1NiJ9."
    b"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dn"
    "ZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC"
    "-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)


def base64_of(text: str) -> str:
    return text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)


@pytest.fixture(scope="module")
def pem() -> str:
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa", reason="cryptography is not installed")
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    modulus = int.from_bytes(urlsafe_b64decode(N + "=="), "big")
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()
    written: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return written.decode()


def test_the_published_example_of_rsa_sha256_holds(pem: str) -> None:
    rsa_sha256(SIGNED, [base64_of(SIGNATURE)], [public_key(pem)])
    rsa_sha256(SIGNED, ["", "?", "AAAA", base64_of(SIGNATURE)], [public_key(pem)])


def test_no_other_body_key_or_signature_holds_with_rsa(pem: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    right, stranger = public_key(pem), generate_private_key(65537, 2048).public_key()
    good = base64_of(SIGNATURE)
    for body, signatures, keys in (
        (SIGNED + b" ", [good], [right]),
        (SIGNED, [good], [stranger]),
        (SIGNED, [good], []),
        (SIGNED, [], [right]),
        (SIGNED, [good[:-4], "é", "B" + good[1:]], [right, stranger]),
    ):
        assert refused(rsa_sha256, body, signatures, keys) == "hook-unsigned"


def test_what_is_no_rsa_key_is_an_error_of_the_settings(pem: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    curve = generate_private_key(SECP256R1()).public_key()
    other = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for wrong in ("", "no key", pem[: len(pem) // 2], other):
        with pytest.raises(CmsError) as told:
            public_key(wrong)
        assert told.value.code == "commerce-settings"


def test_without_cryptography_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['cryptography.hazmat.primitives.asymmetric.rsa'] = None\n"
        "from cms.errors import CmsError\nfrom cms.commerce.hooks.signatures import public_key\n"
        "try: public_key('x')\nexcept CmsError as told: print(told.code, told.message)"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("adobe-missing")
    assert "vitrine-cms[adobe]" in told.stdout
