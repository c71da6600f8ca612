"""Source text to Facts: what one file says, with no knowledge of others."""
