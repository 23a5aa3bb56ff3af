"""Errors that the satellite raises on purpose; a message is one line: what, where, what to do."""


class SatelliteError(Exception):
    """Base of all."""


class SetupError(SatelliteError):
    """It can't start so: the command line prints the message and exits 2."""


class DeviceError(SatelliteError):
    """A microphone, a speaker, a button or a light doesn't do its work."""
