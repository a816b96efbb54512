"""Dragoman: live speech translation that people can watch and hear."""

__version__ = "0.1.0"
