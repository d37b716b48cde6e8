"""Tests of the page shell: frame, parts, forms, drafts, sign-in."""
