"""`pommai-hub`'s commands, one module each.

A module offers `add_arguments(parser)` and `run(args, config) -> int` (the exit code), and is imported
only when its command is called. An option that overrides a setting has the setting's environment
name as its `dest`; `hub.__main__` gives it to `hub.config`.
"""
