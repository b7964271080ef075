"""Verification: everything that must hold before a workspace may go live, in one pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cms.components.body import Body
from cms.components.checking import check_sample
from cms.components.model import parse_model
from cms.content.accepting import with_acceptances
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.email.compiling import EmailCompiler
from cms.errors import CmsError
from cms.problems import Problem, errors, numbered
from cms.proofs.checking import ProofOptions, check_proofs
from cms.proofs.expectations import check_personas
from cms.proofs.schedules import check_schedules
from cms.rendering.samples import check_samples, check_templates
from cms.runtime.site import wanted_by_mails
from cms.workspace import read_workspace
from cms.workspace.documents import Workspace

AskShop = Callable[[Snapshot, Workspace], list[Problem]]


@dataclass(frozen=True, slots=True)
class Verified:
    """A checked workspace: `snapshot` is set unless it could not be compiled."""

    snapshot: Snapshot | None
    problems: tuple[Problem, ...]

    @property
    def is_fit(self) -> bool:
        return self.snapshot is not None and not errors(self.problems)


def verify(
    files: Mapping[str, bytes], *, now: datetime, proofs: ProofOptions | None = None, shop: AskShop | None = None
) -> Verified:
    """Compile a workspace, try its templates, hold its personas against it and prove who sees what.

    Args:
        files: Path → bytes, as `read_folder` or a release gives them.
        now: The clock of personas that name none, and the moment from which on is proved.
        proofs: How to prove; None: nothing is proved.
        shop: Holds what is named against what the shop sells; None: it is not asked.
    """
    workspace = read_workspace(files)
    snapshot, problems = compile_workspace(workspace)
    if snapshot is None:
        problems += _syntax_problems(workspace)
    else:
        problems += _template_problems(snapshot, workspace)
        problems += check_personas(snapshot, workspace.of_kind("persona"), now=now)
        problems += check_schedules(snapshot, workspace.of_kind("entry"), now=now)
        problems += check_proofs(snapshot, workspace, now=now, options=proofs) if proofs is not None else []
        problems += shop(snapshot, workspace) if shop is not None else []
    found = numbered(problems)
    if snapshot is not None:
        today = now.astimezone(snapshot.settings.default_market.zone).date()
        found = numbered(
            with_acceptances(found, workspace, today=today, is_whole=proofs is not None and not proofs.pages)
        )
    return Verified(snapshot, tuple(found))


def _template_problems(snapshot: Snapshot, workspace: Workspace) -> list[Problem]:
    samples, found = _samples(snapshot)
    found += check_templates(snapshot.templates, snapshot.components)
    if not errors(found):
        found = check_samples(snapshot.templates, snapshot.components, samples)
        mailed = {key: body for key, body in samples.items() if "email" in snapshot.components[key].channels}
        found += EmailCompiler(snapshot.templates, snapshot.components).problems(mailed)
    if not errors(found):
        found += _mail_problems(snapshot)
    return _placed(found, workspace)


def _placed(problems: Iterable[Problem], workspace: Workspace) -> list[Problem]:
    documents = {document.path: document for document in workspace.documents}
    return [documents[problem.file].place(problem) if problem.file in documents else problem for problem in problems]


def _syntax_problems(workspace: Workspace) -> list[Problem]:
    """Check what needs no snapshot: that templates can be read, and that none is missing."""
    read = {key: str(document.data) for key, document in workspace.of_kind("template").items()}
    templates = dict.fromkeys(workspace.keys_of("template"), "") | read
    parsed = {key: parse_model(key, document.data)[0] for key, document in workspace.of_kind("component").items()}
    models = {key: model for key, model in parsed.items() if model is not None}
    return _placed(check_templates(templates, models), workspace)


def _samples(snapshot: Snapshot) -> tuple[dict[str, Body], list[Problem]]:
    """Check the sample and the defaults of every model."""
    market, samples, found = snapshot.settings.default_market, {}, []
    for key, model in snapshot.components.items():
        body, problems = check_sample(
            model,
            schema=snapshot.schema,
            currency=market.currency,
            zone=market.zone,
            link_hosts=snapshot.settings.link_hosts,
        )
        found += [replace(problem, file=f"components/{key}/model.json") for problem in problems]
        if model.sample is not None and not errors(problems):
            samples[key] = body
    return samples, found


def _mail_problems(snapshot: Snapshot) -> Iterator[Problem]:
    """Compile each body that a mail can show, so that no release fails when it is loaded."""
    compiler = EmailCompiler(snapshot.templates, snapshot.components)
    for wanted in wanted_by_mails(snapshot):
        try:
            for count in range(wanted.max_products + 1):
                compiler.fragment(wanted.component, wanted.body, locale=wanted.locale, products=count)
        except CmsError as failure:
            file = f"components/{wanted.component}/email.mjml"
            yield Problem(
                failure.code, f"{wanted.entry}:{wanted.variant}: {failure.message}", file=file, line=1, column=1
            )
