"""`cms commerce`, over the demo shop and over one that misbehaves: every word that is printed."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from programs import free_port
from werkzeug.serving import make_server

from cms.cli import cli
from cms.shop.app import create_app
from cms.shop.config import DEMO_SERVICE_KEY, ShopConfig
from cms.testing.proxy import Asked, Proxy, mangling, saying, well

ROOT = Path(__file__).parents[2]
LOYAL = ("--cart-token", "cart-loyal", "--customer-token", "customer-loyal")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(ShopConfig(data=tmp_path_factory.mktemp("shop"))), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/signals/v1"
    server.shutdown()


@pytest.fixture
def shop(demo: str) -> Iterator[Proxy]:
    with Proxy(demo) as proxy:
        yield proxy


def _environment(url: str, folder: Path, **more: str) -> dict[str, str]:
    connected = {"CMS_COMMERCE_ADAPTER": "http", "CMS_COMMERCE_URL": url, "CMS_COMMERCE_KEY": DEMO_SERVICE_KEY}
    return {**connected, "CMS_CATALOGUE_FOLDER": str(folder), **more}


@pytest.fixture
def commerce(shop: Proxy, tmp_path: Path) -> Callable[..., Result]:
    def run(*arguments: str, workspace: Path = ROOT, **settings: str) -> Result:
        environment = _environment(shop.url, tmp_path / "copies", **settings)
        return CliRunner().invoke(cli, ["commerce", *arguments, "--workspace", str(workspace)], env=environment)

    return run


def _timeless(text: str) -> str:
    return re.sub(r"\d+(\.\d+)? (ms|s\b)", r"N \2", text)


def test_a_doctor_who_is_given_a_shopper_tells_all(commerce: Callable[..., Result]) -> None:
    result = commerce("doctor", *LOYAL)

    told = re.sub(r"(traits .* tells )[a-z_.,\[\] -]+(?=, \d)", r"\1…", result.output)
    assert """\
shop: open signals API
  reachable  yes, N ms
  clock      as ours
  cart       found now: 3 lines, N ms
  customer   found now: tells key, kind, groups, loyalty_tier, loyalty_points, is_member, tags, N ms
  orders     found now: 6 orders, N ms
  catalogue  found now: 20 products of 37 in its first part, N ms
  stock      comes with the catalogue
  promotions found now: 6 promotions, 3 with a threshold, N ms
  traits     found now: tells …, N ms
  copy       USD: none is kept: cms commerce sync makes one, where the system tells what has changed
  copy       TWD: none is kept: cms commerce sync makes one, where the system tells what has changed
  webhooks   none: no secret is set, or the system sends none
redis: none: each node keeps its own answers
All is well.
""" == _timeless(told)
    assert result.exit_code == 0


def test_without_a_shopper_what_is_of_shoppers_is_said_to_be_untried(commerce: Callable[..., Result]) -> None:
    result = commerce(
        "doctor", CMS_COMMERCE_HOOK_SECRETS='{"shop": ["whsec_c2VjcmV0IG9mIHRoZSBzaG9wIGZvciBob29rcw=="]}'
    )

    told = result.output.splitlines()
    assert "  cart       not tried: give --cart-token of a shopper to try it" in told
    for signal in ("customer  ", "orders    ", "traits    "):
        assert f"  {signal} not tried: give --customer-token or --customer-id of a shopper to try it" in told
    assert "  webhooks   taken" in told
    assert result.exit_code == 0


def test_the_age_of_a_copy_is_told(commerce: Callable[..., Result]) -> None:
    commerce("sync", "--currency", "USD")

    assert "  copy       USD: 37 products, 0 min old" in commerce("doctor").output


def test_a_wrong_key_and_an_unknown_shopper_are_trouble(commerce: Callable[..., Result]) -> None:
    wrong = commerce("doctor", CMS_COMMERCE_KEY="wrong")
    advice = "Is the address right, does the key hold, may it read this, and does the shop sell in this currency?"
    assert f"! promotions no answer: /promotions answered 401. {advice}" in wrong.output.splitlines()
    assert wrong.output.endswith("Not all is well: see what is marked with !.\n")
    assert wrong.exit_code == 1

    unknown = commerce("doctor", "--cart-token", "of-nobody-at-all")
    said = "! cart       the system does not know this shopper: the token is wrong or has ended, N ms"
    assert said in _timeless(unknown.output).splitlines()
    assert unknown.exit_code == 1


def test_no_token_and_no_key_is_ever_printed(commerce: Callable[..., Result], shop: Proxy) -> None:
    for mood in (well, saying(500), saying(200, b"<html>")):
        shop.mood = mood
        for form in ("text", "json"):
            output = commerce(
                "doctor", *LOYAL, "--currency", "USD", "--format", form, CMS_COMMERCE_KEY="key-of-the-shop"
            ).output
            assert not [secret for secret in ("cart-loyal", "customer-loyal", "key-of-the-shop") if secret in output]


def test_a_closed_port_is_not_reachable(commerce: Callable[..., Result]) -> None:
    result = commerce("doctor", CMS_COMMERCE_URL=f"http://127.0.0.1:{free_port()}")

    told = result.output.splitlines()
    assert "! reachable  no" in told
    advice = "Is the address right, and does the system run?"
    assert f"! promotions no answer: /promotions could not be reached: ConnectionError. {advice}" in told
    assert result.exit_code == 1


def test_a_clock_that_is_apart_is_told(commerce: Callable[..., Result], shop: Proxy) -> None:
    def an_hour_late(asked: Asked) -> None:
        said = asked.forward()
        asked.write(bytes(replace(said, headers={**said.headers, "Date": "Thu, 01 Jan 2026 00:00:00 GMT"})))

    shop.mood = an_hour_late
    result = commerce("doctor")

    assert "! clock      N s behind ours: let both machines keep time by NTP" in _timeless(result.output).splitlines()
    assert result.exit_code == 1


def test_as_json_the_same_is_told(commerce: Callable[..., Result]) -> None:
    result = commerce("doctor", "--cart-token", "cart-loyal", "--format", "json")

    told: Any = json.loads(result.stdout)
    system = told["systems"][0]
    assert (True, True, "shop", True) == (told["is_well"], system["is_well"], system["name"], system["is_reachable"])
    assert {
        "cart": "found",
        "customer": "not-tried",
        "orders": "not-tried",
        "catalogue": "found",
        "stock": "elsewhere",
        "promotions": "found",
        "traits": "not-tried",
    } == {heard["signal"]: heard["state"] for heard in system["heard"]}
    assert system["heard"][0]["latency_ms"] > 0
    assert {"USD": None, "TWD": None} == system["copies"]


def test_a_redis_that_is_away_is_trouble(commerce: Callable[..., Result]) -> None:
    result = commerce("doctor", CMS_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert "redis: ! does not answer: nodes keep their own answers and counters until it does." in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize("called", ["doctor", "sync"])
def test_without_a_shop_one_line_says_what_to_set(commerce: Callable[..., Result], called: str) -> None:
    result = commerce(called, CMS_COMMERCE_ADAPTER="")

    assert "commerce-settings" == getattr(result.exception, "code", "")
    assert "set CMS_COMMERCE_ADAPTER, CMS_COMMERCE_URL and CMS_COMMERCE_KEY" in str(result.exception)


def test_an_option_that_is_none_is_wrong_usage(commerce: Callable[..., Result]) -> None:
    assert commerce("doctor", "--token", "x").exit_code == 2
    assert commerce("sync", "--format", "json").exit_code == 2


def test_a_sync_reads_every_currency_of_the_markets(commerce: Callable[..., Result], tmp_path: Path) -> None:
    result = commerce("sync")

    assert "shop USD: 37 products in N s\nshop TWD: 37 products in N s\n" == _timeless(result.output)
    assert result.exit_code == 0
    assert 2 == len(list((tmp_path / "copies").iterdir()))


def test_a_second_sync_asks_only_for_what_is_new(commerce: Callable[..., Result], shop: Proxy) -> None:
    commerce("sync", "--currency", "USD")
    first = len(shop.asked)
    commerce("sync", "--currency", "USD")
    again = len(shop.asked)
    commerce("sync", "--currency", "USD", "--whole")

    assert (2, 1, 2) == (first, again - first, len(shop.asked) - again)


def test_a_shop_that_asks_for_a_pause_is_given_one(commerce: Callable[..., Result], shop: Proxy) -> None:
    def busy_once(asked: Asked) -> None:
        shop.mood = well
        saying(429, Retry_After="0")(asked)

    shop.mood = busy_once

    assert "shop USD: 37 products in N s\n" == _timeless(commerce("sync", "--currency", "USD").output)


def test_a_sync_of_a_shop_that_fails_ends_with_its_error(commerce: Callable[..., Result], shop: Proxy) -> None:
    shop.mood = saying(403)
    result = commerce("sync", "--currency", "USD")

    assert result.stderr.startswith("shop USD: /products answered 403. Is the address right, does the key hold,")
    assert result.stderr.endswith("[commerce-error]\n")
    assert result.exit_code == 1


def _in_dollars_only(asked: Asked) -> None:
    (saying(422) if "currency=TWD" in asked.path else well)(asked)


def test_a_currency_the_shop_does_not_sell_in_keeps_no_other_from_being_read(
    commerce: Callable[..., Result], shop: Proxy, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    content.mkdir()
    markets = {
        "tw": {"currency": "TWD", "time_zone": "Asia/Taipei"},
        "us": {"currency": "USD", "time_zone": "America/New_York"},
    }
    workspace = {"default_locale": "en", "locales": {"en": []}, "default_market": "tw", "markets": markets}
    (content / "workspace.json").write_text(json.dumps(workspace))
    shop.mood = _in_dollars_only
    result = commerce("sync", workspace=tmp_path)

    assert "shop TWD: /products answered 422." in result.stderr
    assert "shop USD: 37 products in N s\n" == _timeless(result.stdout)
    assert result.exit_code == 1


def test_a_doctor_asks_in_every_currency_of_the_markets(commerce: Callable[..., Result], shop: Proxy) -> None:
    shop.mood = _in_dollars_only
    result = commerce("doctor")

    told = result.output.splitlines()
    assert [line.partition(" answered")[0] for line in told if line.startswith("!")] == [
        "! catalogue  no answer: in TWD: /products",
        "! promotions no answer: in TWD: /promotions",
    ]
    assert result.exit_code == 1


def test_a_table_that_fills_what_is_no_fact_is_trouble(
    commerce: Callable[..., Result], demo: str, tmp_path: Path
) -> None:
    options = {"map": {"crm.tagz": "tags", "crm.tags": "tags"}, "paths": {"traits": "/traits"}}
    beside = {"url": demo, "signals": ["traits"], "options": options}
    (tmp_path / "options.json").write_text(json.dumps({"also": {"crm": beside}}))
    result = commerce("doctor", CMS_COMMERCE_OPTIONS=str(tmp_path / "options.json"), CMS_COMMERCE_KEYS='{"crm": "key"}')

    said = 'crm.tagz, in the option `map`, is no fact of this workspace. Did you mean "crm.tags"?'
    assert [f"! missing    {said}"] == [line for line in result.output.splitlines() if line.startswith("!")]
    assert result.exit_code == 1


def test_products_that_are_malformed_are_counted(commerce: Callable[..., Result], shop: Proxy) -> None:
    shop.mood = mangling(
        lambda data: {**data, "products": [{**data["products"][0], "stock": -1}, *data["products"][1:]]}
    )
    result = commerce("doctor", "--currency", "USD")

    assert "19 products of 37 in its first part, 1 left out: malformed, or not sold, N ms" in _timeless(result.output)


@pytest.mark.parametrize("called", ["doctor", "sync"])
def test_what_is_no_currency_is_wrong_usage(commerce: Callable[..., Result], called: str) -> None:
    result = commerce(called, "--currency", "usd")

    assert '"usd" is not a currency such as USD.' in result.output
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("adapter", "options"), [("salesforce", {"organization": "f_ecom_zzte_053", "site": "RefArch"}), ("http", {})]
)
def test_a_system_that_nothing_can_be_asked_of_yet_is_reached_all_the_same(
    commerce: Callable[..., Result], tmp_path: Path, adapter: str, options: dict[str, Any]
) -> None:
    beside = {"adapter": "http", "url": f"http://127.0.0.1:{free_port()}", "signals": ["traits"]}
    table = {"paths": {"traits": "/c/{customer}"}, "map": {"crm.tags": "tags"}}
    also = {"crm": {**beside, "options": table}} if adapter == "http" else {}
    (tmp_path / "options.json").write_text(json.dumps({"options": options, "also": also}))
    settings = {"CMS_COMMERCE_OPTIONS": str(tmp_path / "options.json"), "CMS_COMMERCE_ADAPTER": adapter}
    if adapter == "salesforce":
        settings |= {"CMS_COMMERCE_KEY": "", "CMS_COMMERCE_URL": beside["url"]}
    else:
        settings["CMS_COMMERCE_KEYS"] = '{"crm": "key"}'
    result = commerce("doctor", "--currency", "USD", **settings)

    assert "! reachable  no" in result.output.splitlines()
    assert result.exit_code == 1


def test_what_is_told_whole_each_time_is_not_kept(commerce: Callable[..., Result], shop: Proxy) -> None:
    def whole(data: Any) -> Any:
        return {"products": data["products"]}

    shop.mood = mangling(whole)
    result = commerce("sync", "--currency", "USD")

    kept = "not kept: this system tells all of it each time"
    assert f"shop USD: 20 products in N s; {kept}\n" == _timeless(result.output)


def test_a_sync_that_is_killed_goes_on_where_it_was(shop: Proxy, tmp_path: Path) -> None:
    second_part = threading.Event()

    def hang_at_the_second(asked: Asked) -> None:
        if not asked.path.endswith("cursor="):
            second_part.set()
            asked.ended.wait(20)
        else:
            well(asked)

    shop.mood = hang_at_the_second
    called = [sys.executable, "-m", "cms", "commerce", "sync", "--currency", "USD", "--workspace", str(ROOT)]
    environment = {**_environment(shop.url, tmp_path), "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(called, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert second_part.wait(30)
    time.sleep(0.2)
    first.kill()
    first.wait(10)
    shop.mood, before = well, len(shop.asked)
    second = subprocess.run(called, env=environment, capture_output=True, check=True, timeout=60)

    assert b"shop USD: 37 products" in second.stdout
    assert b"" == second.stderr
    assert 2 == len(shop.asked) - before  # the second part, and what has changed since the first


def test_a_check_warns_of_what_the_connected_system_can_never_tell(shop: Proxy, tmp_path: Path) -> None:
    called = ["check", "--no-proofs", "--format", "json", "--workspace", str(ROOT)]
    told = {}
    for adapter in ("http", "vendure", ""):
        environment = _environment(shop.url, tmp_path, CMS_COMMERCE_ADAPTER=adapter, CMS_COMMERCE_KEY="user:password")
        findings: Any = json.loads(CliRunner().invoke(cli, called, env=environment).stdout)["findings"]
        told[adapter] = {
            finding["file"]
            for finding in findings
            if finding["code"] == "unsupported" and "stamps" in finding["message"]
        }

    assert {"http": set(), "vendure": {"content/entries/stamp-card.json"}, "": set()} == told
