"""`/livez` and `/readyz`: is the process there, and has it something verified to show."""

from flask import Blueprint, Response, jsonify

from cms.delivery.service import service

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def livez() -> Response:
    """Answer as long as the process can."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Answer 200 once a verified release is loaded; a shop that is down is degraded, not dead."""
    site = service().site()
    return jsonify(status="ok", release=site.snapshot.release, sequence=site.sequence)
