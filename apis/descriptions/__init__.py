"""API descriptions: OpenAPI 2.0, 3.0 and 3.1, JSON and YAML, read without trust."""
