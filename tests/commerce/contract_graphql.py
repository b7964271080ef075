"""A published GraphQL schema as a shop: it refuses what the schema does not know and answers what the schema promises.

`Contract.answer` is what the fixture `shop_answering` takes; several contracts make one shop by path.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DirectiveLocation,
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_client_schema,
    execute_sync,
    parse,
    validate,
)

CONTRACTS = Path(__file__).parents[2] / ".." / "shared" / "contracts"
_LONGEST = 60  # characters of a made-up text, beside its number

Reply = tuple[int, Mapping[str, str], object]

_MADE: Mapping[str, Callable[[int], object]] = {
    "Int": lambda seed: seed % 100,
    "Float": lambda seed: (seed % 10_000) / 100,
    "Boolean": lambda seed: bool(seed % 2),
    "ID": lambda seed: str(seed % 1000),
    "Decimal": lambda seed: f"{(seed % 100_000) / 100:.2f}",
    "Money": lambda seed: f"{(seed % 100_000) / 100:.2f}",
    "DateTime": lambda seed: f"2026-01-{seed % 28 + 1:02d}T00:00:00Z",
    "Date": lambda seed: f"2026-01-{seed % 28 + 1:02d}",
    "UnsignedInt64": lambda seed: str(seed % 999),
    "URL": lambda seed: f"https://shop.example/{seed % 97}",
    "JSON": lambda seed: {"seed": seed},
}


@cache
def published(path: str) -> GraphQLSchema:
    """Load a published schema, such as `shopify/admin_2026-10.json.gz`, once a session; skip the test where there is none."""
    file = CONTRACTS / path
    if not file.exists():
        pytest.skip(f"the published schema {path} is not beside the project")
    read = json.loads(gzip.decompress(file.read_bytes()))
    introspected = read.get("data", read)
    for directive in introspected["__schema"]["directives"]:  # newer servers name places that we do not know
        directive["locations"] = [at for at in directive["locations"] if at in DirectiveLocation.__members__]
    return build_client_schema(introspected, assume_valid=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """A question that was put; `faults` are what the schema has against it, empty where it was answered."""

    operation: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Contract:
    """One GraphQL API made from its schema; all but `schema` can be changed between questions.

    `headers` must come with each question, in any case, else `refusal` is what it gets; `guards` ask for more headers by
    top-level field. `answers` by `Type.field` are values, or functions of the field's arguments; a value that is a mapping
    answers the fields it names, and all others are made up, the same each time. Every answer must fit the schema, names and
    types, or the question is answered with an error. A function may raise a GraphQLError with extensions such as
    `{"code": "ACCESS_DENIED"}`: that is the shop's answer. `extensions` go with every answer, `errors` into it.
    """

    schema: GraphQLSchema
    headers: Mapping[str, str] = field(default_factory=dict)
    guards: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, object] | None = None
    errors: list[Mapping[str, object]] = field(default_factory=list)
    refusal: Reply = (401, {}, {"errors": [{"message": "unauthorized"}]})
    sent: list[Sent] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        """Name the operations that were answered, in order."""
        return [one.operation for one in self.sent if not one.faults]

    @property
    def faults(self) -> list[str]:
        return [fault for one in self.sent for fault in one.faults]

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one question as `shop_answering` wants it."""
        del path
        asked = json.loads(body)
        variables = asked.get("variables") or {}
        try:
            document = parse(asked["query"])
        except GraphQLError as error:
            return self._refused("", variables, headers, [error])
        operation = _operation(document)
        name = operation.name.value if operation.name else ""
        if not self._is_let_in(operation, headers):
            self.sent.append(Sent(name, variables, headers, ("unauthorized",)))
            return self.refusal
        if faults := [*self._strange_answers(), *validate(self.schema, document)]:
            return self._refused(name, variables, headers, faults)
        result = execute_sync(
            self.schema,
            document,
            variable_values=variables,
            field_resolver=self._resolve,
            type_resolver=lambda value, _info, _type: value["__typename"],
        )
        errors = result.errors or []
        if faults := [error for error in errors if not error.extensions]:
            return self._refused(name, variables, headers, faults, {"data": result.data})
        self.sent.append(Sent(name, variables, headers))
        said: dict[str, object] = {"data": result.data}
        if errors or self.errors:
            said["errors"] = [*(error.formatted for error in errors), *self.errors]
        said |= {"extensions": self.extensions} if self.extensions else {}
        return 200, {}, said

    def _refused(
        self,
        name: str,
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        errors: list[GraphQLError],
        data: Mapping[str, object] | None = None,
    ) -> Reply:
        self.sent.append(Sent(name, variables, headers, tuple(error.message for error in errors)))
        told = [{"extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}, **error.formatted} for error in errors]
        return 200, {}, {"errors": told, **(data or {})}

    def _is_let_in(self, operation: OperationDefinitionNode, headers: Mapping[str, str]) -> bool:
        given = {name.lower(): value for name, value in headers.items()}
        fields = [getattr(node, "name").value for node in operation.selection_set.selections if hasattr(node, "name")]  # noqa: B009
        wanted = [self.headers, *(self.guards.get(name, {}) for name in fields)]
        return all(given.get(name.lower()) == value for one in wanted for name, value in one.items())

    def _strange_answers(self) -> list[GraphQLError]:
        """Find the answers to fields that the schema does not have."""
        return [
            GraphQLError(f"the test answers {name}, which the schema does not have")
            for name in self.answers
            if name.partition(".")[2] not in getattr(self.schema.type_map.get(name.partition(".")[0]), "fields", {})
        ]

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        known = source if isinstance(source, dict) else {}
        strange = known.keys() - info.parent_type.fields.keys() - {"__typename", "__made"}
        if strange:
            raise GraphQLError(f"the test answers {info.parent_type.name} with {', '.join(sorted(strange))}")
        for answers, name in ((known, info.field_name), (self.answers, f"{info.parent_type.name}.{info.field_name}")):
            if name in answers:
                said = answers[name]
                return _typed(info.return_type, said(arguments) if callable(said) else said)
        told = json.dumps(arguments, sort_keys=True, default=str) if arguments else ""
        return self._make(info.return_type, f"{known.get('__made', '')}.{info.field_name}{told}")

    def _make(self, kind: Any, key: str) -> Any:
        """Make up a value of a type, always the same for one key."""
        if isinstance(kind, GraphQLNonNull):
            return self._make(kind.of_type, key)
        if isinstance(kind, GraphQLList):
            return [self._make(kind.of_type, f"{key}[{place}]") for place in range(2)]
        seed = zlib.crc32(key.encode())
        if isinstance(kind, GraphQLEnumType):
            return kind.values[list(kind.values)[seed % len(kind.values)]].value
        if isinstance(kind, GraphQLScalarType):
            made = _MADE.get(kind.name)
            return made(seed) if made else f"{key.rpartition('.')[2][:_LONGEST]}-{seed % 97}"
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind = min(self.schema.get_possible_types(kind), key=lambda possible: possible.name)
        return {"__typename": kind.name, "__made": key}


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))


def _typed(kind: Any, value: Any) -> Any:
    """Name the type of an object whose field leaves no choice, so that tests name it only where there is one."""
    if isinstance(kind, GraphQLNonNull):
        return _typed(kind.of_type, value)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        return [_typed(kind.of_type, one) for one in value]
    if isinstance(kind, GraphQLObjectType) and isinstance(value, dict):
        return {"__typename": kind.name, **value}
    return value
