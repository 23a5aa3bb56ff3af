"""The hub as Wyoming services: speech recognition, a voice and conversation for Home Assistant and its like.

A hub offers a `WyomingListener`, which listens only while a parent has turned it on; its `WyomingServer` takes
connections from allowed addresses, and a `Connection` answers the requests of one.
"""
