"""HTTP for all protocols: where to, who is asking, what they brought, and how an answer looks."""
from appliance.http import cookies, forms, health, language, message, request, response, signed
from appliance.http.errors import headers_of, line, status_of
from appliance.http.gate import Gate
from appliance.http.response import FileBody, answer, json_answer
from appliance.http.routes import Dispatcher
from appliance.http.static import Site

__all__ = ["Dispatcher", "FileBody", "Gate", "Site", "answer", "cookies", "forms", "headers_of", "health", "json_answer", "language", "line", "message", "request",
           "response", "signed", "status_of"]
