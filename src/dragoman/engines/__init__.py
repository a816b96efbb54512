"""What recognises, translates, speaks and draws: Protocols, and one package per family of engines."""
