"""The presenters: who they are, and later how they move."""
