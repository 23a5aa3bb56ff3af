"""Satellites under measurement: ours and the stock one, each with the same microphone and a hub that only listens."""
