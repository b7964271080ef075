"""All fragments and shells of a release, compiled ahead, so that sending compiles nothing."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cms.components.body import Body
from cms.decisions.decision import Choice
from cms.email.compiling import EmailCompiler, Fragment, Shell
from cms.errors import CmsError


class Wanted(NamedTuple):
    """A body that a mail of the release can show; `max_products` is the limit of its rail, 0 without one."""

    component: str
    entry: str
    variant: str
    locale: str
    body: Body
    max_products: int


_Key = tuple[str, str, str]  # entry, variant, locale


class CompiledEmails:
    """Fragments by entry, variant, locale and number of products, and a shell for each locale.

    What was not compiled ahead is compiled when first asked for; built once per snapshot, safe to share once
    `precompile` has run.
    """

    def __init__(self, compiler: EmailCompiler, wanted: Iterable[tuple[str, str, str, str, Body, int]]) -> None:
        self.compiler = compiler
        self._wanted = {(row[1], row[2], row[3]): Wanted(*row) for row in wanted}
        self._fragments: dict[tuple[_Key, int], Fragment] = {}
        self._shells: dict[tuple[str, frozenset[str]], Shell] = {}
        self._columns: frozenset[str] = frozenset()

    def precompile(self, locales: Iterable[str] = ()) -> None:
        """Compile every fragment, then the shells of the locales given and of those the content is in.

        Raises:
            CmsError: `bad-template` for the first that does not compile.
        """
        for key, count in self._keys():
            self._fragment(key, count)
        for locale in {*locales, *(wanted.locale for wanted in self._wanted.values())}:
            self.shell(locale)

    def fragment(self, choice: Choice) -> Fragment:
        """Find the fragment of a choice.

        Raises:
            CmsError: `not-compiled`: the release's mails do not hold this variant in this locale.
        """
        shown = max((len(products) for products in choice.rails.values()), default=0)
        return self._fragment((choice.entry, choice.variant, choice.locale), shown)

    def shell(self, locale: str) -> Shell:
        """Find the shell of a locale, with the column rules of every fragment compiled so far."""
        key = (locale, self._columns)
        if key not in self._shells:
            self._shells[key] = self.compiler.shell(locale=locale, columns=self._columns)
        return self._shells[key]

    def _keys(self) -> Iterator[tuple[_Key, int]]:
        for key, wanted in self._wanted.items():
            for count in range(wanted.max_products + 1):
                yield key, count

    def _fragment(self, key: _Key, count: int) -> Fragment:
        if (key, count) not in self._fragments:
            self._fragments[key, count] = self._compile(key, count)
            self._columns |= self._fragments[key, count].columns
        return self._fragments[key, count]

    def _compile(self, key: _Key, count: int) -> Fragment:
        wanted = self._wanted.get(key)
        if wanted is None:
            raise CmsError("not-compiled", f"{'/'.join(key)} is in no mail of this release.")
        return self.compiler.fragment(wanted.component, wanted.body, locale=wanted.locale, products=count)
