"""What adapter `adobe` can be told; `docs/commerce/adobe.md` shows the same table."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cms.commerce.adapter import Options
from cms.commerce.adapters.adobe.queries import DIALECTS

AUTHS = ("token", "oauth1", "ims")
_SCOPES = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"


def _flag() -> fields.Boolean:
    return fields.Boolean(load_default=False, truthy={True}, falsy={False})


def _text(default: str = "", **options: Any) -> fields.String:
    return fields.String(load_default=default, **options)


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(), load_default=list)


class AdobeOptions(Options):
    dialect = _text("2.4.8", validate=validate.OneOf(list(DIALECTS)))
    edition = _text("commerce", validate=validate.OneOf(["commerce", "open-source"]))
    b2b = _flag()
    auth = _text(validate=validate.OneOf(["", *AUTHS]))
    ims_url = _text()
    ims_org = _text()
    ims_scopes = _text(_SCOPES)
    store = _text("default", validate=validate.Regexp(r"[A-Za-z][A-Za-z0-9_]*\Z"))
    stock_of_website = _text("base", validate=validate.Regexp(r"[A-Za-z0-9_]*\Z"))
    with_tax = _flag()
    product_url = _text("/{url_key}.html")
    business_groups = _texts()
    segments = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    catalogue_at_once = fields.Integer(strict=True, load_default=100, validate=validate.Range(min=1, max=300))
    hook_keys = _texts()
    hook_client_id = _text()

    @validates_schema(skip_on_field_errors=True)
    def fits(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["edition"] == "open-source" and data["dialect"] == "saas":
            raise ValidationError("The Cloud Service is Adobe Commerce; only 2.4 can be open-source.", "edition")
        if data["edition"] == "open-source" and data["hook_keys"]:
            raise ValidationError("Magento Open Source signs no webhooks; leave them out.", "hook_keys")
        if auth_of(data) == "ims" and not data["ims_url"]:
            raise ValidationError("Give the address of the identity service's token endpoint.", "ims_url")
        if auth_of(data) == "ims" and not data["ims_org"]:
            raise ValidationError("Give the id of your organization, as the Developer Console shows it.", "ims_org")


def auth_of(options: Mapping[str, Any]) -> str:
    """Name how the key is used: as told, else as is usual for the dialect."""
    return options["auth"] or ("ims" if options["dialect"] == "saas" else "token")
