"""Compile: a workspace becomes a Snapshot, or all that is wrong with it."""

from collections.abc import Mapping

from cms.content.accepting import check_acceptances
from cms.content.context import Compilation
from cms.content.entries import entries_of
from cms.content.experiments import arms_of, with_experiments
from cms.content.feeds import check_feeds
from cms.content.findings import Findings
from cms.content.foundation import settings_of
from cms.content.pages import PageCompiler
from cms.content.personas import PersonaCompiler
from cms.content.rails import rails_of
from cms.content.segments import components_of, segments_of, templates_of, titles_of
from cms.content.shop_facts import schema_of
from cms.content.snapshot import Email, Entry, Snapshot
from cms.content.unused import warn_of_unused
from cms.problems import Problem, errors
from cms.workspace import release_id
from cms.workspace.documents import Document, Workspace

# Without content/workspace.json nobody knows the locales: what follows from that alone is no finding.
_TOLD_BY_ROOT = frozenset({"unknown-locale", "missing-locale"})


def compile_workspace(workspace: Workspace) -> tuple[Snapshot | None, list[Problem]]:
    """Compile all authored kinds.

    Returns:
        The snapshot, None if there is any error, and every problem in the order of files and lines.
    """
    findings = Findings(workspace.problems)
    root = workspace.of_kind("workspace").get("workspace")
    is_rootless = root is None
    if root is None:
        if ("workspace", "workspace") not in workspace.unread:
            message = "The workspace has no content/workspace.json."
            findings.problems.append(
                Problem(
                    "missing-file",
                    message,
                    "",
                    "Create it: {} will do.",
                    file="content/workspace.json",
                    line=1,
                    column=1,
                )
            )
        root = Document("content/workspace.json", "workspace", "workspace", {})
    settings = settings_of(root, findings)
    schema = schema_of(workspace.of_kind("facts").get("facts"), settings, findings)
    compilation = Compilation(workspace, findings, settings, schema)
    snapshot = _snapshot(compilation)
    warn_of_unused(compilation)
    problems = [found for found in findings.sorted() if not (is_rootless and found.code in _TOLD_BY_ROOT)]
    return (None if errors(problems) else snapshot), problems


def _snapshot(compilation: Compilation) -> Snapshot:
    workspace = compilation.workspace
    compilation.components = components_of(compilation)
    segments = segments_of(compilation)
    rails = rails_of(compilation)
    entries = with_experiments(compilation, entries_of(compilation, arms_of(compilation)))
    compiler = PageCompiler(compilation, entries, rails, segments)
    pages, emails = compiler.pages(), compiler.emails()
    check_feeds(compilation)
    check_acceptances(compilation)
    _check_units(compilation, emails, entries)
    return Snapshot(
        release=release_id(workspace.files, workspace.sound),
        settings=compilation.settings,
        schema=compilation.schema,
        components=compilation.components,
        templates=templates_of(workspace),
        segments=segments,
        segment_titles=titles_of(compilation),
        entries=entries,
        pages=pages,
        emails=emails,
        rails=rails,
        personas=PersonaCompiler(compilation, pages, emails, entries).personas(),
    )


def _check_units(compilation: Compilation, emails: Mapping[str, Email], entries: Mapping[str, Entry]) -> None:
    """An experiment that a mail shows has to draw by somebody whom a mail knows."""
    mailed = {entry.key for email in emails.values() for slot in email.page.slots for entry in slot.entries}
    for document in compilation.workspace.of_kind("experiment").values():
        for experiment in (found for key in mailed for found in entries[key].experiments if found.key == document.key):
            if experiment.unit == "visitor":
                message = f'"{experiment.entry}" is mailed too, and a mail knows no visitor.'
                compilation.findings.error(
                    document, "visitor-in-email", message, "/unit", 'Use "customer" or "account".'
                )
