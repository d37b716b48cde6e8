"""API governance: from traffic and descriptions to an inventory, findings, exposure, threats and dated evidence."""
