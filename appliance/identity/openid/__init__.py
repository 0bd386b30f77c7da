"""Sign-in for programs by OpenID Connect: the clients there are, the keys, and the tokens."""
