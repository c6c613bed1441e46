"""Reading: the place where somebody stopped, and notes at paragraphs. Both belong to one person alone."""
