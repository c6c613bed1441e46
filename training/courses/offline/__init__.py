"""A course as one file: a page and a book to read offline, and a page to print. They hold no key and no feedback."""
