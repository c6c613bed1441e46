"""The report: what an attempt holds, laid out as a court reads it, with the words of its author."""
