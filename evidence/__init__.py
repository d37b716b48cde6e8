"""Evidence: dated items in versions that stay as they were; what it speaks for is said by the rooms above."""
