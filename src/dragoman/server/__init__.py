"""HTTP, live events and pages: everything that faces a client."""
