"""The recognisers, language models, voices and checks that a household may choose from.

ONNX Runtime, under our voice detector, Piper and Whisper, reports each start and each model to Microsoft unless
the environment forbids it before it is first imported. Nobody gets at it but through here.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
