"""What a person did with a course: the release begun with, modules read, answers given, what is mastered."""
