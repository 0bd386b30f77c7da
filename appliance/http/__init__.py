"""HTTP for all protocols: where to, who is asking, what they brought, and how an answer looks."""
from appliance.http import agent, cookies, forms, health, html, language, message, request, response, signed, words
from appliance.http.errors import headers_of, line, status_of
from appliance.http.gate import Gate
from appliance.http.lost import lost
from appliance.http.response import FileBody, Stream, answer, json_answer
from appliance.http.routes import Dispatcher
from appliance.http.static import Site

__all__ = ["Dispatcher", "FileBody", "Gate", "Site", "Stream", "agent", "answer", "cookies", "forms", "headers_of", "health", "html", "json_answer", "language", "line",
           "lost", "message", "request", "response", "signed", "status_of", "words"]
