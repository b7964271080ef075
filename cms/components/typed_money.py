"""Amounts typed in copy: they do not follow the currency, the market or the promotion."""

import re

from cms.facts.placeholders import Placeholder, Template
from cms.problems import Problem, Severity

_CODES = (
    "AED ARS AUD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW KWD MOP MXN MYR NOK NZD "
    "PHP PLN RMB RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
).replace(" ", "|")
_AMOUNT = r"\d(?:[\d.,'\u00a0\u202f]*\d)?"
_SIGN = r"(?:\b(?:US|NT|HK|AU|CA|NZ|MX|[ACRS]))?[$＄]|[€£¥￥₩₹₽₺₫฿₪₱₴₦]"
_TYPED = re.compile(
    rf"(?:{_SIGN})\s?{_AMOUNT}"
    rf"|\b(?:{_CODES})\s?{_AMOUNT}"
    rf"|{_AMOUNT}\s?(?:[$€£¥₩₹₽₺₫฿₪₱₴₦]|(?:{_CODES})\b|(?:dollars?|euros?|pounds?|yen)\b)"
    rf"|{_AMOUNT}\s?(?:美元|欧元|歐元|英镑|英鎊|日元|日圓|港元|港币|港幣|新台币|新臺幣|人民币|人民幣|塊錢|块钱|元(?!素|旦|件)|圆|圓)"
    rf"|{_AMOUNT}\s?(?:kr|zł|Kč)\b"
    rf"|[满滿]\s?{_AMOUNT}\s?[元块塊]?[即立可再]{{0,2}}(?:减|減|折抵|包邮|包郵|免运|免運)"
    rf"|(?:[立直再现現][减減]|折抵)\s?{_AMOUNT}(?![\d.,]|\s?[%％折倍成点點件个個次天日年月公斤克kKgG])",
    re.IGNORECASE,
)
_DANGLING = re.compile(rf"(?:{_SIGN})\s?$")


def warning_of_money(template: Template, pointer: str) -> Problem | None:
    """Warn of the first amount that is typed into a text."""
    typed = typed_money(template)
    if typed is None:
        return None
    message = f'"{typed}" is typed in: it will not follow the promotion or the currency.'
    hint = "Use a placeholder such as {shop.free_shipping_threshold|money}, which writes its own sign."
    return Problem("typed-money", message, pointer, hint, Severity.WARNING)


def typed_money(template: Template) -> str | None:
    """Find the first amount that was typed rather than filled, or a currency sign put before a filled amount."""
    forms = (form for gap in template.placeholders for form in gap.forms.values())
    for text in ("\ufffc".join(part for part in template.parts if isinstance(part, str)), *forms):
        if match := _TYPED.search(text):
            return match[0]
    for part, after in zip(template.parts, template.parts[1:], strict=False):
        if isinstance(part, str) and isinstance(after, Placeholder) and after.format in {"money", "number"}:
            sign = _DANGLING.search(part)
            if sign:
                return f"{sign[0]}{{{after.ref.name}}}"
    return None
