"""Other voice servers beside our hub, under the same load: same sound, same stub services, same client, one machine.

`drive.py` plays the children, `stubs.py` is every recogniser, model and voice, `frameworks.py` knows the other
servers (which run from `servers/`, each by its own venv), `results.py` turns times into the figures of a table.
"""
