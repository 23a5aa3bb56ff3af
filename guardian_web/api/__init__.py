"""`/api/v1`: the hub in JSON, for Home Assistant and other programs that a parent gave a token.

`app.add_api` puts the whole of it into an application; `openapi.ROUTES` has every call, with what
it takes, what it answers and what a token must be good for. `openapi` says the same as a document.
"""
