"""`pommai-hub`'s commands.

A module offers `add_arguments(parser, command)` and `run(args, config) -> int` (the exit code), and is
imported only when one of its commands is called; `hub.__main__` names them. What a running hub knows they ask
of it through `hub.cli.client`. An option that overrides a setting has the setting's environment
name as its `dest`; `hub.__main__` gives it to `hub.config`.
"""
