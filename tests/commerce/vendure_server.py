"""A real Vendure for tests: a copy of an installed one, with the bridge, on a port of its own."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from programs import ROOT, free_port
from werkzeug import Request, Response
from werkzeug.serving import make_server

VENDURE = os.environ.get("VITRINE_VENDURE_DIR", "")
PLANTS = os.environ.get("VITRINE_VENDURE_PLANTS_DIR", "")
_START = """
const V = require('@vendure/core'), { config } = require('./config'), { VitrineBridge } = require('./vendure-bridge');
config.plugins.push(VitrineBridge.init({ url: process.env.HOOK_URL, secret: process.env.HOOK_SECRET }));
V.bootstrap(config).then(app => app.get(V.JobQueueService).start());
"""
LOGIN = "mutation Login($user: String!, $word: String!) { login(username: $user, password: $word) { __typename } }"
ADD = "mutation Add($id: ID!, $count: Int!) { addItemToOrder(productVariantId: $id, quantity: $count) { __typename ... on Order { id } } }"
_BUY = (
    """mutation { setOrderShippingAddress(input: { fullName: "Ada", streetLine1: "1 Road", city: "Ware", postalCode: "1",
       countryCode: "GB" }) { __typename } }""",
    'mutation { setOrderShippingMethod(shippingMethodId: ["1"]) { __typename } }',
    'mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }',
    'mutation { addPaymentToOrder(input: { method: "standard-payment", metadata: {} }) { ... on Order { state } } }',
)


class Vendure:
    """A running server, driven over HTTP as its superadministrator and as shoppers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._admin = ""

    def ask(self, api: str, token: str, query: str, **variables: Any) -> tuple[dict[str, Any], str]:
        """Put a question; gives the data, and the token of a session that was opened."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        reply = requests.post(f"{self.url}/{api}", json=body, headers=headers, timeout=30)
        answer = reply.json()
        assert "errors" not in answer, answer
        return answer["data"], reply.headers.get("vendure-auth-token", "")

    def administer(self, query: str, **variables: Any) -> dict[str, Any]:
        if not self._admin:
            self._admin = self.ask("admin-api", "", LOGIN, user="superadmin", word="superadmin")[1]
        return self.ask("admin-api", self._admin, query, **variables)[0]

    def log_in(self, email: str, password: str) -> str:
        return self.ask("shop-api", "", LOGIN, user=email, word=password)[1]

    def add(self, sku: str, count: int = 1, token: str = "") -> str:
        """Add to a cart, a new one without a token; gives its token."""
        return self.ask("shop-api", token, ADD, id=self.variant(sku), count=count)[1] or token

    def cart_id(self, sku: str, token: str) -> str:
        return str(self.ask("shop-api", token, ADD, id=self.variant(sku), count=1)[0]["addItemToOrder"]["id"])

    def buy(self, token: str) -> None:
        """Place what is in a customer's cart."""
        for step in _BUY:
            said, _ = self.ask("shop-api", token, step)
        assert said["addPaymentToOrder"]["state"] == "PaymentSettled"

    def variant(self, sku: str) -> str:
        query = "query V($sku: String!) { productVariants(options: { filter: { sku: { eq: $sku } } }) { items { id productId } } }"
        return str(self.administer(query, sku=sku)["productVariants"]["items"][0]["id"])

    def change(self, sku: str, **said: Any) -> None:
        """Change a variant, such as its `stockOnHand`."""
        query = "mutation C($said: UpdateProductVariantInput!) { updateProductVariants(input: [$said]) { id } }"
        self.administer(query, said={"id": self.variant(sku), **said})

    def change_product(self, product_id: str, **said: Any) -> None:
        query = "mutation P($said: UpdateProductInput!) { updateProduct(input: $said) { id } }"
        self.administer(query, said={"id": product_id, **said})


@contextmanager
def running_vendure(source: str, folder: Path, **hooks: str) -> Iterator[Vendure]:
    """Run a copy of what is installed in a folder as long as the block lasts; the installed one stays as it is."""
    _copy(Path(source), folder)
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {**os.environ, "PORT": str(port), "VENDURE_DISABLE_TELEMETRY": "true", **hooks}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(["node", "start.js"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(url, process)
        yield Vendure(url)
    finally:
        process.terminate()
        process.wait(20)


def _copy(source: Path, folder: Path) -> None:
    """Copy the configuration, the bridge and the database as it was first filled; the modules are linked."""
    shutil.copy(source / "config.js", folder)
    shutil.copy(ROOT / "docs" / "vendure-bridge.js", folder)
    (folder / "start.js").write_text(_START, "utf-8")
    pristine = source / "shop.pristine.sqljs"
    shutil.copy(pristine if pristine.exists() else source / "shop.sqljs", folder / "shop.sqljs")
    (folder / "node_modules").symlink_to((source / "node_modules").resolve())


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        assert process.poll() is None, "Vendure has ended"
        try:
            if requests.get(f"{url}/health", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    pytest.fail("Vendure did not start within a minute and a half")


@contextmanager
def receiving(take: Callable[[Mapping[str, str], bytes], None]) -> Iterator[str]:
    """Take webhooks as long as the block lasts; gives the address."""

    @Request.application
    def taken(request: Request) -> Response:
        take(dict(request.headers), request.get_data())
        return Response(status=202)

    server = make_server("127.0.0.1", 0, taken, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/hooks/shop"
    server.shutdown()


def hook_settings(url: str, secret: str) -> Mapping[str, str]:
    return {"HOOK_URL": url, "HOOK_SECRET": secret}
