"""JSON Schemas for editors: what completes and checks authored files while they are typed.

Made from the shapes, facts and models that the checker uses; refuses nothing that the checker takes.
"""
