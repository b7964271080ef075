"""Published OpenAPI and Swagger files: their operations, what an answer must hold, and values that do."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import Config, OpenAPI, V30RequestValidator
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    path: str
    method: str
    data: Mapping[str, Any]


class _Unguarded(V30RequestValidator):
    def _get_security(self, *_: Any) -> dict[str, str]:
        return {}


class Spec:
    """One spec, read once."""

    def __init__(self, data: dict[str, Any]) -> None:
        for server in data.get("servers", []):
            server["url"] = "/"
            server.pop("variables", None)
        self.data = data
        # Validating the spec itself takes ten seconds, and OAuth 2 is nothing that openapi-core checks.
        config = Config(spec_validator_cls=None, request_validator_cls=_Unguarded)
        self.api = OpenAPI.from_dict(data, config=config)

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """The operations by id; one without an id is called `get /its/path`."""
        found = [
            Operation(str(data.get("operationId") or f"{method} {path}"), path, method, data)
            for path, methods in self.data["paths"].items()
            for method, data in methods.items()
            if method in METHODS
        ]
        return {operation.id: operation for operation in found}

    def operation(self, path: str, method: str) -> Operation:
        return next(one for one in self.operations.values() if (one.path, one.method) == (path, method.lower()))

    def at(self, node: Any) -> Any:
        """Follow references."""
        while isinstance(node, dict) and "$ref" in node:
            node = _pointed(self.data, node["$ref"])
        return node

    def schema(self, operation: str, status: int = 0) -> Any:
        """Give the schema of an answer, None where there is none; status 0: of the first 2xx."""
        media = self.media(self.operations[operation], status)
        return media and media.get("schema")

    def media(self, operation: Operation, status: int = 0) -> Any:
        responses = operation.data["responses"]
        code = str(status) if status else next(iter(sorted(code for code in responses if code[0] == "2")), "")
        content = self.at(responses.get(code) or responses.get("default") or {}).get("content") or {}
        return next((content[kind] for kind in content if "json" in kind), next(iter(content.values()), None))

    def example(self, operation: str) -> Any:
        """Give the published example of an answer, None where there is none."""
        return next(iter(self.examples(operation)), None)

    def examples(self, operation: str) -> Sequence[Any]:
        media = self.media(self.operations[operation]) or {}
        named = [self.at(one).get("value") for one in (media.get("examples") or {}).values()]
        return [media["example"]] if "example" in media else [one for one in named if one is not None]

    def wrongs(self, operation: str, body: object, status: int = 0) -> list[str]:
        """Say where a body breaks the schema of an answer or holds what it does not declare."""
        schema = self.schema(operation, status)
        if schema is None:
            return [] if body in (None, "") else ["the contract knows no such answer"]
        home = "urn:spec"
        registry = Registry().with_resource(home, Resource(self.data, DRAFT4))
        validator = OAS30Validator(_absolute(schema, home), registry=registry)
        broken = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]
        return broken + [f"{where}: not declared" for where in self._undeclared(schema, body, "$")]

    def _undeclared(self, schema: Any, value: object, where: str) -> Iterator[str]:
        if isinstance(value, list):
            for number, item in enumerate(value):
                for inner in self.parts(schema):
                    if "items" in inner:
                        yield from self._undeclared(inner["items"], item, f"{where}[{number}]")
        if not isinstance(value, dict):
            return
        parts = list(self.parts(schema))
        declared = {key: of for part in parts for key, of in (part.get("properties") or {}).items()}
        free = [part["additionalProperties"] for part in parts if part.get("additionalProperties")]
        for key, inner in value.items():
            if key in declared:
                yield from self._undeclared(declared[key], inner, f"{where}.{key}")
            elif declared and not free:
                yield f"{where}.{key}"

    def parts(self, schema: Any) -> Iterator[Any]:
        """List the schemas that one is put together of."""
        schema = self.at(schema)
        yield schema
        for key in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(key) or ():
                yield from self.parts(part)

    def fake(self, schema: Any, key: str = "", depth: int = 0) -> Any:
        """Make a value of the schema, the same each time."""
        schema = self.at(schema)
        for given in ("example", "default"):
            if given in schema:
                return schema[given]
        if "enum" in schema:
            return schema["enum"][0]
        if "allOf" in schema:
            made = [self.fake(part, key, depth) for part in schema["allOf"]]
            return {k: v for part in made if isinstance(part, dict) for k, v in part.items()} or made[0]
        for given in ("oneOf", "anyOf"):
            if given in schema:
                return self.fake(schema[given][0], key, depth)
        return self._fake_of(schema, key, depth)

    def _fake_of(self, schema: Any, key: str, depth: int) -> Any:
        seed = zlib.crc32(key.encode())
        match schema.get("type", "object" if "properties" in schema else None):
            case "object":
                return self._fake_object(schema, key, depth)
            case "array":
                return [] if depth > 3 else [self.fake(schema.get("items", {}), f"{key}[0]", depth + 1)]
            case "integer":
                return max(schema.get("minimum", 0), seed % 50)
            case "number":
                return max(schema.get("minimum", 0), (seed % 5000) / 100)
            case "boolean":
                return bool(seed % 2)
        moments = {"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02"}
        return moments.get(schema.get("format"), key.rpartition(".")[2][: schema.get("maxLength", 99)])

    def _fake_object(self, schema: Any, key: str, depth: int) -> dict[str, Any]:
        if depth > 4:
            return {}
        wanted = {
            k: v for k, v in (schema.get("properties") or {}).items() if depth < 3 or k in schema.get("required", [])
        }
        return {k: self.fake(v, f"{key}.{k}", depth + 1) for k, v in wanted.items()}


@cache
def spec(name: str) -> Spec:
    """Read a spec of the folder of contracts, such as `sap/occ-v2.json.gz`; skips the test where it is not there."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"the published schema {name} is not in ../shared/contracts")
    text = gzip.decompress(path.read_bytes()).decode()
    data = json.loads(text) if ".json" in path.suffixes else yaml.load(text, Loader=yaml.CSafeLoader)
    if "swagger" in data:
        data = _converted(data)
    return Spec(json.loads(json.dumps(data, default=str)))  # YAML's keys and dates become text


def _pointed(data: Any, reference: str) -> Any:
    for key in reference.removeprefix("#/").split("/"):
        data = data[key.replace("~1", "/").replace("~0", "~")]
    return data


def _absolute(schema: Any, home: str) -> Any:
    if isinstance(schema, list):
        return [_absolute(one, home) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"{home}{one}" if key == "$ref" and isinstance(one, str) else _absolute(one, home)
        for key, one in schema.items()
    }


def _converted(data: dict[str, Any]) -> dict[str, Any]:
    """Turn a Swagger 2.0 file into OpenAPI 3."""
    paths = {
        path: {method: _operation(one) for method, one in methods.items() if method in METHODS}
        for path, methods in data["paths"].items()
    }
    made = {
        "openapi": "3.0.3",
        "info": {key: data["info"][key] for key in ("title", "version")},
        "paths": paths,
        "security": [{"bearer": []}],
        "components": {
            "schemas": data.get("definitions", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
    made_of: dict[str, Any] = json.loads(
        json.dumps(made, default=str).replace("#/definitions/", "#/components/schemas/")
    )
    return made_of


def _operation(one: Mapping[str, Any]) -> dict[str, Any]:
    given = one.get("parameters", [])
    bodies = [
        {"required": each.get("required", False), "content": {"application/json": {"schema": each.get("schema", {})}}}
        for each in given
        if each["in"] == "body"
    ]
    return {
        "operationId": one.get("operationId"),
        "parameters": [_parameter(each) for each in given if each["in"] != "body"],
        "responses": {str(code): _answer_of(said) for code, said in one["responses"].items()},
        **({"requestBody": bodies[0]} if bodies else {}),
    }


def _parameter(given: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("type", "format", "enum", "items", "minimum")
    return {
        "name": given["name"],
        "in": given["in"],
        "required": given.get("required", False) or given["in"] == "path",
        "schema": {key: given[key] for key in kept if key in given},
    }


def _answer_of(said: Mapping[str, Any]) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": said["schema"]}}} if "schema" in said else {}
    return {"description": said.get("description") or "-", **content}
