"""Examples run for real: queries counted, stalls of the event loop measured, constructions counted."""
