"""A recorded stream in the place of traffic: measurements, and a router that serves what was served."""
