"""The key language: a small, total language over plugin rows and truth. `expression.Expression` is the way in."""
