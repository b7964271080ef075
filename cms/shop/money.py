"""Amounts in integer minor units of the two currencies the shop sells in; both have two decimals by ISO 4217."""

from dataclasses import dataclass
from decimal import Decimal

CURRENCIES = ("USD", "TWD")
DEFAULT_CURRENCY = CURRENCIES[0]


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount; callers never mix currencies, a cart has one."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - other.minor, self.currency)

    def times(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def percent(self, percent: int) -> "Money":
        """Take a part of the amount, half a minor unit rounded up."""
        return Money((self.minor * percent + 50) // 100, self.currency)

    @property
    def amount(self) -> str:
        """The decimal string of the signals API: `"80.00"`."""
        return f"{Decimal(self.minor).scaleb(-2):.2f}"

    @property
    def label(self) -> str:
        return f"{self.amount} {self.currency}"

    def as_json(self) -> dict[str, str]:
        return {"amount": self.amount, "currency": self.currency}


def parse_money(amount: str, currency: str) -> Money:
    """Read an amount from the shop's own data files."""
    return Money(int(Decimal(amount).scaleb(2)), currency)


def nothing(currency: str) -> Money:
    return Money(0, currency)


def show_money(money: Money, locale: str) -> str:
    """Write a price as shoppers of the locale expect it; whole Taiwan dollars have no decimals."""
    units, cents = divmod(money.minor, 100)
    if money.currency == "TWD":
        return f"NT${units:,}" + (f".{cents:02d}" if cents else "")
    return ("$" if locale == "en" else "US$") + f"{units:,}.{cents:02d}"
