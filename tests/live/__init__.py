"""The product as it runs: Postgres, Redis, web and worker are real processes."""
