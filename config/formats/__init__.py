"""How dates are written in each language; what is not said here is as Django knows it."""
