#!/usr/bin/env python
"""Command line of AIMS 42."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one management command with the product's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
