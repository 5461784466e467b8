"""What a person sees of a run: progress, CSV, W&B, the closing table."""
