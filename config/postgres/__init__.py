"""The framework's Postgres, with a cheaper way to see that a kept connection still stands."""
