"""What an author wrote, read with every mistake at its line: the files of a course and what becomes of them."""
