"""A page on which a topic, pictures and texts become poems, and the plain work behind it."""
