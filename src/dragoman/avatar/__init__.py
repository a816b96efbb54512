"""The presenters: who they are, how they move, and how they are drawn."""
