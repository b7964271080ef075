"""Vitrine: a headless CMS personalization layer.

`import cms` is light: names are loaded when first used, so that deciding never imports a web server.
"""

__version__ = "0.1.0"
