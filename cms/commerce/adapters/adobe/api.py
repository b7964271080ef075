"""Talking to Adobe Commerce: GraphQL as a shopper, REST as an administrator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from cms.commerce.adapters.adobe.auth import Authorization
from cms.commerce.failures import ERROR, ShopError
from cms.commerce.wire.graphql import Said, ask
from cms.commerce.wire.transport import CATALOGUE_BYTES, SHOPPER_BYTES, Reply, Transport

GRAPHQL = "/graphql"
# Errors that say that this token or cart is not known; the shop itself is well.
UNKNOWN = frozenset({"graphql-authorization", "graphql-authentication", "graphql-no-such-entity"})
_OWN_FAULTS = UNKNOWN | {"graphql-input"}
_KEPT_S = 600.0

Told = TypeVar("Told")


class RefusedError(ShopError):
    """The administrator may not ask this; `status` is 400 to 404 and the like, `needs` the resource that was named."""

    def __init__(self, path: str, status: int, needs: str) -> None:
        named = f", it needs {needs}" if needs else ""
        super().__init__(ERROR, f"{path} answered {status}{named}", ails=False)
        self.path = path
        self.status = status
        self.needs = needs


@dataclass(frozen=True, slots=True)
class Filter:
    field: str
    value: str
    how: str = "eq"


@dataclass(frozen=True, slots=True)
class Search:
    """A list of REST; all `filters` hold. `fields` narrows the answer. `sort` is a field, ascending where `up`."""

    path: str
    filters: tuple[Filter, ...] = ()
    fields: str = ""
    sort: str = ""
    up: bool = True

    def params(self, size: int, page: int = 1) -> dict[str, str | int]:
        """Write the search as Adobe Commerce wants it in an address."""
        made: dict[str, str | int] = {"fields": f"items[{self.fields}],total_count"} if self.fields else {}
        for group, one in enumerate(self.filters):
            where = f"searchCriteria[filterGroups][{group}][filters][0]"
            made |= {f"{where}[field]": one.field, f"{where}[value]": one.value, f"{where}[conditionType]": one.how}
        if self.sort:
            order = "searchCriteria[sortOrders][0]"
            made |= {f"{order}[field]": self.sort, f"{order}[direction]": "ASC" if self.up else "DESC"}
        return made | {"searchCriteria[pageSize]": size, "searchCriteria[currentPage]": page}


class Storefront:
    """GraphQL of one store view; `token` of a question is the customer's own."""

    def __init__(self, transport: Transport, store: str) -> None:
        self._transport = transport
        self._headers = {"Store": store}

    def ask(
        self,
        query: str,
        variables: Mapping[str, Any],
        *,
        deadline: float,
        token: str = "",
        currency: str = "",
        max_bytes: int = SHOPPER_BYTES,
        optional: Sequence[str] = (),
    ) -> Said:
        """Put one question.

        Raises:
            ShopError: As `wire.graphql.ask`.
        """
        headers = self._headers | ({"Authorization": f"Bearer {token}"} if token else {})
        return ask(
            self._transport,
            GRAPHQL,
            query,
            variables,
            headers=headers | ({"Content-Currency": currency} if currency else {}),
            deadline=deadline,
            max_bytes=max_bytes,
            own_faults=_OWN_FAULTS,
            optional=optional,
        )


class Admin:
    """REST as an integration that may only read. `base_url` and `prefix` make the address that signatures are over."""

    def __init__(
        self,
        transport: Transport,
        authorization: Authorization,
        *,
        base_url: str,
        prefix: str,
        headers: Mapping[str, str],
    ) -> None:
        self._transport = transport
        self._authorization = authorization
        self._base_url = base_url.rstrip("/")
        self._prefix = prefix
        self._headers = headers

    def get(
        self, path: str, params: Mapping[str, str | int], *, deadline: float, max_bytes: int = CATALOGUE_BYTES
    ) -> Any:
        """Read one address below the API's version; a token that has ended is renewed once.

        Raises:
            ShopError: `RefusedError` for a 4xx.
        """
        address = f"{self._base_url}{self._prefix}{path}?{urlencode(params)}"
        header = self._authorization(address, "", deadline)
        reply = self._put(path, params, header, deadline, max_bytes)
        if reply.status == 401 and (another := self._renewed(address, header, deadline)) != header:
            reply = self._put(path, params, another, deadline, max_bytes)
        if reply.status >= 400:
            raise RefusedError(_shown(path), reply.status, _needs(reply.data))
        return reply.data

    def all(self, search: Search, *, size: int, most: int, deadline: float) -> list[Any]:
        """Read a list page by page.

        Raises:
            ShopError: As `get`; where there are more than `most`.
        """
        items: list[Any] = []
        for page in range(1, most // size + 2):
            data = self.get(search.path, search.params(size, page), deadline=deadline)
            items += data["items"] or []
            if data["total_count"] > most:
                raise too_many(search.path, most)
            if page * size >= data["total_count"]:  # a page may leave some out, such as what a website does not stock
                break
        return items

    def _renewed(self, address: str, refused: str, deadline: float) -> str:
        """Give another authorization; the same where there is none, for then a permission is missing."""
        try:
            return self._authorization(address, refused, deadline)
        except ShopError as error:
            if error.ails:
                raise
            return refused

    def _put(self, path: str, params: Mapping[str, str | int], header: str, deadline: float, max_bytes: int) -> Reply:
        headers = {"Authorization": header, **self._headers}
        return self._transport.get(
            self._prefix + path,
            named=self._prefix + _shown(path),
            params=params,
            headers=headers,
            deadline=deadline,
            max_bytes=max_bytes,
        )


class Remembered(Generic[Told]):
    """What seldom changes and all questions need, such as the names of groups; asked for again after ten minutes."""

    def __init__(self, load: Callable[[float], Told], *, monotonic: Callable[[], float]) -> None:
        self._load = load
        self._monotonic = monotonic
        self._kept: tuple[float, Told] | None = None

    def get(self, deadline: float) -> Told:
        kept = self._kept
        if kept is not None and self._monotonic() - kept[0] < _KEPT_S:
            return kept[1]
        return self.anew(deadline)

    def anew(self, deadline: float) -> Told:
        """Ask for it, whatever is remembered."""
        told = self._load(deadline)
        self._kept = (self._monotonic(), told)
        return told


def too_many(what: str, most: int) -> ShopError:
    """Make the failure of a list that is too long: a part of it would be taken for all of it."""
    return ShopError(ERROR, f"there are more than {most} {what}", ails=False)


def part(text: str) -> str:
    """Write a text as one part of an address."""
    return quote(text, safe="")


def _shown(path: str) -> str:
    """Leave out the ids, which are a visitor's data."""
    return "/".join("…" if piece.isdigit() else piece for piece in path.split("/"))


def _needs(data: Any) -> str:
    match data:
        case {"parameters": {"resources": str(resource)}}:
            return resource[:100]
    return ""
