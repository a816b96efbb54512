"""Engines that come with the server: no cloud, no key, no GPU."""
