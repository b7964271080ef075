"""Random workspaces so small that everybody who could come can be asked: rules over a few facts, offers, claims, mails.

As a program it asks more than the tests do: `python tests/proofs/small_worlds.py --sets 1000 --seed 7`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count, islice
from time import perf_counter

import click

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.problems import errors
from cms.proofs.proving import prove
from cms.workspace import read_workspace
from tests.proofs.asking import COMPARED, World, priced, replayed, said, within
from tests.proofs.every_visitor import EveryVisitor, TooManyError
from tests.proofs.small_rules import AMOUNTS, FACTS, Author, Dice, Json

NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)
EDGES = ("2026-12-02T08:00+00:00", "2026-12-03T00:00+00:00", "2026-12-06T18:00+08:00")
PROMOTIONS = ("club", "free-shipping")
COMPONENTS = {
    "components/note/model.json": {"fields": {"text": {"type": "text", "required": True}}},
    "components/poster/model.json": {"channels": ["web"], "fields": {"text": {"type": "text", "required": True}}},
    "components/pop/model.json": {
        "channels": ["web", "app"], "display": "overlay", "fields": {"text": {"type": "text", "required": True}},
    },
}  # fmt: skip


def promise(dice: Dice) -> Json:
    return dice.one(
        {"promotion": dice.one(*PROMOTIONS)},
        {"threshold": {dice.one(*PROMOTIONS): dice.one(*AMOUNTS, {"amount": "600.00", "currency": "TWD"})}},
        {"stock": ["fern"]},
        {"price": {"fern": dice.one(*AMOUNTS)}},
    )


def schedule(dice: Dice) -> Json:
    start, *ends = EDGES
    return dice.one({"from": start}, {"until": dice.one(*ends)}, {"from": ends[0], "until": ends[1]})


def variant(dice: Dice, author: Author, key: str, locales: tuple[str, ...]) -> Json:
    content = {locale: {"text": author.text()} for locale in dice.few(locales)}
    rare = dice.some(12, schedule=lambda: schedule(dice), promise=lambda: promise(dice))
    claimed = dice.some(90 if author.is_claiming else 20, claims=author.claim)
    return {"key": key, "when": author.condition(), "content": content, **rare, **claimed}


def entry(dice: Dice, author: Author, locales: tuple[str, ...]) -> Json:
    component = dice.one("note", "note", "note", "note", "poster", "pop")
    variants = [variant(dice, author, f"v{number}", locales) for number in range(dice.randint(0, 3))]
    if component != "pop" or not variants or dice.likely(50):
        variants.append(
            {
                "key": "default",
                "content": {"en": {"text": "Hello"}},
                **dice.some(90 if author.is_claiming else 20, claims=author.claim),
            }
        )
    made = {"component": component, "variants": variants}
    made |= dice.some(20, audience=author.condition, schedule=lambda: schedule(dice))
    if dice.likely(30):
        made["offer"] = {"kind": "deal", **dice.some(40, exclusive=lambda: "one")}
        made |= dice.some(30, cap=lambda: [{"per": "visitor", "max": dice.one(1, 2), "every": "P7D"}])
    return made


def experiment(dice: Dice, author: Author, compared: Json, locales: tuple[str, ...]) -> Json:
    """Compare a variant with a new one, which is put before the others."""
    control = dice.one(*compared["variants"])["key"]
    drawn = variant(dice, author, "arm", locales)
    del drawn["when"]
    compared["variants"] = [drawn, *compared["variants"]]
    arms = [
        {"key": "control", "variant": control, "buckets": [0, 4999]},
        {"key": "other", "variant": "arm", "buckets": [5000, 9999]},
    ]
    more = dice.some(30, audience=author.condition)
    return {"entry": "e0", "arms": arms, "unit": "customer", "state": "running", **more}


def slots_of(dice: Dice, author: Author, entries: Mapping[str, Json], accepts: tuple[str, ...]) -> Json:
    fitting = tuple(key for key, made in entries.items() if made["component"] in accepts)
    made = {}
    for number in range(dice.randint(1, 3) if fitting else 0):
        most = 1 if author.is_claiming else 3  # with nothing to fall back on
        some = dice.sample(fitting, dice.randint(1, min(most, len(fitting))))
        more = {"may_be_empty": True} if dice.likely(25) else dice.some(10, audience=author.condition)
        made[f"s{number}"] = {"accepts": accepts, "entries": some, "count": dice.one(1, 1, 1, 2), **more}
    return made


def workspace(dice: Dice) -> dict[str, Json]:
    """Draw the files of a workspace with one page, `cart`, and often a mail, `left`."""
    author = Author(dice)
    for number in range(dice.randint(1, 4)):
        author.segments[f"g{number}"] = author.condition()
    locales = ("en", "de") if dice.likely(25) else ("en",)
    entries = {f"e{number}": entry(dice, author, locales) for number in range(dice.randint(1, 4))}
    compared = (
        {"content/experiments/x.json": experiment(dice, author, entries["e0"], locales)} if dice.likely(15) else {}
    )
    kinds = ("note", "poster", "pop")
    page = slots_of(dice, author, entries, dice.one(kinds, kinds, ("pop",), ("note",))) or slots_of(
        dice, author, entries, kinds
    )
    mail = slots_of(dice, author, entries, ("note",)) if dice.likely(50) else {}
    limit = dice.some(30, max_offers=lambda: dice.randint(0, 2))
    files = {
        **COMPONENTS,
        "segments/facts.json": FACTS,
        **{f"segments/{key}.json": {"when": when} for key, when in author.segments.items()},
        **{f"content/entries/{key}.json": made for key, made in entries.items()},
        **compared,
        "content/workspace.json": settings(dice, locales),
    }
    files["content/pages/cart.json"] = {"route": "/cart", "stage": "cart", "slots": page, **limit}
    return files | ({"content/emails/left.json": {"subject": {"en": "Left"}, "slots": mail, **limit}} if mail else {})


def settings(dice: Dice, locales: tuple[str, ...]) -> Json:
    markets = {"us": {"currency": "USD", "time_zone": "America/New_York"}}
    markets |= {"tw": {"currency": "TWD", "time_zone": "Asia/Taipei"}} if dice.likely(20) else {}
    channels = ["web", "email", "app"] if dice.likely(20) else ["web", "email"]
    pressed = {"budgets": {"pressure": {"max": dice.one(1, 2)}}} if dice.likely(8) else {}
    return {
        "default_locale": "en",
        "locales": {locale: [] if locale == "en" else ["en"] for locale in locales},
        "default_market": "us",
        "markets": markets,
        "channels": channels,
        **pressed,
    }


def compiled(files: Mapping[str, Json]) -> Snapshot:
    written = {path: json.dumps(data).encode() for path, data in files.items()}
    snapshot, problems = compile_workspace(read_workspace(written))
    if snapshot is None:
        raise ValueError("\n".join(map(str, errors(problems))))
    return snapshot


def differences(files: Mapping[str, Json], *, most: int = 20_000) -> list[str]:
    """Tell what is proved of a world but not so, what is so but not proved, and which visitor does not show it.

    Raises:
        TooManyError: It has more visitors than `most`.
    """
    snapshot = compiled(files)
    world = World(snapshot, EveryVisitor(snapshot, NOW, most))
    true, findings = world.findings(), prove(snapshot, now=NOW)
    unasked = {("unreachable", *name) for name in priced(snapshot)}
    proved = {said(finding) for finding in findings if finding.code != "not-proved"} - unasked
    lines = [f"proved, but not so: {one}" for one in sorted(proved - true)]
    missed = {one for one in true - proved - unasked if one[0] not in COMPARED}
    missed |= {("within", *pair) for pair in within(true) - within(proved)}
    lines += [f"so, but not proved: {one}" for one in sorted(missed)]
    lines += [f"not proved: {finding.detail}" for finding in findings if finding.code == "not-proved"]
    return lines + [f"{said(finding)}: {wrong}" for finding in findings for wrong in replayed(finding, snapshot)]


def sets(seed: int, *, most: int) -> Iterator[tuple[int, dict[str, Json], list[str]]]:
    """Compare one world after the other; those with too many visitors are left out."""
    for number in count(seed):
        files = workspace(Dice(number))
        try:
            yield number, files, differences(files, most=most)
        except TooManyError:
            continue


def smallest(files: dict[str, Json], kind: str) -> dict[str, Json]:
    """Leave out of a world what a difference of one kind does not need; facts and components stay as they are."""
    for path, data in files.items():
        if path in COMPONENTS or path == "segments/facts.json":
            continue
        for less in _less(data):
            smaller = {**files, path: less}
            if _still_differs(smaller, kind):
                return smallest(smaller, kind)
    return files


def _still_differs(files: Mapping[str, Json], kind: str) -> bool:
    try:
        return any(kind_of(line) == kind for line in differences(files))
    except (ValueError, TooManyError):
        return False


def kind_of(difference: str) -> str:
    """Give what a difference begins with: which way round it is, and the code."""
    return " ".join(difference.split()[:5])


def _less(data: Json) -> Iterator[Json]:
    """List what remains of JSON without one of its parts."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield {other: data[other] for other in data if other != key}
            yield from ({**data, key: less} for less in _less(value))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield [*data[:index], *data[index + 1 :]]
            yield from ([*data[:index], less, *data[index + 1 :]] for less in _less(value))


@click.command()
@click.option("--sets", "wanted", default=1000, show_default=True, help="Compare so many worlds.")
@click.option("--seed", default=1, show_default=True, help="Begin here; every world has the next one.")
@click.option("--most", default=20_000, show_default=True, help="Leave out worlds where a page has more visitors.")
def main(wanted: int, seed: int, most: int) -> None:
    """Compare what is proved of random small worlds with what asking everybody tells; stop at the first difference."""
    started = perf_counter()
    for done, (number, files, wrong) in enumerate(islice(sets(seed, most=most), wanted), 1):
        if wrong:
            world = "\n".join(
                f"{path}: {json.dumps(data)}" for path, data in smallest(files, kind_of(wrong[0])).items()
            )
            raise click.ClickException("\n".join([f"seed {number}", *wrong, "the smallest such world:", world]))
        if done % 50 == 0:
            click.echo(f"seed {number}: {done:,} worlds, no difference, {perf_counter() - started:.0f} s")
    click.echo("proved = asked")


if __name__ == "__main__":
    main()
