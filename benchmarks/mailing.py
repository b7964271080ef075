"""Mails: written from what was compiled at release time, beside compiling for every recipient."""

import os
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Section, table
from benchmarks.timing import Compared, compare
from cms.decisions.rehearsal import Rehearsal
from cms.email.compiled import CompiledEmails
from cms.email.compiling import EmailCompiler
from cms.email.message import Letterhead
from cms.facts.context import View
from cms.runtime.answers import Answer
from cms.runtime.mailing import written_mail
from cms.runtime.site import Site, wanted_by_mails
from cms.runtime.verification import verify
from cms.workspace import read_folder

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
MAIL, PERSONA = "abandoned-cart", "guest-69"


def section() -> Section:
    rows = [(name, row.microseconds, row.ratio) for name, row in measured().items()]
    return Section("A mail for one recipient", table(("way", "CPU µs", "x compiled release"), rows))


def measured() -> dict[str, Compared]:
    snapshot = verify(read_folder(Path(os.environ.get("BENCH_WORKSPACE", ROOT))), now=NOW).snapshot
    if snapshot is None:
        raise SystemExit("The workspace has errors: run cms check.")
    site = Site.build(snapshot, 1, letterhead=Letterhead("Shop", "https://shop.example"))
    email, rehearsal = snapshot.emails[MAIL], Rehearsal(snapshot, snapshot.personas[PERSONA], now=NOW)
    context, decision = rehearsal.context(email.page, channel="email"), rehearsal.decide(email.page, email=True)
    answer = Answer("d_1", decision, View(context), (), 30)
    wanted = wanted_by_mails(snapshot)

    def prepared(_: int) -> object:
        return written_mail(site, email, answer)

    def compiled_anew(_: int) -> object:
        mails = CompiledEmails(EmailCompiler(snapshot.templates, snapshot.components), wanted)
        fresh = Site(snapshot, 1, site.renderer, mails, site.letterhead)
        return written_mail(fresh, email, answer)

    if prepared(0) != compiled_anew(0):
        raise SystemExit("The two ways do not write the same mail: nothing to compare.")
    return {
        "written from the compiled release": compare(prepared, prepared, rounds=5),
        "compiled for each recipient": compare(compiled_anew, prepared, rounds=5, seconds=0.4),
    }
