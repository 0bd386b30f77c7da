"""The program that makes certificates: ``python -m appliance.system.certify``, started when one is needed, gone when it is made.

It reads a JSON object on its input, ``{"do": "read" | "own" | "order", …}``, and answers with one: what it made, or ``{"error": a sentence}``.
So the libraries for it (cryptography, acme, requests: 40 MB) are in no memory otherwise.
"""
import json
import sys


def main():
    """Do one thing and say what came of it."""
    asked = json.load(sys.stdin)
    try:
        answer = _made(asked.pop("do"), asked)
    except Exception as error:                      # whatever a library or an authority comes up with: one line, for a person
        answer = {"error": f"{type(error).__name__}: {error}"[:500].replace("\n", " ")}
    print(json.dumps(answer))


def _made(what, asked):
    if what == "order":                             # what speaks with the world is heavy, and the box's own certificates do not need it
        from appliance.system import acme, dns
        try:
            return acme.order(**asked)
        except dns.Refused as refused:
            return {"error": str(refused)}
    from appliance.system import authority
    return {"read": authority.read, "own": authority.own}[what](**asked)


if __name__ == "__main__":
    main()
