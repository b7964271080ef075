"""What the shop is told when it starts, and how that travels to its server process: by environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEMO_SERVICE_KEY = "demo-service-key"
VITRINE = "http://127.0.0.1:8000"
PUBLIC_URL = "http://127.0.0.1:8100"
VITRINE_TIMEOUT_S = 0.3  # how long a page waits for Vitrine before it shows the shop's own defaults


@dataclass(frozen=True, slots=True)
class ShopConfig:
    """`data` is a folder of the shop's own; the URLs have no trailing slash.

    `hook_url` is where webhooks are sent, "" nowhere; `hook_secret` signs them: `whsec_` and base64, or plain.
    """

    data: Path
    vitrine: str = VITRINE
    public_url: str = PUBLIC_URL
    service_key: str = DEMO_SERVICE_KEY
    vitrine_timeout_s: float = VITRINE_TIMEOUT_S
    hook_url: str = ""
    hook_secret: str = ""

    def as_environment(self) -> dict[str, str]:
        return {
            "SHOP_DATA": str(self.data),
            "SHOP_VITRINE": self.vitrine,
            "SHOP_PUBLIC_URL": self.public_url,
            "SHOP_SERVICE_KEY": self.service_key,
            "SHOP_HOOK_URL": self.hook_url,
            "SHOP_HOOK_SECRET": self.hook_secret,
        }

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ShopConfig":
        """Read the configuration back; only `SHOP_DATA` has to be there."""
        return cls(
            data=Path(environment["SHOP_DATA"]),
            vitrine=environment.get("SHOP_VITRINE", VITRINE).rstrip("/"),
            public_url=environment.get("SHOP_PUBLIC_URL", PUBLIC_URL).rstrip("/"),
            service_key=environment.get("SHOP_SERVICE_KEY", DEMO_SERVICE_KEY),
            hook_url=environment.get("SHOP_HOOK_URL", ""),
            hook_secret=environment.get("SHOP_HOOK_SECRET", ""),
            vitrine_timeout_s=float(environment.get("SHOP_VITRINE_TIMEOUT_S", VITRINE_TIMEOUT_S)),
        )
