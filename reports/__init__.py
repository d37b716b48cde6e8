"""Report definitions, shapes and renderings (ISO/IEC 42001, 7.5)."""
