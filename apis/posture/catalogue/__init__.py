"""The rules of the product, by subject. Importing this fills `apis.posture.rules.RULES`."""

from apis.posture.catalogue import access, ai_access, ai_limits, data, flows, inventory, limits, setup, traffic

__all__ = ["access", "ai_access", "ai_limits", "data", "flows", "inventory", "limits", "setup", "traffic"]
