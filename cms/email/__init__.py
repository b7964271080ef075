"""Email: MJML compiled and CSS inlined once per release, gaps filled per recipient, the MIME message.

Nothing here decides, asks a shop, or knows HTTP; nothing is compiled while mails are sent.
"""
