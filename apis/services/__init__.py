"""What changes the inventory of APIs."""

from apis.services.bringing import Brought, Delivery, bring_traffic
from apis.services.describing import bring, bring_description
from apis.words import label_of, reason_of

__all__ = ["Brought", "Delivery", "bring", "bring_description", "bring_traffic", "label_of", "reason_of"]
