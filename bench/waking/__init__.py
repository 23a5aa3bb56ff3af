"""Wake words in computed rooms, for `bench.wake`."""
