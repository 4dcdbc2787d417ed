"""Calls operations by their name and holds each answer against Xero's OpenAPI document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx2
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.demo_company.box import API, Box
from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.operations import Operation, operations

SPEC = Path(__file__).parents[3] / "shared" / "xero" / "openapi" / "xero_accounting.yaml"

# Where the document is known to be wrong: the path inside an answer, and why.
WRONG_IN_THE_SPEC: dict[str, str] = {}


@cache
def spec() -> Json:
    """The document with OpenAPI 3.0's `nullable` written as JSON Schema writes it."""
    yaml: Any = YAML(typ="safe", pure=False)
    read: Any = yaml.load(SPEC)
    return cast("Json", _as_json_schema(read))


def _as_json_schema(node: object) -> object:
    if isinstance(node, list):
        return [_as_json_schema(item) for item in cast("list[object]", node)]
    if not isinstance(node, Mapping):
        return node
    made = {
        key: _as_json_schema(value) for key, value in cast("Mapping[str, object]", node).items()
    }
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


@cache
def answer_schema(operation: str, status: int) -> Json | None:
    """The schema of the JSON answer; None where the document has none for this status."""
    paths: dict[str, dict[str, Any]] = spec()["paths"]
    described: Json = next(
        path[method]
        for path in paths.values()
        for method in ("get", "post", "put", "delete")
        if path.get(method, {}).get("operationId") == operation
    )
    answer: Json = described["responses"].get(str(status), {})
    shared = str(answer.get("$ref", "")).rpartition("/")[2]
    answer = spec()["components"]["responses"].get(shared, answer)
    return answer.get("content", {}).get("application/json", {}).get("schema")


def complaints(operation: str, status: int, body: Json) -> list[str]:
    """What the document has against the answer."""
    schema = answer_schema(operation, status)
    if schema is None:
        return [f"the document has no JSON for {status}"]
    validator: Any = Draft202012Validator({**schema, "components": spec()["components"]})
    return [
        f"{problem.json_path}: {problem.message[:200]}"
        for problem in validator.iter_errors(body)
        if not any(known in problem.json_path for known in WRONG_IN_THE_SPEC)
    ]


@dataclass(kw_only=True)
class Caller:
    """Sends requests to one organisation and remembers what was asked and what was wrong."""

    box: Box
    company: Company
    done: set[str] = field(default_factory=set[str])
    wrong: list[str] = field(default_factory=list[str])

    async def do(self, name: str, body: object = None, **params: str) -> Json:
        """Send the operation; a parameter that is not in its path goes into the query."""
        operation = _named(name)
        answer = await self._send(operation, body, params)
        self.done.add(name)
        if answer.status_code >= 400:
            self.wrong.append(f"{name}: {answer.status_code} {answer.text[:300]}")
            return {}
        if "json" not in answer.headers.get("content-type", ""):
            return {}
        read: Json = json.loads(answer.text)
        self.wrong += [f"{name} {c}" for c in complaints(name, answer.status_code, read)]
        return read

    async def refused(self, name: str, body: object, **params: str) -> Json:
        """Send what cannot be right; empty where it is no 400 or the document has none for it."""
        answer = await self._send(_named(name), body, params)
        if answer.status_code != 400:
            return {}
        read: Json = json.loads(answer.text)
        if answer_schema(name, 400) is not None:
            self.done.add(name)
            self.wrong += [f"{name} {c}" for c in complaints(name, 400, read)]
        return read

    async def one(self, name: str, body: object = None, **params: str) -> Json:
        """Send it and return the first document of the answer."""
        answer = await self.do(name, body, **params)
        for value in answer.values():
            if isinstance(value, list) and value:
                return cast("Json", value[0])
        return {}

    def id_in(self, plural: str, **wanted: object) -> str:
        """The id of the first stored document with these values."""
        table = self.company.table(plural)
        for row in table:
            if all(row.get(field) == value for field, value in wanted.items()):
                return row[table.key]
        raise LookupError(f"no {plural} with {wanted}")

    async def _send(
        self, operation: Operation, body: object, params: dict[str, str]
    ) -> httpx2.Response:
        path, query = operation.path, dict(params)
        for place in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            path = path.replace(f"{{{place}}}", query.pop(place))
        sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.box.client.request(
            operation.method,
            f"{API}{path}",
            params=query,
            headers={"Xero-Tenant-Id": self.company.id},
            **(sent if body is not None else {}),
        )


def offered() -> list[Operation]:
    return [operation for operation in operations() if operation.offered]


@cache
def _named(name: str) -> Operation:
    return next(operation for operation in operations() if operation.name == name)
