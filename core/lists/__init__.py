"""The core's own registers: people, invitations, tokens, jobs, history."""
