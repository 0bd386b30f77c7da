"""What the world speaks: each protocol translates between its own words and those of the house. None knows another."""
