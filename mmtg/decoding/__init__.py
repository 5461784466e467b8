"""Drawing texts from a decoder."""
