"""PURE. From the bytes of a list of people, in whatever shape a spreadsheet left it, to rows and all mistakes at once.

Nothing is repaired: what a spreadsheet has damaged, such as a number without its zeros, is said and left as it is.
"""
