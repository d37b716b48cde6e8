"""How this house is kept: the checks that fail before the code decays (`make lint`)."""
