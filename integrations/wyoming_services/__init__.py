"""The hub as Wyoming services: speech recognition, a voice and conversation for Home Assistant and its like.

`Services` is what a hub runs. It listens only while a parent has turned it on; `Server` takes
connections from allowed addresses, and a `Connection` answers the requests of one.
"""
