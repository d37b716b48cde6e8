"""Template tags of the controls room."""
