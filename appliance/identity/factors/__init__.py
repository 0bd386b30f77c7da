"""Second factors: what somebody has, beside the password they know."""
