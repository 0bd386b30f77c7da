"""Libre Graph: who I am, and which drives I have."""
from appliance.protocols.graph.app import app

__all__ = ["app"]
