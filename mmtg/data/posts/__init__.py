"""Posts with comments, captioned pictures, and questions about pictures: what CroMIC-CMT learns from."""
