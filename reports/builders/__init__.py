"""Builders: records of one moment in, plain report shapes out. They read through a scope and never ask the clock."""
