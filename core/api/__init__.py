"""The REST foundation: tokens, problems, versions, idempotency, keyset paging, typed filters."""
