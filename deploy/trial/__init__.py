"""AIMS 42 on one machine: set-up, supervisor and the fresh-machine trial. Standard library, Python 3.11."""
