"""From run directories to one page that compares them. Nothing here imports torch before it must."""
