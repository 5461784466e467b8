"""Encoders: pictures and texts to unit vectors of one space."""
