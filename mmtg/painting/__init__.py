"""From cells to pixels: pictures of what the unified transformer paints."""
