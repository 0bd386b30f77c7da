"""Programs of ours that open what strangers made: each is alone with one file at a time, under limits, and may be lost. README.md tells how.

A room that has such work writes a program (``child.py``: ``serve(work)``), and lets a ``Worker`` start it.
"""
from appliance.confined.child import Refused, serve
from appliance.confined.confine import OUTPUT, limit_tool
from appliance.confined.worker import Worker

__all__ = ["OUTPUT", "Refused", "Worker", "limit_tool", "serve"]
