"""Fern & Pot, the demo shop: a separate program that Vitrine meets only over HTTP.

Owns its catalogue, carts, customers, orders, pictures and storefront pages. Imports nothing of `cms` outside
`cms.shop`, and nothing of `cms` imports it.
"""
