"""From files of texts to figures with intervals, and from several systems to tests between them."""
