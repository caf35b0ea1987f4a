"""HTTP in, HTTP out, and nothing else: one blueprint per family of routes."""
