"""Registers: one declarative class serves the list page, its export, its bulk steps and the filters of the API."""

from core.registers.base import Register, View, registers
from core.registers.bulk import BulkStep
from core.registers.columns import Column, Level, State, Ticks, number_of
from core.registers.listing import Listing

__all__ = ["BulkStep", "Column", "Level", "Listing", "Register", "State", "Ticks", "View", "number_of", "registers"]
