"""The kinds of events that each end sends to the other."""

ANYWHERE = {"describe", "info", "ping", "pong", "error"}
FROM_SATELLITES = {"run-pipeline", "audio-chunk", "audio-stop", "detection", "played"}
TO_SERVICES = {
    "transcribe",
    "transcript",
    "audio-start",
    "audio-chunk",
    "audio-stop",
    "synthesize",
    "synthesize-start",
    "synthesize-chunk",
    "synthesize-stop",
}
