"""What shoppers of these tests do again and again, and the shop's clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

START = datetime(2026, 12, 2, 10, tzinfo=UTC)
KEY = {"Authorization": "Bearer demo-service-key"}
ADDRESS = {
    "name": "Ada Li", "email": "ada@example.org", "street": "Elm 1", "city": "Lund", "postcode": "22 100", "country": "Sweden",
}  # fmt: skip


@dataclass
class Clock:
    """Shows the time it is told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def put(visitor: FlaskClient, *skus: str, quantity: int = 1) -> str:
    """Add products to the cart; gives the page that shows it."""
    return visitor.post("/cart/add", data={"sku": list(skus), "quantity": quantity}, follow_redirects=True).text


def pay(visitor: FlaskClient) -> str:
    """Go from a full cart through address and payment; gives where that leads."""
    assert "/payment" == visitor.post("/checkout", data=ADDRESS).location
    return str(visitor.post("/payment").location)


def order(visitor: FlaskClient) -> str:
    """Go all the way from a full cart without extras; gives the address of the confirmation."""
    assert "/order/extras" == pay(visitor)
    return str(visitor.get("/confirmation").location)


def buy(visitor: FlaskClient, *skus: str, who: str = "") -> str:
    """Order one of each, as yourself or as one of the demo visitors; gives the address of the confirmation."""
    visitor.post("/visit-as", data={"visitor": who})
    put(visitor, *skus)
    return order(visitor)
