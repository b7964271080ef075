"""What bytes from outside go through: one deadline, size limits, strict JSON, GraphQL, access tokens. No normal form here."""
