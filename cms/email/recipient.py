"""One recipient: the value of every gap of a choice made for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cms.decisions.decision import Choice
from cms.email.gaps import ComparisonGap, DateGap, FactGap, Gap, MailGap, ProductGap, ProgressGap, SumGap
from cms.email.plain_text import at_home
from cms.facts.context import View
from cms.facts.formats import shown_date
from cms.facts.placeholders import Template
from cms.facts.signals import Product
from cms.rendering.comparison import compared, rows_of, step_of, total_of
from cms.rendering.filling import fill
from cms.rendering.products import product_view
from cms.rendering.progress import Progress, progress_of


@dataclass(slots=True)
class Recipient:
    """Gives the values of one choice's gaps; `base` is the shop's address without a trailing slash."""

    choice: Choice
    view: View
    base: str
    _products: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _progress: list[Progress | None] = field(default_factory=list)  # one, once it was asked for

    def value(self, gap: Gap) -> str:  # noqa: PLR0911 - one row for each kind of gap
        """Give a gap's value as plain text; "" where a product has nothing to show.

        Raises:
            CmsError: `unfilled`: a fact nobody knows; deciding picks no variant with such a gap.
        """
        match gap:
            case FactGap(placeholder):
                return fill(Template((placeholder,)), self.view, self.choice.locale)
            case ProductGap():
                return self._of_product(gap)
            case ProgressGap():
                return self._of_progress(gap)
            case SumGap():
                return _text(total_of(self.choice))
            case ComparisonGap(row, part):
                return self._of_comparison(row, part)
            case DateGap(moment):
                return shown_date(moment.astimezone(self.view.context.zone).date(), self.choice.locale)
            case MailGap():
                return self.base

    def _of_progress(self, gap: ProgressGap) -> str:
        if not self._progress:
            self._progress.append(progress_of(self.choice.body, self.view, self.choice.locale))
        progress = self._progress[0]
        if progress is None or (gap.field == "reached" and not progress.reached):
            return ""
        return str(getattr(progress, gap.field))

    def _of_comparison(self, row: int, part: str) -> str:
        """Give the step, or a part of a row; "" past the last thing that differs."""
        pair = compared(self.choice)
        if pair is None:
            return ""
        if row < 0:
            return _text(step_of(*pair, self.choice.locale))
        rows = rows_of(*pair, self.choice.locale)
        return rows[row][part] if row < len(rows) else ""

    def _of_product(self, gap: ProductGap) -> str:
        product = self._product(gap)
        shown: object = None if product is None else self._seen(product)
        for name in gap.path:
            shown = shown.get(name) if isinstance(shown, Mapping) else None
        return "" if shown is None else str(shown)

    def _product(self, gap: ProductGap) -> Product | None:
        if not gap.rail:
            return self.choice.items.get(gap.sku)
        shown = self.choice.rails.get(gap.rail, ())
        return shown[gap.index] if gap.index < len(shown) else None

    def _seen(self, product: Product) -> Mapping[str, object]:
        if product.sku not in self._products:
            view = product_view(product, self.choice.locale)
            links = {name: at_home(str(view[name]), self.base) for name in ("url", "image")}
            self._products[product.sku] = {**view, **links}
        return self._products[product.sku]


def _text(money: Mapping[str, object] | None) -> str:
    return "" if money is None else str(money["text"])
