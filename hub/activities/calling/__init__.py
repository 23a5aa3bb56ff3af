"""A child calls for another toy, which then lives in the device that was spoken to."""
