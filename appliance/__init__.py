"""Hearth: a file server that is a box."""
