"""Every page in a language nobody speaks: what stays plain was never translated; what grows too wide shows."""
