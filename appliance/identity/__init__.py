"""The people: accounts, groups, secrets, and who may sign in. It knows no files and no HTTP."""
from appliance.identity import passwords, roles, settings, throttle
from appliance.identity.accounts import Account, Group, folded
from appliance.identity.actor import Actor
from appliance.identity.administration import Administration
from appliance.identity.openid.clients import Client
from appliance.identity.openid.provider import SCOPES, Refused
from appliance.identity.people import People
from appliance.identity.photos import Photo
from appliance.identity.policy import WHOM
from appliance.identity.roles import ROLES
from appliance.identity.sessions import Session, Sessions
from appliance.identity.setup import STEPS
from appliance.identity.tokens import Token, Tokens

__all__ = ["ROLES", "SCOPES", "STEPS", "Account", "Actor", "Administration", "Client", "Group", "People", "Photo", "Refused", "Session", "Sessions", "Token", "Tokens", "WHOM",
           "folded", "passwords", "roles", "settings", "throttle"]
