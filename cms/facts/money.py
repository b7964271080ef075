"""Money: integer minor units of an ISO 4217 currency; no binary floating point comes near it.

Sums, differences and comparisons are exact. Only a division, such as an average or a percentage, can fall between two
minor units: `Money.rounded` then takes the nearer one, of two equally near ones the greater in size, as receipts do
(half up: 0.125 USD is 0.13, 0.5 JPY is 1). Nothing else rounds money.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering

# ISO 4217 lists two digits for all but these.
DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def minor_digits(currency: str) -> int:
    """Count the decimal digits of a currency by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD."""
    return DIGITS.get(currency, 2)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount; ordering two currencies is a programming error, callers compare `currency` first."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return self.amount

    def __lt__(self, other: "Money") -> bool:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be compared")
        return self.minor < other.minor

    @property
    def amount(self) -> str:
        """The decimal string of files and HTTP: `"80.00"`."""
        digits = minor_digits(self.currency)
        units = str(abs(self.minor)).zfill(digits + 1)
        written = f"{units[:-digits]}.{units[-digits:]}" if digits else units
        return f"-{written}" if self.minor < 0 else written

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount)

    @classmethod
    def rounded(cls, minor: Fraction, currency: str) -> "Money":
        """Give the amount nearest to an exact one in minor units, half up."""
        size = (2 * abs(minor) + 1) // 2
        return cls(size if minor >= 0 else -size, currency)

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Read a decimal string in a currency.

        Raises:
            ValueError: Not a plain decimal, more decimals than the currency has, or no ISO 4217 code.
        """
        if not _CURRENCY.fullmatch(currency):
            raise ValueError(f'"{currency}" is not an ISO 4217 code such as USD')
        if not _AMOUNT.fullmatch(amount):
            raise ValueError(f'"{amount}" is not an amount such as "80.00"')
        digits = minor_digits(currency)
        units, _, decimals = amount.partition(".")
        if decimals[digits:].strip("0"):
            raise ValueError(f'"{amount}" has more decimals than {currency} has')
        return cls(int(units + decimals[:digits].ljust(digits, "0")), currency)
