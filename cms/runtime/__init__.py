"""The live snapshot joined with its adapters: one place answers pages and mails, for HTTP and for commands.

The only package that knows concrete adapters. No HTTP request or response may be touched here.
"""
