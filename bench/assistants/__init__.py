"""What the benchmark in Home Assistant needs: a satellite that is timed, and the services that others use."""
